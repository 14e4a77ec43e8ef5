import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/drift.json' with { type: 'json' }
import { logGamma, upperGamma } from './incomplete-gamma.ts'

const { upper_gamma, log_gamma } = golden.laws

test.each(upper_gamma)('upperGamma(%d, %d) equals scipy.special.gammaincc to 1e-10 of itself', (a, x, expected) => {
  if (expected < 1e-300) expect(upperGamma(a, x)).toBeLessThan(1e-299)
  else expect(Math.abs(upperGamma(a, x) / expected - 1)).toBeLessThan(1e-10)
})

test.each(log_gamma)('logGamma(%d) equals scipy.special.gammaln', (a, expected) => {
  expect(Math.abs(logGamma(a) - expected)).toBeLessThan(1e-13 * Math.max(1, Math.abs(expected)))
})

test('upperGamma falls in x, rises in a, and stays in [0, 1]', () => {
  const positive = fc.double({ min: 1e-3, max: 500, noNaN: true })
  fc.assert(
    fc.property(positive, positive, positive, (a, x, more) => {
      const tail = upperGamma(a, x)
      expect(tail).toBeGreaterThanOrEqual(0)
      expect(tail).toBeLessThanOrEqual(1)
      expect(upperGamma(a, x + more)).toBeLessThanOrEqual(tail + 1e-12)
      expect(upperGamma(a + more, x)).toBeGreaterThanOrEqual(tail - 1e-12)
    }),
  )
})

test('the ends are exact, and a shape of 0 is refused', () => {
  expect(upperGamma(2, 0)).toBe(1)
  expect(upperGamma(2, Number.POSITIVE_INFINITY)).toBe(0)
  expect(() => upperGamma(0, 1)).toThrow('a is 0')
  expect(() => upperGamma(1, Number.NaN)).toThrow('x is NaN')
})
