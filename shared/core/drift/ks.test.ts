import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/drift.json' with { type: 'json' }
import { distributionOf, rowsOf } from './distribution.ts'
import { anyValues, distribution, numberCases } from './drift.fixture.ts'
import { kolmogorovUpperTail, ksPValue, ksStatistic } from './ks.ts'

test.each(numberCases)('D equals scipy.stats.ks_2samp, p Kolmogorov at n m / (n + m): $name', sample => {
  const [a, b] = [distributionOf(sample.reference), distributionOf(sample.current)]
  const statistic = ksStatistic(a, b)
  expect(statistic).toBeCloseTo(sample.expected.ks, 14)
  const p = ksPValue(statistic, rowsOf(a), rowsOf(b))
  expect(Math.abs(p - sample.expected.ks_p)).toBeLessThan(1e-11 * sample.expected.ks_p)
})

test.each(golden.laws.kolmogorov)(
  'the tail of Kolmogorov’s law at %d equals scipy.special.kolmogorov',
  (x, expected) => {
    expect(Math.abs(kolmogorovUpperTail(x) - expected)).toBeLessThanOrEqual(1e-13 * expected)
  },
)

test('D is the naive maximum over all values, the same from both sides, and blind to the order of rows', () => {
  fc.assert(
    fc.property(anyValues, anyValues, (a, b) => {
      const share = (values: readonly number[], x: number) => values.filter(v => v <= x).length / values.length
      const naive = Math.max(...[...a, ...b].map(x => Math.abs(share(a, x) - share(b, x))))
      const statistic = ksStatistic(distributionOf(a), distributionOf(b))
      expect(statistic).toBe(naive)
      expect(ksStatistic(distributionOf(b), distributionOf(a))).toBe(statistic)
      expect(ksStatistic(distributionOf(a.toReversed()), distributionOf(b.toSorted()))).toBe(statistic)
      expect(ksStatistic(distributionOf(a), distributionOf(a))).toBe(0)
    }),
  )
})

test('D never falls when the current sample moves further up', () => {
  const shifts = fc.tuple(fc.nat(20), fc.nat(20))
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1 }), shifts, (values, [near, more]) => {
      const reference = distributionOf(values)
      const shifted = (by: number) => ksStatistic(reference, distributionOf(values.map(value => value + by)))
      expect(shifted(near + more)).toBeGreaterThanOrEqual(shifted(near))
    }),
  )
})

test('p is 1 for equal samples and falls as D grows', () => {
  expect(ksPValue(0, 100, 100)).toBe(1)
  const steps = Array.from({ length: 101 }, (_, i) => ksPValue(i / 100, 80, 120))
  expect(steps.every((p, i) => i === 0 || p <= steps[i - 1])).toBe(true)
  expect(steps[100]).toBeLessThan(1e-20)
})

test('a sample without a value is refused', () => {
  expect(() => ksStatistic(distribution(), distribution(1))).toThrow('a value on both sides')
})
