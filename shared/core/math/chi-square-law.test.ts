import { expect, test } from 'vitest'
import golden from '../../../data/golden/drift.json' with { type: 'json' }
import { chiSquareUpperQuantile, chiSquareUpperTail } from './chi-square-law.ts'

test.each(golden.laws.chi_square_quantile)(
  'with %d degrees of freedom the quantile of the tail %d equals scipy.stats.chi2.isf, and leads back',
  (degreesOfFreedom, tail, expected) => {
    const quantile = chiSquareUpperQuantile(tail, degreesOfFreedom)
    expect(Math.abs(quantile / expected - 1)).toBeLessThan(1e-9)
    expect(Math.abs(chiSquareUpperTail(quantile, degreesOfFreedom) / tail - 1)).toBeLessThan(1e-9)
  },
)

test('no degree of freedom is the point 0', () => {
  expect(chiSquareUpperTail(0, 0)).toBe(1)
  expect(chiSquareUpperTail(1, 0)).toBe(0)
  expect(chiSquareUpperQuantile(0.01, 0)).toBe(0)
  expect(() => chiSquareUpperQuantile(0, 3)).toThrow('tail is 0')
})
