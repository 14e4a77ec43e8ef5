/** For tests: the golden samples of data/golden/drift.json, and samples to draw by fast-check. */
import fc from 'fast-check'
import golden from '../../../data/golden/drift.json' with { type: 'json' }
import { type Distribution, distributionOf } from './distribution.ts'

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
