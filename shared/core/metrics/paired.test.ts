import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/gate.json' with { type: 'json' }
import { compareAveragePrecision, compareLogLoss } from './paired.ts'
import { averagePrecision } from './ranking.ts'

test.each(golden.cases)(
  '$name: the log losses are compared as scipy.stats.ttest_rel does, p by the normal law (data/golden/gate.json)',
  ({ first, second, labels, log_loss }) => {
    const own = compareLogLoss(first, second, labels)
    expect(own.difference).toBeCloseTo(log_loss.difference, 12)
    expect(own.z).toBeCloseTo(log_loss.z, 9)
    expect(Math.abs(own.p - log_loss.p)).toBeLessThan(1e-10)
    expect(own.high - own.low).toBeCloseTo(2 * 1.959963984540054 * own.standardError, 12)
  },
)

test.each(golden.cases)(
  "$name: the difference of average precision is scikit-learn's, its error that of 10,000 NumPy draws within 10 %",
  ({ first, second, labels, average_precision }) => {
    const own = compareAveragePrecision(first, second, labels, { seed: 1, replicates: 1000 })
    expect(own.difference).toBeCloseTo(average_precision.difference, 12)
    expect(Math.abs(own.standardError / average_precision.standard_error - 1)).toBeLessThan(0.1)
  },
)

test('drawing a quarter of the rows gives the same error within 20 %: m out of n', () => {
  const { first, second, labels, average_precision } = golden.cases[1]
  const own = compareAveragePrecision(first, second, labels, { seed: 1, replicates: 1000, mostRows: 100 })
  expect(Math.abs(own.standardError / average_precision.standard_error - 1)).toBeLessThan(0.2)
})

const rows = fc
  .array(
    fc.record({
      label: fc.integer({ min: 0, max: 1 }),
      a: fc.integer({ min: 1, max: 9 }),
      b: fc.integer({ min: 1, max: 9 }),
    }),
    { minLength: 4, maxLength: 40 },
  )
  .filter(list => list.some(row => row.label === 1) && list.some(row => row.label === 0))

test('swapping the two turns every figure over and keeps p; a model against itself is p = 1', () => {
  fc.assert(
    fc.property(rows, list => {
      const labels = list.map(row => row.label)
      const [a, b] = [list.map(row => row.a / 10), list.map(row => row.b / 10)]
      const draws = { seed: 3, replicates: 20 }
      for (const compare of [
        compareLogLoss,
        (x: number[], y: number[], z: number[]) => compareAveragePrecision(x, y, z, draws),
      ]) {
        const [there, back, same] = [compare(a, b, labels), compare(b, a, labels), compare(a, a, labels)]
        expect(there.difference).toBeCloseTo(-back.difference, 12)
        expect(there.standardError).toBeCloseTo(back.standardError, 12)
        expect([same.difference, same.p]).toEqual([0, 1])
      }
      const gap = averagePrecision(a, labels) - averagePrecision(b, labels)
      expect(compareAveragePrecision(a, b, labels, draws).difference).toBeCloseTo(gap, 12)
    }),
  )
})

test('rows of one class, and a single row, leave p unknown', () => {
  expect(compareAveragePrecision([0.1, 0.2], [0.2, 0.1], [1, 1], { seed: 1 }).p).toBeNaN()
  expect(compareLogLoss([0.1], [0.2], [1]).p).toBeNaN()
})
