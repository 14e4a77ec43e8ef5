import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Table } from '../table/table.ts'
import { type CompareOptions, compareProfiles } from './compare.ts'
import { numberCases, smallContract, smallTable, tableOf } from './drift.fixture.ts'
import { makeProfile, type ProfileOptions } from './profile.ts'
import { parseProfile, profileToDocument } from './profile-document.ts'
import type { DriftReport, NumberDrift } from './report.ts'
import { NO_LABEL } from './score-profile.ts'

const OPTIONS: CompareOptions = {
  contract: smallContract,
  createdAt: '2026-01-01T00:00:00.000Z',
  sources: { reference: { kind: 'table', source: 'ref.csv' }, current: { kind: 'table', source: 'new.csv' } },
}

function profile(table: Table, options: ProfileOptions = {}) {
  return makeProfile(table, smallContract, { mostValues: Number.POSITIVE_INFINITY, ...options })
}

function compare(reference: Table, current: Table, options: Partial<CompareOptions> = {}): DriftReport {
  return compareProfiles(profile(reference), profile(current), { ...OPTIONS, ...options })
}

const codes = (report: DriftReport) => report.details.findings.map(({ code, feature }) => [code, feature])

test('the top level has exactly the three keys, and features are those of the contract in its order', () => {
  const report = compare(smallTable(300), smallTable(400, { seed: 2 }))
  expect(Object.keys(report)).toEqual(['threshold', 'overall_drift', 'features', 'details'])
  expect(Object.keys(report.features)).toEqual(['months', 'usage', 'plan', 'region'])
  expect(report.details.columns.map(({ feature }) => feature)).toEqual(Object.keys(report.features))
  expect(JSON.stringify(report)).not.toMatch(/sex|left/)
  expect(report.threshold).toBe(0.2)
  expect(report.overall_drift).toBe(false)
})

test('a feature that moved is the one above the threshold, and overall drift follows it', () => {
  const report = compare(smallTable(800), smallTable(800, { seed: 2, shift: 10 }))
  expect(report.overall_drift).toBe(true)
  expect(report.details.columns.map(({ drifted }) => drifted)).toEqual([true, false, false, false])
  expect(report.features.months).toBeGreaterThan(0.2)
})

test('the threshold is the contract’s', () => {
  const strict = { ...smallContract, drift: { threshold: 0.001 } }
  const report = compare(smallTable(800), smallTable(800, { seed: 2 }), { contract: strict })
  expect([report.threshold, report.overall_drift]).toEqual([0.001, true])
})

test('a table against itself is exactly 0 everywhere, with p 1', () => {
  const table = smallTable(57)
  const { features, details } = compare(table, table)
  expect(features).toEqual({ months: 0, usage: 0, plan: 0, region: 0 })
  for (const column of details.columns) {
    expect(column.jensen_shannon).toBe(0)
    if (column.kind === 'number') expect(column).toMatchObject({ ks: { statistic: 0, p_value: 1 }, wasserstein: 0 })
    else expect(column.chi_square).toMatchObject({ statistic: 0, p_value: 1, p_adjusted: 1, cramers_v: 0 })
  }
})

test.each(numberCases)(
  'the numbers of the report are those of NumPy and SciPy: $name',
  ({ reference, current, expected }) => {
    const contract = { ...smallContract, features: smallContract.features.slice(1, 2) }
    const side = (values: Float64Array) =>
      makeProfile(tableOf({ usage: [...values].map(v => (Number.isNaN(v) ? null : v)) }), contract)
    const { details } = compareProfiles(side(reference), side(current), { ...OPTIONS, contract })
    const [column] = details.columns as readonly NumberDrift[]
    expect(column.psi).toBeCloseTo(expected.psi, 12)
    expect(column.ks?.statistic).toBeCloseTo(expected.ks, 14)
    expect(column.ks?.p_value).toBeCloseTo(expected.ks_p, 10)
    expect(column.ks?.p_adjusted).toBe(column.ks?.p_value)
    expect(column.jensen_shannon).toBeCloseTo(expected.jensen_shannon, 8)
  },
)

test('a stored profile gives the very report that its table gives', () => {
  const [reference, current] = [smallTable(500), smallTable(300, { seed: 3, shift: 4 })]
  const stored = parseProfile(JSON.parse(JSON.stringify(profileToDocument(makeProfile(reference, smallContract)))), 'p')
  expect(compareProfiles(stored, profile(current), OPTIONS)).toEqual(compare(reference, current))
})

test('a thinned profile keeps PSI exact, says that it is approximate, and moves D by at most half a part', () => {
  const [reference, current] = [smallTable(3000), smallTable(2000, { seed: 3 })]
  const thin = makeProfile(reference, smallContract, { mostValues: 100 })
  const [exact, report] = [compare(reference, current), compareProfiles(thin, profile(current), OPTIONS)]
  expect(report.features).toEqual(exact.features)
  const [whole, thinned] = [exact, report].map(({ details }) => details.columns[1] as NumberDrift)
  expect([whole.approximate, thinned.approximate]).toEqual([false, true])
  expect(Math.abs((whole.ks?.statistic ?? 0) - (thinned.ks?.statistic ?? 1))).toBeLessThan(1 / 200 + 2 / 2700)
})

test('samples too small to tell are called so, with the rows that are needed', () => {
  const { details } = compare(smallTable(30), smallTable(30, { seed: 2 }))
  expect(details.sample_size.too_small_to_tell).toBe(true)
  expect(details.sample_size.sentence).toContain('Too few rows to tell drift from chance')
  expect(details.findings[0].code).toBe('too_few_rows')
  const needed = details.sample_size.rows_needed
  const enough = compare(smallTable(needed), smallTable(needed, { seed: 2 }))
  expect(enough.details.sample_size).toMatchObject({ too_small_to_tell: false })
})

test('values that no contract allows are findings: null, out of range, halves, new levels', () => {
  const current = tableOf({
    months: [5, 101, -1, 2.5, null, 7],
    usage: [null, null, null, null, 5, 6],
    plan: ['A', 'Z', 'Z', 'Y', 'B', 'C'],
    region: ['r1', 'r1', 'r1', 'r1', 'r1', 'r1'],
  })
  const report = compareProfiles(profile(smallTable(300)), profile(current, { unlisted: ['extra'] }), OPTIONS)
  expect(codes(report)).toEqual([
    ['too_few_rows', undefined],
    ['missing_not_allowed', 'months'],
    ['out_of_range', 'months'],
    ['not_integer', 'months'],
    ['missing_rate', 'usage'],
    ['new_category', 'plan'],
    ['constant', 'region'],
    ['unlisted_column', undefined],
  ])
  const [months, , plan] = report.details.columns
  expect(months).toMatchObject({
    out_of_range: { reference: 0, current: 2 },
    not_integer: { reference: 0, current: 1 },
  })
  expect(plan).toMatchObject({
    new_category_count: 2,
    new_categories: [
      { level: 'Z', rows: 2, rate: 2 / 6 },
      { level: 'Y', rows: 1, rate: 1 / 6 },
    ],
  })
})

test('a column that is absent counts as missing and drifts; one of another kind is not compared; both end nothing', () => {
  const { months: _, ...rest } = Object.fromEntries(smallTable(300).columns)
  const current: Table = { rowCount: 300, columns: new Map(Object.entries({ ...rest, plan: rest.usage })) }
  const report = compare(smallTable(300), current)
  expect(report.features.months).toBeGreaterThan(0.2)
  expect(report.features.plan).toBeNull()
  expect(codes(report)).toContainEqual(['column_absent', 'months'])
  expect(codes(report)).toContainEqual(['not_comparable', 'plan'])
  expect(report.details.columns[2].error).toBe('the current sample holds it as a number, the contract as a category')
  expect(report.features.usage).toBe(0)
})

test('an empty table is refused by its name', () => {
  expect(() => compare(smallTable(5), smallTable(0))).toThrow('the current sample (new.csv) has no rows')
  expect(() => compare(smallTable(0), smallTable(5))).toThrow('the reference sample (ref.csv) has no rows')
})

const cell = fc.oneof(
  fc.constant(null),
  fc.integer({ min: -3, max: 130 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const level = fc.option(fc.constantFrom('A', 'B', 'Z', '', '__proto__', 'r1'))
const row = fc.record({ months: cell, usage: cell, plan: level, region: level })
const rows = fc.array(row, { minLength: 1, maxLength: 30 })

function anyTable(
  cells: readonly { months: number | null; usage: number | null; plan: string | null; region: string | null }[],
) {
  const names = ['months', 'usage', 'plan', 'region'] as const
  const table = tableOf(Object.fromEntries(names.map(name => [name, cells.map(values => values[name])])))
  // A category without any text would be taken for a number.
  const columns = new Map(table.columns)
  for (const name of ['plan', 'region']) {
    if (columns.get(name)?.kind === 'number') {
      columns.set(name, { kind: 'category', codes: new Uint32Array(cells.length), levels: [] })
    }
  }
  return { rowCount: cells.length, columns }
}

function everyNumber(value: unknown, see: (n: number) => void): void {
  if (typeof value === 'number') see(value)
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) everyNumber(inner, see)
}

test('whatever the rows are, there is a report without NaN or infinity, blind to their order, and 0 against themselves', () => {
  fc.assert(
    fc.property(rows, rows, (before, now) => {
      const report = compare(anyTable(before), anyTable(now))
      everyNumber(report, n => expect(Number.isFinite(n)).toBe(true))
      const turned = compare(anyTable(before.toReversed()), anyTable(now.toReversed()))
      expect(turned.features).toEqual(report.features)
      expect(Object.values(compare(anyTable(now), anyTable(now)).features)).toEqual([0, 0, 0, 0])
    }),
  )
})

test('prediction drift: PSI and KS of the scores, the shift of the positive rate, and the promise against the labels', () => {
  const scores = (n: number, by: number) => Float32Array.from({ length: n }, (_, i) => (i / n) * 0.8 + by)
  const labels = (n: number, every: number) => Uint8Array.from({ length: n }, (_, i) => (i % every === 0 ? 1 : 0))
  const reference = profile(smallTable(400), {
    scores: { scores: scores(400, 0), labels: labels(400, 2), threshold: 0.5 },
  })
  const current = profile(smallTable(400, { seed: 2 }), {
    scores: { scores: scores(400, 0.2), labels: labels(400, 4).fill(NO_LABEL, 300), threshold: 0.5, refused: 7 },
  })
  const { details } = compareProfiles(reference, current, { ...OPTIONS, modelVersion: 'v1' })
  const { prediction } = details
  if (prediction.absent !== undefined) throw new Error(prediction.absent)
  expect(prediction).toMatchObject({ model_version: 'v1', model_threshold: 0.5, drifted: true, rows: { current: 400 } })
  expect(prediction.ks.statistic).toBeCloseTo(0.25, 12)
  expect(prediction.positive_rate).toEqual({ reference: 150 / 400, current: 250 / 400 })
  expect(prediction.positive_rate_shift).toBe(0.25)
  expect(prediction.label_rate).toEqual({ reference: 0.5, current: 0.25 })
  expect(prediction.labelled_rows).toEqual({ reference: 400, current: 300 })
  // Mean of the first 300 scores: 0.2 + 0.8 x 149.5 / 400.
  expect(prediction.calibration_gap.current).toBeCloseTo(0.2 + (0.8 * 149.5) / 400 - 0.25, 6)
  expect(details.findings.map(({ code }) => code)).toEqual([
    'score_drift',
    'calibration_gap',
    'calibration_gap',
    'refused_rows',
  ])
})

test('without scores the report says why, and a model that accepts no row is such a reason', () => {
  const none = compare(smallTable(50), smallTable(50), { whyNoScores: 'there is no champion' })
  expect(none.details.prediction).toEqual({ absent: 'there is no champion' })
  const scored = profile(smallTable(50), { scores: { scores: [0.5], threshold: 0.5 } })
  const refused = profile(smallTable(50), { scores: { scores: [], threshold: 0.5, refused: 50 } })
  const report = compareProfiles(scored, refused, { ...OPTIONS, modelVersion: 'v1' })
  expect(report.details.prediction).toEqual({
    absent: 'the model accepts none of the rows that were tried of the current sample',
  })
})

test('p-values are adjusted over all features with a test, and the smallest grows by their number at most', () => {
  const { details } = compare(smallTable(400), smallTable(400, { seed: 9, shift: 3 }))
  const tests = details.columns.map(column => (column.kind === 'number' ? column.ks : column.chi_square))
  const smallest = tests.toSorted((a, b) => (a?.p_value ?? 1) - (b?.p_value ?? 1))[0]
  expect(smallest?.p_adjusted).toBeCloseTo(4 * (smallest?.p_value ?? 0), 12)
  expect(tests.every(test => test !== null && test.p_adjusted >= test.p_value)).toBe(true)
})
