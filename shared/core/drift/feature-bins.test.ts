import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { countBins } from './bins.ts'
import { type CategoryProfile, type ColumnProfile, profileNumbers } from './column-profile.ts'
import { distributionOf } from './distribution.ts'
import { countRowsInto, emptyCounts, MAX_COUNTED_LEVELS, makeFeatureBins, referenceCounts } from './feature-bins.ts'

const X: FeatureSpec = { name: 'x', kind: 'number' }
const missingOrNot = (value: fc.Arbitrary<number>) => fc.oneof({ weight: 9, arbitrary: value }, fc.constant(Number.NaN))

function countNumbers(reference: readonly number[], current: readonly number[]) {
  const column = profileNumbers(Float64Array.from(reference), { mostValues: Number.POSITIVE_INFINITY })
  const bins = makeFeatureBins(new Map([['x', column]]), [X])
  const counts = emptyCounts(bins)
  countRowsInto(counts, bins, Float32Array.from(current))
  return { column, counts: [...counts[0]], reference: [...referenceCounts(bins[0], column)] }
}

test('numbers are counted in the very bins of the PSI, but for those that float32 cannot tell from an edge (oracle: countBins)', () => {
  const decimals = fc.integer({ min: -99_999, max: 99_999 }).map(value => value / 100)
  const value = missingOrNot(fc.oneof(decimals, fc.integer({ min: 0, max: 3 })))
  const sample = fc.array(value, { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(sample, sample, (before, now) => {
      const { column, reference } = countNumbers(before, now)
      const isClear = (x: number) => !column.edges.some(edge => edge !== x && Math.fround(edge) === Math.fround(x))
      // Rows of the reference lie on the edges themselves.
      const rows = [...now, ...before].filter(isClear)
      const missing = rows.filter(Number.isNaN).length
      expect(countNumbers(before, rows).counts).toEqual([...countBins(distributionOf(rows), missing, column.edges)])
      expect(reference).toEqual([...column.counts])
    }),
  )
})

test('the rows of the reference themselves fall where the reference says, also where float32 is too coarse for its edges', () => {
  const milliseconds = fc.integer({ min: 0, max: 40_000_000 }).map(value => 1_760_000_000_000 + value)
  const near = fc.integer({ min: 0, max: 9 }).map(value => 16_777_216 + value)
  const tiny = fc.double({ noNaN: true, min: -1e-40, max: 1e-40 })
  const sample = fc.oneof(
    ...[milliseconds, near, tiny].map(one => fc.array(missingOrNot(one), { minLength: 1, maxLength: 60 })),
  )
  fc.assert(
    fc.property(sample, rows => {
      const { counts, reference } = countNumbers(rows, rows)
      expect(counts).toEqual(reference)
    }),
    // As float32 these are one value, and the edges after the bin of it alone lie below that bin's end.
    { examples: [[[1.5e-323, -5.4e-323]]] },
  )
})

test('a column that is nearly constant has bins below, equal to and above that value', () => {
  const mostly = (value: number) => [...Array(50).fill(value), value + 1]
  for (const value of [0, 0.1, -0.7, 5e8]) {
    expect(countNumbers(mostly(value), [value, value, value - 100, value + 100, Number.NaN]).counts).toEqual([
      1, 2, 1, 1,
    ])
  }
})

const PLAN: FeatureSpec = { name: 'plan', kind: 'category', levels: ['Basic', 'Pro', 'Max'], hasOther: true }
const levels = (counts: Record<string, number>, missing = 0): CategoryProfile => ({
  kind: 'category',
  levels: Object.keys(counts),
  counts: Float64Array.from(Object.values(counts)),
  missing,
  unreadable: 0,
})

test('levels are counted by their code, then other levels, then missing; the reference likewise, whatever its order', () => {
  const column = levels({ Gold: 2, Max: 3, Basic: 5, Silver: 1 }, 4)
  const columns = new Map<string, ColumnProfile>([
    ['x', profileNumbers([1, 1], { mostValues: 10 })],
    ['plan', column],
  ])
  const bins = makeFeatureBins(columns, [X, PLAN])
  const counts = emptyCounts(bins)
  const codes = [1, 3, 3, 4, Number.NaN, 2, 1]
  countRowsInto(counts, bins, Float32Array.from(codes.flatMap(code => [Number.NaN, code])))
  expect(counts.map(one => [...one])).toEqual([
    [0, 0, 0, 7],
    [2, 1, 2, 1, 1],
  ])
  expect([...referenceCounts(bins[1], column)]).toEqual([5, 0, 3, 3, 4])
})

test('levels beyond the most that are counted are other levels on both sides', () => {
  const names = Array.from({ length: MAX_COUNTED_LEVELS + 5 }, (_, i) => `level ${i}`)
  const column = levels(Object.fromEntries(names.map(name => [name, 1])))
  const bins = makeFeatureBins(new Map([['plan', column]]), [
    { name: 'plan', kind: 'category', levels: names, hasOther: false },
  ])
  const counts = emptyCounts(bins)
  countRowsInto(
    counts,
    bins,
    Float32Array.from(names, (_, i) => i + 1),
  )
  expect([...counts[0]]).toEqual([...referenceCounts(bins[0], column)])
  expect([counts[0].length, counts[0].at(-2)]).toEqual([MAX_COUNTED_LEVELS + 2, 5])
})

test('a profile of more bins than can be counted is refused', () => {
  const wide = { ...profileNumbers([1], { mostValues: 1 }), edges: Float64Array.from({ length: 18 }, (_, i) => i) }
  expect(() => makeFeatureBins(new Map([['x', wide]]), [X])).toThrow('the profile has 17 bins of x; at most 16')
})

test('a profile of other columns is no profile of the model', () => {
  expect(() => makeFeatureBins(new Map(), [X])).toThrow('the profile has no number column x')
  expect(() => makeFeatureBins(new Map([['x', levels({})]]), [X])).toThrow('the profile has no number column x')
})
