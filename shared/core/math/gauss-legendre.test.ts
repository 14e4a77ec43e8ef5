import { expect, test } from 'vitest'
import { gaussLegendre } from './gauss-legendre.ts'

test('n points integrate every power up to 2n - 1 exactly: the integral of t^k over [0, 1] is 1 / (k + 1)', () => {
  for (let n = 1; n <= 40; n++) {
    const { points, weights } = gaussLegendre(n)
    for (let k = 0; k < 2 * n; k++) {
      const integral = points.reduce((sum, t, i) => sum + weights[i] * t ** k, 0)
      expect(Math.abs(integral * (k + 1) - 1)).toBeLessThan(1e-13)
    }
  }
})

test('degree 2n is beyond n points: the bound on exactness is sharp', () => {
  const { points, weights } = gaussLegendre(2)
  expect(points.reduce((sum, t, i) => sum + weights[i] * t ** 4, 0)).toBeCloseTo(7 / 36, 12)
})

test('points rise inside (0, 1), symmetric about one half, and weights are positive', () => {
  const { points, weights } = gaussLegendre(9)
  points.forEach((t, i) => {
    expect(t).toBeGreaterThan(i === 0 ? 0 : points[i - 1])
    expect(t + points[8 - i]).toBeCloseTo(1, 15)
    expect(weights[i]).toBeGreaterThan(0)
  })
  expect(points[8]).toBeLessThan(1)
})
