import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distributionOf, momentsOf } from './distribution.ts'
import { anyValues, distribution, numberCases } from './drift.fixture.ts'
import { overDeviation, wassersteinDistance } from './wasserstein.ts'

test.each(numberCases)('the distance equals scipy.stats.wasserstein_distance: $name', sample => {
  const [a, b] = [distributionOf(sample.reference), distributionOf(sample.current)]
  const { wasserstein, deviation } = sample.expected
  expect(wassersteinDistance(a, b)).toBeCloseTo(wasserstein, 10)
  const ratio = overDeviation(wassersteinDistance(a, b), momentsOf(a).deviation)
  if (deviation > 0) expect(ratio).toBeCloseTo(wasserstein / deviation, 7)
  else expect(ratio).toBeNull()
})

test('the distance is the same from both sides, 0 for equal samples, and blind to the order of rows', () => {
  fc.assert(
    fc.property(anyValues, anyValues, (a, b) => {
      const distance = wassersteinDistance(distributionOf(a), distributionOf(b))
      expect(wassersteinDistance(distributionOf(b), distributionOf(a))).toBe(distance)
      expect(wassersteinDistance(distributionOf(a.toReversed()), distributionOf(b.toSorted()))).toBe(distance)
      expect(wassersteinDistance(distributionOf(a), distributionOf(a))).toBe(0)
    }),
  )
})

test('a shift by s of every value is a distance of |s|', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 1 }), fc.integer(), (values, shift) => {
      const moved = values.map(value => value + shift)
      const distance = wassersteinDistance(distributionOf(values), distributionOf(moved))
      expect(Math.abs(distance - Math.abs(shift))).toBeLessThanOrEqual(1e-9 * Math.abs(shift))
    }),
  )
})

test('a constant reference has no scale: null for another sample, 0 for the same', () => {
  expect(overDeviation(0.5, 0)).toBeNull()
  expect(overDeviation(0, 0)).toBe(0)
  expect(overDeviation(1, null)).toBeNull()
  expect(() => wassersteinDistance(distribution(), distribution(1))).toThrow('a value on both sides')
})
