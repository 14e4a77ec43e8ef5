import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/metrics.json' with { type: 'json' }
import { averagePrecision, rankingCurve, rocAuc } from './ranking.ts'

/** Naive twin: the share of (positive, negative) pairs in the right order, ties counting half. */
function naiveRocAuc(scores: readonly number[], labels: readonly number[]): number {
  let wins = 0
  let pairs = 0
  scores.forEach((a, i) => {
    scores.forEach((b, j) => {
      if (labels[i] !== 1 || labels[j] !== 0) return
      pairs++
      wins += a > b ? 1 : a === b ? 0.5 : 0
    })
  })
  return wins / pairs
}

const scored = fc
  .array(fc.record({ score: fc.integer({ min: -5, max: 5 }), label: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 2,
    maxLength: 60,
  })
  .filter(rows => new Set(rows.map(row => row.label)).size === 2)

test.each(golden.cases)(
  '$name: ROC-AUC and average precision equal scikit-learn (data/golden/metrics.json)',
  golden => {
    expect(rocAuc(golden.scores, golden.labels)).toBeCloseTo(golden.roc_auc, 12)
    expect(averagePrecision(golden.scores, golden.labels)).toBeCloseTo(golden.average_precision, 12)
  },
)

test('rocAuc is the share of pairs in the right order, ties counting half', () => {
  fc.assert(
    fc.property(scored, rows => {
      const scores = rows.map(row => row.score)
      const labels = rows.map(row => row.label)
      expect(rocAuc(scores, labels)).toBeCloseTo(naiveRocAuc(scores, labels), 12)
    }),
  )
})

test('the order of rows does not matter, and turning the scores over turns ROC-AUC over', () => {
  fc.assert(
    fc.property(scored, rows => {
      const scores = rows.map(row => row.score)
      const labels = rows.map(row => row.label)
      const reversed = rows.toReversed()
      expect(
        averagePrecision(
          reversed.map(row => row.score),
          reversed.map(row => row.label),
        ),
      ).toBe(averagePrecision(scores, labels))
      expect(
        rocAuc(
          scores.map(score => -score),
          labels,
        ),
      ).toBeCloseTo(1 - rocAuc(scores, labels), 12)
    }),
  )
})

test('a curve has one point per distinct score, from the top', () => {
  const curve = rankingCurve(Object.freeze([0.5, 0.9, 0.5, 0.1]), Object.freeze([1, 1, 0, 0]))
  expect([...curve.thresholds]).toEqual([0.9, 0.5, 0.1])
  expect([...curve.truePositives]).toEqual([1, 2, 2])
  expect([...curve.falsePositives]).toEqual([0, 1, 2])
})

test('one class alone has no ROC-AUC: NaN, never a number', () => {
  expect(rocAuc([0.1, 0.2], [1, 1])).toBeNaN()
})

test('a NaN score and unequal lengths are refused', () => {
  expect(() => rocAuc([0.1, Number.NaN], [0, 1])).toThrow('score 1 is NaN')
  expect(() => rocAuc([0.1], [0, 1])).toThrow('1 scores for 2 labels')
})
