import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FeatureMatrix, FeatureSpec } from '../preprocess/preprocessor.ts'
import { partialDependence } from './partial-dependence.ts'

const features: FeatureSpec[] = [
  { name: 'a', kind: 'number' },
  { name: 'b', kind: 'category', levels: ['x', 'y'], hasOther: true },
]
const matrixOf = (rows: readonly (readonly [number, number])[]): FeatureMatrix => ({
  rowCount: rows.length,
  features,
  values: Float32Array.from(rows.flat()),
})
/** a counts as it is, missing as 100; b = y adds 1000. */
const predict = ({ rowCount, values }: FeatureMatrix) =>
  Float64Array.from({ length: rowCount }, (_, row) => {
    const [a, b] = values.subarray(2 * row, 2 * row + 2)
    return (Number.isNaN(a) ? 100 : a) + (b === 2 ? 1000 : 0)
  })

test('a number of few values has a point for each, a category one for each level and "other"; missing comes last', () => {
  const sample = matrixOf([
    [5, 1],
    [3, 2],
    [Number.NaN, 2],
    [5, 1],
  ])
  const options = { predict, gridPoints: 20 }
  // Half of the rows have b = y.
  expect(partialDependence(sample, 0, options)).toEqual([
    { value: 3, probability: 503 },
    { value: 5, probability: 505 },
    { value: Number.NaN, probability: 600 },
  ])
  // Mean of a with missing as 100: (5 + 3 + 100 + 5) / 4.
  expect(partialDependence(sample, 1, options)).toEqual([
    { value: 1, probability: 28.25 },
    { value: 2, probability: 1028.25 },
    { value: 3, probability: 28.25 },
  ])
})

test('a number of many values has at most the asked quantiles, rising from its least to its most', () => {
  const known = fc.float({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(
      fc.array(known, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 2, max: 20 }),
      (column, gridPoints) => {
        const sample = matrixOf(column.map(value => [value, 1] as const))
        const points = partialDependence(sample, 0, { predict, gridPoints }).map(({ value }) => value)
        expect(points.length).toBeLessThanOrEqual(gridPoints)
        expect(points[0]).toBe(Math.min(...column) + 0)
        expect(points.at(-1)).toBe(Math.max(...column) + 0)
        points.forEach((value, i) => {
          if (i > 0) expect(value).toBeGreaterThan(points[i - 1])
        })
      },
    ),
  )
})

test('a category of more levels than points has its most frequent ones, in the declared order', () => {
  const sample = matrixOf([3, 3, 2, 2, 2, 1].map(code => [1, code] as const))
  const points = partialDependence(sample, 1, { predict, gridPoints: 2 })
  expect(points.map(({ value }) => value)).toEqual([2, 3])
})

test('a feature that is missing in every row has the one point of missing', () => {
  const sample = matrixOf([[Number.NaN, 1]])
  expect(partialDependence(sample, 0, { predict, gridPoints: 5 })).toEqual([{ value: Number.NaN, probability: 100 }])
})
