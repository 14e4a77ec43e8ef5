/**
 * What a threshold does: the four counts at one, and precision, recall and F1 at all of them. A row is positive when its
 * probability >= threshold (isPositive).
 */
import { MOST_POINTS, type Point, type Points, thin } from './curves.ts'
import { isPositive } from './probability.ts'
import type { RankingCurve } from './ranking.ts'

export interface Confusion {
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
}

/** Rates of a confusion; null where nothing is there to take a share of. */
export interface ConfusionRates {
  /** Share of the rows called positive that are. */
  readonly precision: number | null
  /** Share of the positives that are called so (true positive rate). */
  readonly recall: number | null
  readonly falsePositiveRate: number | null
  /** 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall. */
  readonly f1: number | null
}

export interface ThresholdPoint {
  readonly threshold: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

export function confusionAt(probabilities: ArrayLike<number>, labels: ArrayLike<number>, threshold: number): Confusion {
  const counts = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 }
  for (let i = 0; i < labels.length; i++) {
    const isCalled = isPositive(probabilities[i], threshold)
    if (labels[i] === 1) counts[isCalled ? 'truePositives' : 'falseNegatives']++
    else counts[isCalled ? 'falsePositives' : 'trueNegatives']++
  }
  return counts
}

export function ratesOf({ truePositives, falsePositives, falseNegatives, trueNegatives }: Confusion): ConfusionRates {
  return {
    precision: shareOf(truePositives, truePositives + falsePositives),
    recall: shareOf(truePositives, truePositives + falseNegatives),
    falsePositiveRate: shareOf(falsePositives, falsePositives + trueNegatives),
    f1: shareOf(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
  }
}

function shareOf(count: number, total: number): number | null {
  return total === 0 ? null : count / total
}

/**
 * Precision, recall and F1 at each distinct score, from the lowest threshold (every row is positive) to the highest; above
 * it no row is. Between two scores the values are those of the higher one. Empty without positives.
 */
export function thresholdCurve(curve: RankingCurve): Points<ThresholdPoint> {
  const { positives, truePositives, falsePositives, thresholds } = curve
  const last = thresholds.length - 1
  return {
    length: positives === 0 ? 0 : thresholds.length,
    at(i) {
      const threshold = thresholds[last - i]
      const found = truePositives[last - i]
      const called = found + falsePositives[last - i]
      return { threshold, precision: found / called, recall: found / positives, f1: (2 * found) / (called + positives) }
    },
  }
}

/** The point with the highest F1; of equals the highest threshold. undefined for an empty curve. */
export function bestF1(points: Points<ThresholdPoint>): ThresholdPoint | undefined {
  let best: ThresholdPoint | undefined
  for (let i = 0; i < points.length; i++) {
    const point = points.at(i)
    if (best === undefined || (point && point.f1 >= best.f1)) best = point
  }
  return best
}

/** A threshold curve that has few enough points to draw. */
export function thinThresholdCurve(points: Points<ThresholdPoint>, most = MOST_POINTS): ThresholdPoint[] {
  const placed = {
    length: points.length,
    at(i: number): Point & { readonly point: ThresholdPoint } {
      const point = points.at(i) as ThresholdPoint
      // As the threshold rises recall falls, so the length of x is the way of both; precision is the one that jumps.
      return { x: point.threshold - point.recall, y: point.precision, point }
    },
  }
  return thin(placed, most).map(({ point }) => point)
}
