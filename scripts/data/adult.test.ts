import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { type Feature, parseContract } from '../../shared/core/contract/contract.ts'
import { psiOfCategories, psiOfNumbers } from '../../shared/core/drift/psi.ts'
import { generate, incomeProbability } from './adult.ts'
import type { GeneratedData } from './generated-data.ts'

const contractFile = new URL('../../data/contracts/adult.yaml', import.meta.url)
const contract = parseContract(load(readFileSync(contractFile, 'utf8')), 'adult.yaml')
const SEEDS = [1, 2, 3]
const drawn = new Map(SEEDS.map(seed => [seed, generate(seed)]))

const MOVED = ['workclass', 'education', 'education_num', 'occupation', 'hours_per_week']
const TABLES = ['adult_synth.csv', 'adult_ref_sample.csv', 'adult_shifted_sample.csv']
const UCI_COLUMNS =
  'age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,capital_gain,capital_loss,hours_per_week,native_country,income'

type Row = Readonly<Record<string, string>>

function rowsOf(data: GeneratedData, name: string): Row[] {
  const [header, ...lines] = data.files
    .find(file => file.name === name)!
    .text.trimEnd()
    .split('\n')
  const columns = header.split(',')
  return lines.map(line => Object.fromEntries(line.split(',').map((cell, i) => [columns[i], cell])))
}

const tables = new Map(SEEDS.map(seed => [seed, TABLES.map(name => rowsOf(drawn.get(seed)!, name))]))
const people = tables.get(1)![0]

function hashOf(data: GeneratedData): string {
  const hash = createHash('sha256')
  for (const { name, text } of data.files) hash.update(`${name}\n${text}`)
  return hash.digest('hex')
}

const share = (rows: readonly Row[], test: (row: Row) => boolean) => rows.filter(test).length / rows.length
const isRich = (row: Row) => row.income === '>50K'

/** What the contract says of one cell, or undefined. */
function problemOf(feature: Feature, cell: string): string | undefined {
  const problem = `${feature.name} is ${cell}`
  if (contract.csv.missing.includes(cell)) return feature.nullable ? undefined : problem
  if (feature.type === 'category') return (feature.values?.includes(cell) ?? true) ? undefined : problem
  const value = Number(cell)
  const isInside = value >= (feature.minimum ?? -Infinity) && value <= (feature.maximum ?? Infinity)
  return /^\d+$/.test(cell) && isInside ? undefined : problem
}

test('the same seed gives the same bytes, and another seed other ones', () => {
  expect(hashOf(generate(1))).toBe(hashOf(drawn.get(1)!))
  expect(new Set(SEEDS.map(seed => hashOf(drawn.get(seed)!))).size).toBe(SEEDS.length)
})

test('the default seed gives these bytes, on which the figures of the README rest', () => {
  expect(hashOf(drawn.get(1)!)).toBe('12644d5ba04cbb65d87aff312aa443b1d1e0dc7cc3ccab222dd85c7ad5a034a3')
})

test('the files have the promised names and sizes, and the columns of the published table with underscores', () => {
  const { files } = drawn.get(1)!
  expect(files.map(({ name, rows }) => [name, rows])).toEqual([
    ['adult_synth.csv', 32_561],
    ['adult_ref_sample.csv', 800],
    ['adult_shifted_sample.csv', 800],
  ])
  for (const { text } of files) expect(text.split('\n', 1)[0]).toBe(UCI_COLUMNS)
  expect(contract.csv.header?.join(',')).toBe(UCI_COLUMNS)
})

test('every cell obeys data/contracts/adult.yaml, and nothing is outside the declared levels', () => {
  for (const rows of [...tables.values()].flat()) {
    const declared = [...contract.features, ...contract.sensitive]
    const problems = new Set(rows.flatMap(row => declared.map(feature => problemOf(feature, row[feature.name]))))
    expect([...problems]).toEqual([undefined])
    expect(new Set(rows.map(row => row.income))).toEqual(new Set(['>50K', '<=50K']))
  }
})

test('the sensitive columns are the four of the brief, and none of them is a feature', () => {
  const features = contract.features.map(({ name }) => name)
  const sensitive = contract.sensitive.map(({ name }) => name)
  expect(sensitive.toSorted()).toEqual(['marital_status', 'native_country', 'race', 'sex'])
  expect(features.filter(name => sensitive.includes(name))).toEqual([])
  expect(contract.ignore).toEqual(['fnlwgt'])
})

test('a seventeenth of workclass and occupation is missing, always together but for who never worked', () => {
  expect(Math.abs(share(people, row => row.workclass === '?') - 0.056)).toBeLessThan(0.006)
  expect(Math.abs(share(people, row => row.native_country === '?') - 0.018)).toBeLessThan(0.004)
  for (const { workclass, occupation } of people) {
    expect(occupation === '?').toBe(workclass === '?' || workclass === 'Never-worked')
  }
  for (const column of contract.csv.header!) {
    const isNullable = ['workclass', 'occupation', 'native_country'].includes(column)
    expect(people.some(row => row[column] === '?')).toBe(isNullable)
  }
})

test('education_num numbers the sixteen levels of education, one to one', () => {
  const pairs = new Set(people.map(row => `${row.education_num} ${row.education}`))
  expect(pairs.size).toBe(16)
  const education = contract.features.find(({ name }) => name === 'education')
  if (education?.type !== 'category') throw new Error('education is a category')
  expect(pairs).toEqual(new Set(education.values!.map((level, i) => `${i + 1} ${level}`)))
})

test('relationship gives the sex away: every husband is a man and every wife a woman', () => {
  const sexes = (relationship: string) =>
    new Set(people.filter(row => row.relationship === relationship).map(row => row.sex))
  expect(sexes('Husband')).toEqual(new Set(['Male']))
  expect(sexes('Wife')).toEqual(new Set(['Female']))
  const husbands = share(
    people.filter(row => row.sex === 'Male'),
    row => row.relationship === 'Husband',
  )
  expect(husbands).toBeGreaterThan(0.55)
})

test('most have no capital gain or loss, nobody has both, and the tail ends in 99999', () => {
  expect(Math.abs(share(people, row => row.capital_gain === '0') - 0.917)).toBeLessThan(0.01)
  expect(Math.abs(share(people, row => row.capital_loss === '0') - 0.953)).toBeLessThan(0.01)
  expect(people.some(row => row.capital_gain !== '0' && row.capital_loss !== '0')).toBe(false)
  const top = share(people, row => row.capital_gain === '99999')
  expect(top).toBeGreaterThan(0.003)
  expect(top).toBeLessThan(0.008)
  expect(Math.max(...people.map(row => Number(row.capital_gain)).filter(gain => gain < 99_999))).toBeLessThan(50_000)
})

test('about 24 of 100 are rich, men twice as often as women, and the best reachable ROC-AUC is 0.90 to 0.92', () => {
  for (const seed of SEEDS) {
    const [rows] = tables.get(seed)!
    expect(Math.abs(share(rows, isRich) - 0.245)).toBeLessThan(0.015)
    const [women, men] = ['Female', 'Male'].map(sex =>
      share(
        rows.filter(row => row.sex === sex),
        isRich,
      ),
    )
    expect(men / women).toBeGreaterThan(1.9)
    expect(drawn.get(seed)!.bestRocAuc).toBeGreaterThan(0.9)
    expect(drawn.get(seed)!.bestRocAuc).toBeLessThan(0.92)
  }
})

type Cells = Parameters<typeof incomeProbability>[0]

function cellsOf(row: Row): Cells {
  const cells = Object.entries(row).map(([name, cell]) => [name, /^\d+$/.test(cell) ? Number(cell) : cell])
  return Object.fromEntries(cells) as Cells
}

test('the cells of the file alone give the probability from which the labels were drawn, decile by decile', () => {
  const rows = people.map(row => ({ p: incomeProbability(cellsOf(row)), rich: Number(isRich(row)) }))
  rows.sort((a, b) => a.p - b.p)
  const size = Math.ceil(rows.length / 10)
  for (let start = 0; start < rows.length; start += size) {
    const part = rows.slice(start, start + size)
    const surplus = part.reduce((sum, row) => sum + row.rich - row.p, 0)
    const deviation = Math.sqrt(part.reduce((sum, row) => sum + row.p * (1 - row.p), 0))
    // Ten draws beyond four deviations have odds of 1 to 1600, and the seed is fixed.
    expect(Math.abs(surplus)).toBeLessThan(4 * deviation)
  }
})

test('sex itself explains little: with the same other cells the chance differs by 1 in 100, in fact by 16', () => {
  const mean = (sex: 'Male' | 'Female') =>
    people.reduce((sum, row) => sum + incomeProbability({ ...cellsOf(row), sex }), 0) / people.length
  const direct = mean('Male') - mean('Female')
  expect(direct).toBeGreaterThan(0.005)
  expect(direct).toBeLessThan(0.02)
  const [men, women] = ['Male', 'Female'].map(sex =>
    share(
      people.filter(row => row.sex === sex),
      isRich,
    ),
  )
  expect(men - women).toBeGreaterThan(0.14)
})

function psiOf(column: string, [reference, current]: readonly (readonly Row[])[]): number {
  const [a, b] = [reference, current].map(rows => rows.map(row => row[column]))
  if (a.every(cell => /^\d+$/.test(cell)))
    return psiOfNumbers(Float64Array.from(a, Number), Float64Array.from(b, Number))
  const levels = [...new Set([...a, ...b])].filter(level => level !== '?')
  const coded = (cells: readonly string[]) => Uint32Array.from(cells, cell => levels.indexOf(cell) + 1)
  return psiOfCategories({ kind: 'category', levels, codes: coded(a) }, { kind: 'category', levels, codes: coded(b) })
}

test('of the shifted sample five features have a PSI above 0.2 and all others one below 0.1', () => {
  for (const seed of SEEDS) {
    for (const { name } of contract.features) {
      const psi = psiOf(name, tables.get(seed)!.slice(1))
      if (MOVED.includes(name)) expect(psi, name).toBeGreaterThan(0.2)
      else expect(psi, name).toBeLessThan(0.1)
    }
  }
})
