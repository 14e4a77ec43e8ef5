import { expect, test } from 'vitest'
import golden from '../../../data/golden/metrics.json' with { type: 'json' }
import { accuracy, brierScore, isPositive, logLoss } from './probability.ts'

test.each(golden.cases.filter(({ log_loss }) => log_loss !== null))(
  '$name: log loss, Brier score and accuracy equal scikit-learn (data/golden/metrics.json)',
  golden => {
    expect(logLoss(golden.scores, golden.labels)).toBeCloseTo(golden.log_loss as number, 12)
    expect(brierScore(golden.scores, golden.labels)).toBeCloseTo(golden.brier as number, 12)
    expect(accuracy(golden.scores, golden.labels, 0.5)).toBeCloseTo(golden.accuracy as number, 12)
  },
)

test('the log loss of a certain mistake is finite: probabilities are clipped at 2^-52', () => {
  expect(logLoss([0], [1])).toBeCloseTo(52 * Math.LN2, 10)
})

test('a probability that is shown as the threshold is positive, though its float32 lies below it', () => {
  const probability = Math.fround(0.7)
  expect(probability).toBeLessThan(0.7)
  expect(isPositive(probability, 0.7)).toBe(true)
  expect(isPositive(0.6999, 0.7)).toBe(false)
})
