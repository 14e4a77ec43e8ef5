/** For tests: the golden samples of data/golden/drift.json, and samples to draw by fast-check. */
import fc from 'fast-check'
import golden from '../../../data/golden/drift.json' with { type: 'json' }
import { parseContract } from '../contract/contract.ts'
import { makeRandom } from '../math/random.ts'
import { encodeTable, fitPreprocessor } from '../preprocess/preprocessor.ts'
import { type Column, numberColumn, type Table } from '../table/table.ts'
import { compareProfiles } from './compare.ts'
import { type Distribution, distributionOf } from './distribution.ts'
import { countRowsInto, emptyCounts, makeFeatureBins } from './feature-bins.ts'
import { makeProfile } from './profile.ts'
import type { DriftReport } from './report.ts'
import { SERVED_NOT_TOLD, type Served, servedFindings, servedSample } from './served-sample.ts'

export interface NumberCase {
  readonly name: string
  /** NaN = missing. */
  readonly reference: Float64Array
  readonly current: Float64Array
  readonly expected: (typeof golden.numbers)[number]
}

const column = (values: readonly (number | null)[]) => Float64Array.from(values, value => value ?? Number.NaN)

export const numberCases: readonly NumberCase[] = golden.numbers.map(expected => ({
  name: expected.name,
  reference: column(expected.reference),
  current: column(expected.current),
  expected,
}))

export const countCases = golden.counts

/** Values with ties, of any size that can be squared. */
export const anyValues = fc.array(
  fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, min: -1e100, max: 1e100 })),
  { minLength: 1, maxLength: 40 },
)

/** Counts of two samples over the same bins, at least one row on each side. */
export const anyCounts = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 8 }).map(
  pairs =>
    [
      [1, ...pairs.map(([a]) => a)],
      [1, ...pairs.map(([, b]) => b)],
    ] as const,
)

export function distribution(...values: readonly number[]): Distribution {
  return distributionOf(values)
}

/** A contract of two numbers and two categories, and a sensitive column that no report may show. */
export const smallContract = parseContract(
  {
    name: 'small',
    data: 'small.csv',
    target: { column: 'left', positive: 1 },
    features: {
      months: { type: 'integer', minimum: 0, maximum: 100 },
      usage: { type: 'number', unit: 'GB', nullable: true },
      plan: { type: 'category', values: ['A', 'B', 'C'] },
      region: { type: 'category', nullable: true, unknown: 'other' },
    },
    sensitive: { sex: { type: 'category' } },
  },
  'small.yaml',
)

export type Cell = string | number | null

/** A table of these columns, by name; null = missing. Columns of text are categories. */
export function tableOf(columns: Readonly<Record<string, readonly Cell[]>>): Table {
  const made = Object.entries(columns).map(([name, cells]) => [name, columnOf(cells)] as const)
  return { rowCount: Object.values(columns)[0]?.length ?? 0, columns: new Map(made) }
}

function columnOf(cells: readonly Cell[]): Column {
  if (!cells.some(cell => typeof cell === 'string')) {
    return { kind: 'number', values: Float64Array.from(cells, cell => (cell === null ? Number.NaN : Number(cell))) }
  }
  const levels = [...new Set(cells.filter(cell => cell !== null).map(String))]
  return {
    kind: 'category',
    levels,
    codes: Uint32Array.from(cells, c => (c === null ? 0 : levels.indexOf(String(c)) + 1)),
  }
}

/** n rows of the small contract without a pattern, moved by `shift` months. */
export function smallTable(n: number, { shift = 0, seed = 1 } = {}): Table {
  const random = makeRandom(seed)
  const rows = Array.from({ length: n })
  return tableOf({
    months: rows.map(() => Math.min(100, Math.max(0, Math.round(30 + shift + 10 * random.normal())))),
    usage: rows.map(() => (random.uniform() < 0.1 ? null : 100 * random.uniform())),
    plan: rows.map(() => 'ABC'[random.integer(0, 2)]),
    region: rows.map(() => `r${random.integer(0, 4)}`),
    sex: rows.map(() => (random.uniform() < 0.5 ? 'f' : 'm')),
    left: rows.map(() => (random.uniform() < 0.3 ? 'yes' : 'no')),
  })
}

/** The answer of a model that knows the months alone, as predict writes it down: the shortest decimal of a float32. */
const scoreOfMonths = (months: number) => (Number.isNaN(months) ? 0.5 : months / 200)

/** The report of what predict would have counted of `current` after a training on `reference`. */
export function servedReport(reference: Table, current: Table, changes: Partial<Served> = {}): DriftReport {
  const specs = fitPreprocessor(reference, smallContract)
  const scoresOf = (table: Table) => Array.from(numberColumn(table, 'months').values, scoreOfMonths)
  const scored = { scores: Float32Array.from(scoresOf(reference)), threshold: 0.25 }
  const profile = makeProfile(reference, smallContract, { scores: scored })
  const bins = makeFeatureBins(profile.columns, specs)
  const counts = emptyCounts(bins)
  countRowsInto(counts, bins, encodeTable(current, specs).values)
  const rows = current.rowCount
  const scores = scoresOf(current).sort((a, b) => a - b)
  const window = {
    version: 'v1',
    leastRows: 1,
    threshold: 0.25,
    since: '2026-01-01T00:00:00.000Z',
    until: '2026-01-08T00:00:00.000Z',
  }
  const served: Served = {
    versions: [{ version: 'v1', rows, refused: 0 }],
    scores: scores.map(score => ({ score, rows: 1, positives: Number(score >= 0.25), sum: score })),
    counts: { rows, features: new Map(bins.map(({ name }, f) => [name, [...counts[f]]])) },
    ...changes,
  }
  return compareProfiles(profile, servedSample(served, bins, window), {
    contract: smallContract,
    createdAt: window.until,
    sources: { reference: { kind: 'profile', source: 'v1' }, current: { kind: 'served', source: 'v1', ...window } },
    modelVersion: 'v1',
    findings: servedFindings(served, window),
    notTold: SERVED_NOT_TOLD,
  })
}
