import { expect, test } from 'vitest'
import { makeRandom, type Random } from '../../shared/core/math/random.ts'
import { beta, gamma, isDrawn, pick, pickWeighted, poisson } from './draw.ts'

/** Mean, deviation and skew of 100,000 draws: the mean is within about 5 standard errors, 0.016 deviations. */
function moments(draw: (random: Random) => number) {
  const random = makeRandom(17)
  const values = Array.from({ length: 100_000 }, () => draw(random))
  const average = (f: (x: number) => number) => values.reduce((sum, x) => sum + f(x), 0) / values.length
  const mean = average(x => x)
  const deviation = Math.sqrt(average(x => (x - mean) ** 2))
  return {
    mean,
    deviation,
    skew: average(x => ((x - mean) / deviation) ** 3),
    least: Math.min(...values.slice(0, 1e4)),
  }
}

test.each([1, 2.4, 6.5])(
  'gamma with shape %d has mean m, deviation m / sqrt(shape) and skew 2 / sqrt(shape)',
  shape => {
    const { mean, deviation, skew, least } = moments(random => gamma(random, { shape, mean: 10 }))
    const expected = 10 / Math.sqrt(shape)
    expect(Math.abs(mean - 10)).toBeLessThan(0.016 * expected)
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(0.03)
    expect(Math.abs(skew * Math.sqrt(shape) - 2)).toBeLessThan(0.25)
    expect(least).toBeGreaterThan(0)
  },
)

test('gamma refuses a shape below 1, for which its method does not hold', () => {
  expect(() => gamma(makeRandom(1), { shape: 0.9, mean: 1 })).toThrow('shape is 0.9; allowed: from 1')
})

test('beta(2, 6) has mean 1/4 and deviation sqrt(1/48)', () => {
  const { mean, deviation } = moments(random => beta(random, { a: 2, b: 6 }))
  expect(Math.abs(mean - 0.25)).toBeLessThan(0.0024)
  expect(Math.abs(deviation / Math.sqrt(1 / 48) - 1)).toBeLessThan(0.02)
})

test.each([0, 0.3, 2.5])('poisson with mean %d has that mean and that variance', expected => {
  const { mean, deviation } = moments(random => poisson(random, expected))
  expect(Math.abs(mean - expected)).toBeLessThanOrEqual(0.016 * Math.sqrt(expected))
  expect(Math.abs(deviation ** 2 - expected)).toBeLessThanOrEqual(0.03 * expected)
})

test('isDrawn says yes as often as its probability, never at 0 and always at 1', () => {
  expect(Math.abs(moments(random => Number(isDrawn(random, 0.3))).mean - 0.3)).toBeLessThan(0.0075)
  expect(moments(random => Number(isDrawn(random, 0))).mean).toBe(0)
  expect(moments(random => Number(isDrawn(random, 1))).mean).toBe(1)
})

test('pick follows the shares, and takes the last choice when they add up to a little less than 1', () => {
  const random = makeRandom(4)
  const counts = { a: 0, b: 0, c: 0 }
  for (let i = 0; i < 10_000; i++) counts[pick(random, { a: 0.2, b: 0.3, c: 0.5 })]++
  // Five standard errors of a share of 10,000 are at most 0.025.
  expect(Math.abs(counts.a / 10_000 - 0.2)).toBeLessThan(0.025)
  expect(Math.abs(counts.b / 10_000 - 0.3)).toBeLessThan(0.025)
  const highest: Random = { ...random, uniform: () => 1 - 2 ** -53 }
  expect(pick(highest, { a: 0.5, b: 0.5 - 1e-9 })).toBe('b')
})

test('pickWeighted follows weights of any sum, never takes a weight of 0 and refuses only zeros', () => {
  const random = makeRandom(5)
  const counts = { never: 0, a: 0, b: 0 }
  for (let i = 0; i < 10_000; i++) counts[pickWeighted(random, { never: 0, a: 6, b: 2 })]++
  // Five standard errors of a share of 10,000 are at most 0.025.
  expect(Math.abs(counts.a / 10_000 - 0.75)).toBeLessThan(0.025)
  expect(counts.never).toBe(0)
  expect(() => pickWeighted(random, { a: 0, b: 0 })).toThrow('weights of a, b sum to 0; allowed: above 0')
})
