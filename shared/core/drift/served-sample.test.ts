import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareProfiles } from './compare.ts'
import { type Cell, servedReport, smallContract, smallTable, tableOf } from './drift.fixture.ts'
import { makeProfile } from './profile.ts'
import { leastServedRows, requireEnoughRows, type Served } from './served-sample.ts'

const sources = {
  reference: { kind: 'table', source: 'ref.csv' },
  current: { kind: 'table', source: 'new.csv' },
} as const

const ofRows = (...[reference, current]: Parameters<typeof servedReport>) =>
  compareProfiles(makeProfile(reference, smallContract), makeProfile(current, smallContract), {
    contract: smallContract,
    createdAt: '2026-01-01T00:00:00.000Z',
    sources,
  })

test('counts give the PSI, chance limit and missing rates that the rows give, whatever the rows are', () => {
  const cell = (value: fc.Arbitrary<Cell>) => fc.oneof({ weight: 5, arbitrary: value }, fc.constant(null))
  const row = fc.record({
    months: cell(fc.integer({ min: 0, max: 12 })),
    usage: cell(fc.integer({ min: 0, max: 400 }).map(value => value / 10)),
    plan: cell(fc.constantFrom('A', 'B', 'C')),
    region: cell(fc.constantFrom('r1', 'r2')),
  })
  // A level of each in the reference, so that no current level is new.
  const known = ['r1', 'r2'].map(region => ({ months: 1, usage: 1, plan: 'A', region }))
  const table = (rows: readonly Record<string, Cell>[]) =>
    tableOf(Object.fromEntries(['months', 'usage', 'plan', 'region'].map(name => [name, rows.map(one => one[name])])))
  const rows = fc.array(row, { maxLength: 30 })
  // Rows of the reference: a value that it has not may lie beside an edge by less than float32 tells (feature-bins.test.ts).
  const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(rows, picks, (some, picked) => {
      const before = [...some, ...known]
      const now = [known[0], ...picked.map(pick => before[pick % before.length])]
      const [reference, current] = [table(before), table(now)]
      const served = servedReport(reference, current)
      const expected = ofRows(reference, current)
      expect(Object.keys(served.features)).toEqual(Object.keys(expected.features))
      for (const [i, column] of served.details.columns.entries()) {
        const { psi, chance_limit, missing_rate, drifted, jensen_shannon } = expected.details.columns[i]
        expect(column.psi).toBeCloseTo(psi ?? Number.NaN, 12)
        expect(column.jensen_shannon).toBeCloseTo(jensen_shannon ?? Number.NaN, 7)
        expect(column).toMatchObject({ chance_limit, missing_rate, drifted })
      }
      expect(JSON.stringify(served)).not.toMatch(/NaN|Infinity/)
    }),
    { numRuns: 60 },
  )
})

test('scores as predict writes them down meet the float32 scores of the profile: the same rows have no distance at all', () => {
  const { prediction } = servedReport(smallTable(300), smallTable(300)).details
  expect(prediction).toMatchObject({ psi: 0, ks: { statistic: 0 }, positive_rate_shift: 0, rows: { current: 300 } })
})

test('levels that the model does not know are other levels, and drift', () => {
  const abroad = tableOf({
    months: Array(300).fill(30),
    usage: Array(300).fill(1),
    plan: Array(300).fill('A'),
    region: Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? 'new' : 'newer')),
  })
  const [region] = servedReport(smallTable(300), abroad).details.columns.filter(({ feature }) => feature === 'region')
  expect(region).toMatchObject({ drifted: true, new_category_count: 0, constant: { reference: false, current: false } })
  expect(region.bins.at(-1)).toEqual({ label: 'other levels', kind: 'other', reference: 0, current: 1 })
})

test('p-values of numbers and categories are adjusted together', () => {
  const { columns } = servedReport(smallTable(400), smallTable(400, { seed: 3, shift: 2 })).details
  const tests = columns.map(({ chi_square }) => chi_square!)
  for (const { p_value, p_adjusted } of tests) expect(p_adjusted).toBeGreaterThanOrEqual(p_value)
  expect(tests.some(({ p_value, p_adjusted }) => p_adjusted > p_value)).toBe(true)
})

test('rows that were answered and not counted are said, and so is a feature whose counts are of other bins', () => {
  const versions = [{ version: 'v1', rows: 1_000, refused: 0 }]
  const { findings } = servedReport(smallTable(300), smallTable(300, { seed: 2 }), { versions }).details
  expect(findings[0].message).toBe('the features of 300 of 1000 served rows were counted; the answers are of all')
  const features = new Map([['months', [300]]])
  const other = servedReport(smallTable(300), smallTable(300), { counts: { rows: 300, features } })
  expect(other.details.findings.map(({ message }) => message)).toContain(
    'no feature could be compared: too few served rows were counted',
  )
})

test.each([
  [0, 'v1 answered no row from a to b; 5 rows of other versions do not count; drift needs 217:'],
  [1, 'v1 answered 1 row from a to b;'],
  [216, 'v1 answered 216 rows from a to b;'],
])('%i rows are too few, and the refusal says how many are needed', (rows, message) => {
  const served: Served = {
    versions: [
      { version: 'v0', rows: 5, refused: 0 },
      { version: 'v1', rows, refused: 0 },
    ],
    scores: [],
    counts: { rows: 0, features: new Map() },
  }
  const window = { version: 'v1', threshold: 0.5, since: 'a', until: 'b', leastRows: leastServedRows(0.2) }
  expect(() => requireEnoughRows(served, window)).toThrow(message)
})

test('how many rows are needed follows from the threshold of the contract, and as many are enough', () => {
  const window = { version: 'v1', threshold: 0.5, since: 'a', until: 'b', leastRows: leastServedRows(0.1) }
  const served = (rows: number): Served => ({
    versions: [{ version: 'v1', rows, refused: 0 }],
    scores: [],
    counts: { rows: 0, features: new Map() },
  })
  expect(() => requireEnoughRows(served(433), window)).toThrow('v1 answered 433 rows from a to b; drift needs 434:')
  expect(() => requireEnoughRows(served(434), window)).not.toThrow()
})
