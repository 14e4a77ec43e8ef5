import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rankingCurve } from './ranking.ts'
import { bestF1, confusionAt, ratesOf, type ThresholdPoint, thinThresholdCurve, thresholdCurve } from './threshold.ts'

function thresholdPoints(scores: ArrayLike<number>, labels: ArrayLike<number>): ThresholdPoint[] {
  const points = thresholdCurve(rankingCurve(scores, labels))
  return Array.from({ length: points.length }, (_, i) => points.at(i) as ThresholdPoint)
}

test('confusion and its rates by hand', () => {
  const counts = confusionAt([0.9, 0.8, 0.5, 0.4, 0.2], [1, 0, 1, 1, 0], 0.5)
  expect(counts).toEqual({ truePositives: 2, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 })
  expect(ratesOf(counts)).toEqual({ precision: 2 / 3, recall: 2 / 3, falsePositiveRate: 0.5, f1: 2 / 3 })
})

test('a rate of nothing is null, never NaN', () => {
  expect(ratesOf(confusionAt([], [], 0.5))).toEqual({
    precision: null,
    recall: null,
    falsePositiveRate: null,
    f1: null,
  })
  expect(ratesOf(confusionAt([0.1], [1], 0.5))).toMatchObject({ precision: null, recall: 0, f1: 0 })
})

const scored = fc
  .array(fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), label: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 1,
    maxLength: 60,
  })
  .map(rows => ({
    probabilities: Float32Array.from(rows, row => row.score),
    labels: rows.map(row => row.label),
  }))
  .filter(({ labels }) => labels.includes(1))

test('the curve says at every score what the confusion at that threshold says', () => {
  fc.assert(
    fc.property(scored, ({ probabilities, labels }) => {
      const points = thresholdPoints(probabilities, labels)
      for (const { threshold, precision, recall, f1 } of points) {
        const rates = ratesOf(confusionAt(probabilities, labels, threshold))
        expect({ precision, recall, f1 }).toEqual({ precision: rates.precision, recall: rates.recall, f1: rates.f1 })
      }
      const thresholds = points.map(point => point.threshold)
      expect(thresholds).toEqual([...new Set(probabilities)].sort((a, b) => a - b))
      expect(bestF1(points)?.f1).toBe(Math.max(...points.map(point => point.f1)))
    }),
  )
})

test('of equal F1 the highest threshold is best; an empty curve has none', () => {
  const points = thresholdPoints([0.9, 0.6, 0.5, 0.4], [1, 0, 1, 1])
  expect(points.map(point => point.f1)).toEqual([6 / 7, 2 / 3, 0.4, 0.5])
  expect(bestF1([points[0], { ...points[1], f1: points[0].f1 }])?.threshold).toBe(0.5)
  expect(thresholdPoints([0.5], [0])).toEqual([])
  expect(bestF1([])).toBeUndefined()
})

test('a threshold curve of 5,000 scores is drawn with at most 200 of its own points, both ends among them', () => {
  const scores = Array.from({ length: 5000 }, (_, i) => (i + 0.5) / 5000)
  const labels = scores.map((score, i) => Number((i * 7919) % 5000 < 5000 * score))
  const points = thresholdPoints(scores, labels)
  const kept = thinThresholdCurve(points)
  expect(kept.length).toBeGreaterThan(150)
  expect(kept.length).toBeLessThanOrEqual(200)
  expect(kept.every(point => points.includes(point))).toBe(true)
  expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)])
})
