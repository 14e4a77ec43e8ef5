import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quantileSorted } from './quantile.ts'

test('the deciles of ten numbers are those of numpy.quantile 2.4.6', () => {
  const sorted = [0.1, 0.7, 1.3, 1.3, 2.9, 3.3, 4.1, 5.9, 8.2, 13.7]
  const deciles = Array.from({ length: 11 }, (_, i) => quantileSorted(sorted, i / 10))
  expect(deciles).toEqual([
    0.1, 0.64, 1.1800000000000002, 1.3, 2.2600000000000002, 3.0999999999999996, 3.619999999999999, 4.64, 6.36,
    8.749999999999996, 13.7,
  ])
})

test('of one value every quantile is that value', () => {
  expect([0, 0.3, 1].map(p => quantileSorted([5], p))).toEqual([5, 5, 5])
})

test('a quantile lies between its two neighbours in order and rises with p, whatever the values', () => {
  const value = fc.double({ noNaN: true, min: -1e300, max: 1e300 })
  const p = fc.double({ noNaN: true, min: 0, max: 1 })
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), p, p, (values, a, b) => {
      const sorted = Float64Array.from(values).sort()
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      const position = low * (sorted.length - 1)
      expect(quantileSorted(sorted, low)).toBeGreaterThanOrEqual(sorted[Math.floor(position)])
      expect(quantileSorted(sorted, low)).toBeLessThanOrEqual(sorted[Math.ceil(position)])
      expect(quantileSorted(sorted, low)).toBeLessThanOrEqual(quantileSorted(sorted, high))
    }),
  )
})

test('an empty sample and a p outside [0, 1] are refused', () => {
  expect(() => quantileSorted([], 0.5)).toThrow('at least one value')
  expect(() => quantileSorted([1], Number.NaN)).toThrow('p is NaN')
  expect(() => quantileSorted([1], 1.1)).toThrow('p is 1.1')
})
