/**
 * The adult dataset: who earns more than 50,000 a year. Invented and seeded, in the columns and spellings of the published
 * UCI Adult table. The label is drawn from a known probability that depends on the sensitive columns a little, and on what
 * goes with them (relationship, occupation, hours) a lot: leaving them out of a model does not make it fair.
 */
import { deriveSeed, makeRandom, type Random } from '../../shared/core/math/random.ts'
import { rocAuc } from '../../shared/core/metrics/ranking.ts'
import { type Conditions, drawPerson, MISSING, type Person, USUAL } from './adult-people.ts'
import { isDrawn } from './draw.ts'
import { csvFile, type GeneratedData } from './generated-data.ts'

const TABLE_ROWS = 32_561
const SAMPLE_ROWS = 800

/** In the order of the published file. */
const COLUMNS = [
  'age',
  'workclass',
  'fnlwgt',
  'education',
  'education_num',
  'marital_status',
  'occupation',
  'relationship',
  'race',
  'sex',
  'capital_gain',
  'capital_loss',
  'hours_per_week',
  'native_country',
] as const satisfies readonly (keyof Person)[]

/** Years later: more degrees, more own businesses and service jobs, short time in many jobs. Ages, families and capital stay. */
const SHIFTED: Conditions = { degreePull: 0.27, selfEmployed: 5, service: 6, shortTime: 0.45 }

export function generate(seed: number): GeneratedData {
  const stream = (label: string) => makeRandom(deriveSeed(seed, `adult.${label}`))
  const table = drawTable(stream('table'), { rows: TABLE_ROWS, conditions: USUAL })
  const reference = drawTable(stream('reference'), { rows: SAMPLE_ROWS, conditions: USUAL })
  const shifted = drawTable(stream('shifted'), { rows: SAMPLE_ROWS, conditions: SHIFTED })
  return {
    files: [
      tableFile('adult_synth.csv', table),
      tableFile('adult_ref_sample.csv', reference),
      tableFile('adult_shifted_sample.csv', shifted),
    ],
    bestRocAuc: rocAuc(table.probabilities, table.labels),
  }
}

interface DrawnTable {
  readonly people: readonly Person[]
  readonly labels: Uint8Array
  /** The true probability of each label. */
  readonly probabilities: Float64Array
}

function drawTable(random: Random, { rows, conditions }: { rows: number; conditions: Conditions }): DrawnTable {
  const people: Person[] = []
  const labels = new Uint8Array(rows)
  const probabilities = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const person = drawPerson(random, conditions)
    // From the cells as they are written, missing ones too: the table shows all that the label depends on.
    probabilities[row] = incomeProbability(person)
    labels[row] = isDrawn(random, probabilities[row]) ? 1 : 0
    people.push(person)
  }
  return { people, labels, probabilities }
}

const OCCUPATION_EFFECT: Readonly<Record<Person['occupation'], number>> = {
  'Exec-managerial': 0.85,
  'Prof-specialty': 0.5,
  'Tech-support': 0.45,
  'Protective-serv': 0.4,
  Sales: 0.25,
  'Craft-repair': 0.05,
  'Armed-Forces': 0,
  'Adm-clerical': -0.05,
  'Transport-moving': -0.15,
  'Machine-op-inspct': -0.35,
  'Handlers-cleaners': -0.9,
  'Farming-fishing': -1.1,
  'Other-service': -1.1,
  'Priv-house-serv': -2.2,
  [MISSING]: -0.5,
}

const WORKCLASS_EFFECT: Readonly<Record<Person['workclass'], number>> = {
  'Self-emp-inc': 0.45,
  'Federal-gov': 0.5,
  'Local-gov': 0,
  Private: 0.05,
  'State-gov': -0.15,
  'Self-emp-not-inc': -0.45,
  'Without-pay': -3,
  'Never-worked': -3,
  [MISSING]: 0,
}

/** The truth, from the cells of one row. The sensitive columns come in directly by their last line only. */
export function incomeProbability(p: Person): number {
  const isMarried = p.relationship === 'Husband' || p.relationship === 'Wife'
  const yearsOfSchool = p.education_num - 10
  const linear =
    (isMarried ? 2.1 : p.relationship === 'Own-child' ? -1.1 : 0) +
    0.29 * yearsOfSchool +
    1.1 * (1 - Math.min(((p.age - 49) / 20) ** 2, 4)) +
    0.032 * Math.min(p.hours_per_week - 40, 20) +
    OCCUPATION_EFFECT[p.occupation] +
    WORKCLASS_EFFECT[p.workclass]
  const interactions =
    (isMarried ? 0.1 * yearsOfSchool : 0) +
    (p.education_num >= 13 && p.hours_per_week >= 45 ? 0.45 : 0) +
    (p.capital_gain >= 6500 ? 5 : p.capital_gain > 0 ? -0.6 : 0) +
    (p.capital_loss >= 1700 && p.capital_loss <= 2000 && isMarried ? 2.6 : p.capital_loss > 0 ? -0.3 : 0)
  const direct = (p.sex === 'Male' ? 0.12 : 0) + (p.race === 'White' ? 0.1 : 0)
  return 1 / (1 + Math.exp(-(SCALE * (linear + interactions + direct) + INTERCEPT)))
}

/** Set the best ROC-AUC (about 0.91) and the share of positives (about 0.24). */
const SCALE = 1.14
const INTERCEPT = -3.7

function tableFile(name: string, { people, labels }: DrawnTable) {
  const rows = people.map((person, row) => [...COLUMNS.map(column => person[column]), labels[row] ? '>50K' : '<=50K'])
  return csvFile(name, [...COLUMNS, 'income'], rows)
}
