/**
 * Invented people for the adult dataset: one record of a survey, drawn column after column from the ones before it, so
 * that columns hang together as in the published table (UCI Adult): husbands are men, professors have degrees, the young
 * live with their parents. Shares are round figures of that kind of survey; no row is copied from it.
 */
import type { Random } from '../../shared/core/math/random.ts'
import { isDrawn, pick, pickWeighted } from './draw.ts'

/** The survey's own mark for an answer that was not given. */
export const MISSING = '?'

export interface Person {
  readonly age: number
  readonly workclass: Workclass | typeof MISSING
  readonly fnlwgt: number
  readonly education: Education
  readonly education_num: number
  readonly marital_status: string
  readonly occupation: Occupation | typeof MISSING
  readonly relationship: Relationship
  readonly race: Race
  readonly sex: 'Male' | 'Female'
  readonly capital_gain: number
  readonly capital_loss: number
  readonly hours_per_week: number
  readonly native_country: string
}

/** The times of the survey: what later moves. */
export interface Conditions {
  /** Adds to the pull towards higher education, per year of it. */
  readonly degreePull: number
  /** Odds of being self-employed, or of working in a service job, against the usual. */
  readonly selfEmployed: number
  readonly service: number
  /** Share of people whose hours were cut by about a third. */
  readonly shortTime: number
}

export const USUAL: Conditions = { degreePull: 0, selfEmployed: 1, service: 1, shortTime: 0 }

/** Years of schooling by level, and shares: education_num is the position. */
const EDUCATION = {
  Preschool: { num: 1, share: 0.0016 },
  '1st-4th': { num: 2, share: 0.005 },
  '5th-6th': { num: 3, share: 0.01 },
  '7th-8th': { num: 4, share: 0.02 },
  '9th': { num: 5, share: 0.016 },
  '10th': { num: 6, share: 0.029 },
  '11th': { num: 7, share: 0.036 },
  '12th': { num: 8, share: 0.013 },
  'HS-grad': { num: 9, share: 0.322 },
  'Some-college': { num: 10, share: 0.224 },
  'Assoc-voc': { num: 11, share: 0.042 },
  'Assoc-acdm': { num: 12, share: 0.033 },
  Bachelors: { num: 13, share: 0.164 },
  Masters: { num: 14, share: 0.053 },
  'Prof-school': { num: 15, share: 0.018 },
  Doctorate: { num: 16, share: 0.013 },
} as const
type Education = keyof typeof EDUCATION

/** Share, pull of each year of schooling on the log-weight, and the weight of men against women. */
const OCCUPATIONS = {
  'Prof-specialty': { share: 0.1, pull: 0.52, men: 0.85 },
  'Craft-repair': { share: 0.13, pull: -0.15, men: 10 },
  'Exec-managerial': { share: 0.13, pull: 0.25, men: 1.25 },
  'Adm-clerical': { share: 0.14, pull: 0, men: 0.28 },
  Sales: { share: 0.13, pull: 0.04, men: 0.95 },
  'Other-service': { share: 0.12, pull: -0.2, men: 0.45 },
  'Machine-op-inspct': { share: 0.07, pull: -0.24, men: 1.4 },
  'Transport-moving': { share: 0.05, pull: -0.2, men: 8 },
  'Handlers-cleaners': { share: 0.045, pull: -0.24, men: 4 },
  'Farming-fishing': { share: 0.032, pull: -0.18, men: 7 },
  'Tech-support': { share: 0.03, pull: 0.12, men: 0.9 },
  'Protective-serv': { share: 0.02, pull: 0.02, men: 4 },
  'Priv-house-serv': { share: 0.007, pull: -0.35, men: 0.05 },
  'Armed-Forces': { share: 0.0003, pull: 0, men: 8 },
} as const
type Occupation = keyof typeof OCCUPATIONS

const WORKCLASSES = {
  Private: 0.74,
  'Self-emp-not-inc': 0.083,
  'Local-gov': 0.068,
  'State-gov': 0.042,
  'Self-emp-inc': 0.036,
  'Federal-gov': 0.031,
  'Without-pay': 0.0005,
  'Never-worked': 0.0003,
} as const
type Workclass = keyof typeof WORKCLASSES

type Relationship = 'Husband' | 'Wife' | 'Own-child' | 'Not-in-family' | 'Unmarried' | 'Other-relative'

/** Shares, and of each group those born elsewhere. */
const RACES = {
  White: { share: 0.854, born: 0.055 },
  Black: { share: 0.096, born: 0.08 },
  'Asian-Pac-Islander': { share: 0.032, born: 0.71 },
  'Amer-Indian-Eskimo': { share: 0.01, born: 0.02 },
  Other: { share: 0.008, born: 0.5 },
} as const
type Race = keyof typeof RACES

const EUROPE_AND_AMERICAS = {
  ...{ Mexico: 600, Germany: 130, Canada: 120, 'Puerto-Rico': 100, 'El-Salvador': 100, Cuba: 92, England: 86 },
  ...{ Italy: 73, Guatemala: 62, Poland: 60, Columbia: 56, South: 20, Iran: 42, Portugal: 37, Nicaragua: 32 },
  ...{ Peru: 29, France: 28, Greece: 29, Ecuador: 27, Ireland: 24, Yugoslavia: 16, 'Outlying-US(Guam-USVI-etc)': 10 },
  ...{ Honduras: 12, Hungary: 13, Scotland: 12, 'Holand-Netherlands': 1, 'Dominican-Republic': 40 },
}
const CARIBBEAN = {
  Jamaica: 78,
  Haiti: 43,
  'Dominican-Republic': 25,
  'Trinadad&Tobago': 19,
  England: 10,
  'Puerto-Rico': 12,
}
const ASIA = {
  ...{ Philippines: 190, India: 95, China: 75, South: 75, Vietnam: 66, Japan: 58, Taiwan: 51 },
  ...{ Hong: 20, Cambodia: 18, Laos: 18, Thailand: 18 },
}
const COUNTRIES: Readonly<Record<Race, Readonly<Record<string, number>>>> = {
  White: EUROPE_AND_AMERICAS,
  Black: CARIBBEAN,
  'Asian-Pac-Islander': ASIA,
  'Amer-Indian-Eskimo': { Mexico: 1, Nicaragua: 1, Philippines: 1 },
  Other: { Mexico: 4, 'Puerto-Rico': 2, Ecuador: 1, India: 1, 'Dominican-Republic': 1, 'El-Salvador': 1 },
}

/** Countries whose emigrants had little schooling at the time. */
const SHORT_SCHOOLING = new Set([
  'Mexico',
  'El-Salvador',
  'Guatemala',
  'Portugal',
  'Dominican-Republic',
  'Haiti',
  'Laos',
])

export function drawPerson(random: Random, conditions: Conditions): Person {
  const sex = isDrawn(random, 0.669) ? 'Male' : 'Female'
  const age = Math.min(17 + Math.floor(22 * ageSpread(random)), 90)
  const relationship = drawRelationship(random, age, sex)
  const race = pick(random, shares(RACES))
  const born = isDrawn(random, RACES[race].born) ? pickWeighted(random, COUNTRIES[race]) : 'United-States'
  const education = drawEducation(random, { age, race, born }, conditions)
  const { num } = EDUCATION[education]
  const work = drawWork(random, { age, sex, num }, conditions)
  return {
    age,
    workclass: work.workclass,
    fnlwgt: Math.round(clamp(166_000 * Math.exp(0.52 * random.normal()), 12_000, 1_500_000)),
    education,
    education_num: num,
    marital_status: drawMaritalStatus(random, relationship, age),
    occupation: work.occupation,
    relationship,
    race,
    sex,
    ...drawCapital(random, age, num),
    hours_per_week: drawHours(random, { age, sex, ...work }, conditions),
    native_country: isDrawn(random, 0.018) ? MISSING : born,
  }
}

/** Positive with mean 1 and deviation 0.6: the sum of exponentials that a working life looks like. */
function ageSpread(random: Random): number {
  const exponential = () => -Math.log(1 - random.uniform())
  return 0.4 * (exponential() + exponential()) + 0.2 * exponential()
}

function drawRelationship(random: Random, age: number, sex: Person['sex']): Relationship {
  const settled = 1 / (1 + Math.exp((27.5 - age) / 3.2))
  if (isDrawn(random, (sex === 'Male' ? 0.77 : 0.2) * settled)) return sex === 'Male' ? 'Husband' : 'Wife'
  if (isDrawn(random, age < 21 ? 0.8 : age < 26 ? 0.45 : age < 36 ? 0.2 : 0.1)) return 'Own-child'
  if (isDrawn(random, 0.06)) return 'Other-relative'
  const hasHousehold = age < 22 ? 0.08 : sex === 'Male' ? 0.15 : 0.4
  return isDrawn(random, hasHousehold) ? 'Unmarried' : 'Not-in-family'
}

function drawMaritalStatus(random: Random, relationship: Relationship, age: number): string {
  if (relationship === 'Husband') return isDrawn(random, 0.999) ? 'Married-civ-spouse' : 'Married-AF-spouse'
  if (relationship === 'Wife') return isDrawn(random, 0.99) ? 'Married-civ-spouse' : 'Married-AF-spouse'
  const later = Math.max(age - 22, 0) / 10
  const hasBeenMarried = relationship === 'Unmarried' ? 3 : relationship === 'Own-child' ? 0.4 : 1
  return pickWeighted(random, {
    'Never-married': 1.8,
    Divorced: 0.62 * later * hasBeenMarried,
    Separated: 0.13 * later * hasBeenMarried,
    Widowed: 0.012 * later ** 3 * hasBeenMarried,
    'Married-spouse-absent': 0.06 * later,
    'Married-civ-spouse': relationship === 'Other-relative' || relationship === 'Own-child' ? 0.08 * later : 0,
  })
}

interface Origin {
  readonly age: number
  readonly race: Race
  readonly born: string
}

function drawEducation(random: Random, { age, race, born }: Origin, { degreePull }: Conditions): Education {
  const origin = SHORT_SCHOOLING.has(born) ? -0.42 : race === 'Asian-Pac-Islander' ? 0.12 : race === 'Black' ? -0.05 : 0
  const weights = Object.entries(EDUCATION).map(([level, { num, share }]) => {
    // The young are still at school or at college.
    const tooYoung = (num >= 13 && age < 22) || (num >= 14 && age < 25) || (num === 9 && age < 18)
    const atSchool = age < 19 && num >= 6 && num <= 8 ? 8 : age < 23 && num === 10 ? 2.2 : 1
    return [level, share * Math.exp((origin + degreePull) * (num - 10)) * (tooYoung ? 0.01 : atSchool)]
  })
  return pickWeighted(random, Object.fromEntries(weights) as Record<Education, number>)
}

interface Worker {
  readonly age: number
  readonly sex: Person['sex']
  readonly num: number
}

/** Who gave no workclass gave no occupation either; who never worked has none. */
function drawWork(
  random: Random,
  { age, sex, num }: Worker,
  conditions: Conditions,
): Pick<Person, 'workclass' | 'occupation'> {
  if (isDrawn(random, age < 23 ? 0.15 : age > 61 ? 0.27 : 0.036)) return { workclass: MISSING, occupation: MISSING }
  const selfEmployed = conditions.selfEmployed * (sex === 'Male' ? 1.2 : 0.55) * clamp((age - 18) / 22, 0.1, 1.8)
  const government = Math.exp(0.1 * (num - 10))
  const workclass = pickWeighted(random, {
    ...WORKCLASSES,
    'Self-emp-not-inc': WORKCLASSES['Self-emp-not-inc'] * selfEmployed,
    'Self-emp-inc': WORKCLASSES['Self-emp-inc'] * selfEmployed * Math.exp(0.08 * (num - 10)),
    'Local-gov': WORKCLASSES['Local-gov'] * government,
    'State-gov': WORKCLASSES['State-gov'] * government,
    'Never-worked': age < 30 ? WORKCLASSES['Never-worked'] : 0,
  })
  if (workclass === 'Never-worked') return { workclass, occupation: MISSING }
  const weights = Object.entries(OCCUPATIONS).map(([name, { share, pull, men }]) => {
    const byTimes = name === 'Other-service' || name === 'Transport-moving' ? conditions.service : 1
    const byOwner = name === 'Farming-fishing' && workclass === 'Self-emp-not-inc' ? 5 : 1
    // Half of the workers are men on average, so that `share` stays about the share of all.
    const bySex = (sex === 'Male' ? 2 * men : 2) / (1 + men)
    return [name, share * Math.exp(pull * (num - 10)) * bySex * byTimes * byOwner]
  })
  return { workclass, occupation: pickWeighted(random, Object.fromEntries(weights) as Record<Occupation, number>) }
}

interface Employment extends Pick<Person, 'workclass' | 'occupation'> {
  readonly age: number
  readonly sex: Person['sex']
}

function drawHours(random: Random, { age, sex, workclass, occupation }: Employment, { shortTime }: Conditions): number {
  const isStudentOrRetired = age < 22 || age > 64 || workclass === MISSING
  const isOwner = workclass === 'Self-emp-inc' || workclass === 'Self-emp-not-inc' || occupation === 'Exec-managerial'
  const cut = isDrawn(random, shortTime) ? 0.66 : 1
  if (isDrawn(random, isStudentOrRetired ? 0.24 : isOwner ? 0.3 : 0.48)) return Math.round(40 * cut)
  const usual = isStudentOrRetired ? 25 : 40 + (sex === 'Male' ? 4 : -3) + (isOwner ? 5 : 0)
  const hours = cut * (usual + (isStudentOrRetired ? 10 : 11) * random.normal())
  // People answer in fives.
  return clamp(isDrawn(random, 0.65) ? 5 * Math.round(hours / 5) : Math.round(hours), 1, 99)
}

/** Most have neither; gains have a long tail that ends in the survey's largest number, 99999. */
function drawCapital(random: Random, age: number, num: number): Pick<Person, 'capital_gain' | 'capital_loss'> {
  const wealth = Math.exp(0.17 * (num - 10)) * clamp((age - 15) / 24, 0.1, 1.6)
  if (isDrawn(random, 0.083 * wealth)) {
    const isTop = isDrawn(random, 0.04 * wealth)
    const gain = clamp(Math.exp(8.35 + 0.85 * random.normal()), 100, 41_000)
    return { capital_gain: isTop ? 99_999 : Math.round(gain), capital_loss: 0 }
  }
  if (!isDrawn(random, 0.052 * wealth)) return { capital_gain: 0, capital_loss: 0 }
  return { capital_gain: 0, capital_loss: Math.round(clamp(1870 + 320 * random.normal(), 150, 4400)) }
}

function shares<T extends string>(table: Readonly<Record<T, { readonly share: number }>>): Record<T, number> {
  const entries = Object.entries<{ readonly share: number }>(table)
  return Object.fromEntries(entries.map(([name, { share }]) => [name, share])) as Record<T, number>
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
