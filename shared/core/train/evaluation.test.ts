import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/evaluation.json' with { type: 'json' }
import { evaluateScores } from './evaluation.ts'

test.each(golden.cases)(
  '$name: counts, precision, recall, F1, ECE, KS and top rows equal scikit-learn and SciPy (data/golden/evaluation.json)',
  one => {
    const found = evaluateScores(one.scores, one.labels, { threshold: one.threshold, seed: 1, replicates: 10 })
    const { true_positives, false_positives, false_negatives, true_negatives } = found.confusion
    expect([true_positives, false_positives, false_negatives, true_negatives]).toEqual(one.confusion)
    for (const name of ['precision', 'recall', 'f1', 'ece', 'ks'] as const)
      expect(found[name]).toBeCloseTo(one[name], 12)
    one.top.forEach((expected, i) => {
      expect(found.top[i].share).toBe(expected.share)
      expect(found.top[i].precision).toBeCloseTo(expected.precision, 12)
      expect(found.top[i].lift).toBeCloseTo(expected.lift, 12)
    })
  },
)

const rows = fc.array(
  fc.record({ p: fc.float({ min: 0, max: 1, noNaN: true }), label: fc.integer({ min: 0, max: 1 }) }),
  { minLength: 1, maxLength: 40 },
)

test('every figure is in its range or null, NaN only of a ranking that lacks a class, and every interval rises', () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (some, threshold) => {
      const found = evaluateScores(
        some.map(row => row.p),
        some.map(row => row.label),
        { threshold, seed: 1, replicates: 20 },
      )
      const hasBoth = found.positives > 0 && found.positives < found.rows
      for (const name of ['roc_auc', 'ks'] as const) {
        expect(hasBoth ? found[name] >= 0 && found[name] <= 1 : Number.isNaN(found[name])).toBe(true)
      }
      for (const value of [found.accuracy, found.precision, found.recall, found.f1, found.brier, found.ece]) {
        expect(value === null || (value >= 0 && value <= 1)).toBe(true)
      }
      expect(Object.values(found.confusion).reduce((sum, count) => sum + count, 0)).toBe(found.rows)
      expect(found.log_loss).toBeGreaterThanOrEqual(0)
      for (const interval of Object.values(found.intervals)) {
        expect(interval === null || interval.low <= interval.high).toBe(true)
      }
    }),
  )
})

test('all scores equal: chance, and the first rows hold the base rate', () => {
  const found = evaluateScores(
    new Float32Array(100).fill(0.25),
    Array.from({ length: 100 }, (_, i) => Number(i < 25)),
    {
      threshold: 0.5,
      seed: 1,
    },
  )
  expect(found).toMatchObject({ roc_auc: 0.5, pr_auc: 0.25, ks: 0, ece: 0, precision: null, recall: 0, f1: 0 })
  expect(found.top.map(({ lift }) => lift)).toEqual([1, 1, 1, 1])
  expect(found.intervals.precision).toBeNull()
})

test('one class alone: what needs both is NaN and has no interval, the rest is measured', () => {
  const found = evaluateScores([0.1, 0.6, 0.4], [0, 0, 0], { threshold: 0.5, seed: 1 })
  expect(found).toMatchObject({ roc_auc: Number.NaN, ks: Number.NaN, recall: null, top: [], accuracy: 2 / 3 })
  expect(found.intervals).toMatchObject({ roc_auc: null, recall: null })
  expect(found.intervals).not.toHaveProperty('pr_auc')
})

test('the same rows and seed give the same numbers', () => {
  const { scores, labels } = golden.cases[0]
  const by = (seed: number) => evaluateScores(scores, labels, { threshold: 0.5, seed })
  expect(by(3)).toEqual(by(3))
  expect(by(4).intervals).not.toEqual(by(3).intervals)
})
