/**
 * Gain and lift: what working through the rows from the highest score down brings. Rows with equal scores count as in
 * random order, so the positives among the first k rows are read linearly between two distinct scores.
 *
 *   gain at share s = positives among the first s of the rows / all positives
 *   lift at share s = gain / s = their precision / the base rate
 */
import { fromOrigin, MOST_POINTS, type Point, thin } from './curves.ts'
import type { RankingCurve } from './ranking.ts'

export interface GainStep {
  /** Rows from the top. */
  readonly rows: number
  /** rows / all rows, in (0, 1]. */
  readonly share: number
  /** Positives among them; a fraction where equal scores are cut. */
  readonly positives: number
  /** Share of all positives that is among them, 0 to 1. */
  readonly gain: number
  /** How many times the positives that as many random rows hold. */
  readonly lift: number
}

/** `parts` equal steps, each rounded to whole rows; as many as there are rows when those are fewer. Empty without positives. */
export function gainTable(curve: RankingCurve, parts = 10): GainStep[] {
  const { positives } = curve
  const total = positives + curve.negatives
  if (positives === 0) return []
  const steps = Math.min(parts, total)
  return Array.from({ length: steps }, (_, i) => {
    return gainStep(curve, Math.round((total * (i + 1)) / steps))
  })
}

/** The step at a share of the rows, rounded to whole rows and at least one. undefined without positives. */
export function gainAt(curve: RankingCurve, share: number): GainStep | undefined {
  if (curve.positives === 0) return undefined
  return gainStep(curve, Math.max(1, Math.round(share * (curve.positives + curve.negatives))))
}

function gainStep(curve: RankingCurve, rows: number): GainStep {
  const total = curve.positives + curve.negatives
  const found = positivesAmong(curve, rows)
  const gain = found / curve.positives
  return { rows, share: rows / total, positives: found, gain, lift: (gain * total) / rows }
}

/** x = share of the rows, y = gain, from (0, 0) to (1, 1). Empty without positives. */
export function gainPoints(curve: RankingCurve, most = MOST_POINTS): Point[] {
  const { positives, negatives, truePositives, falsePositives } = curve
  if (positives === 0) return []
  const total = positives + negatives
  const pointAt = (i: number) => ({
    x: (truePositives[i] + falsePositives[i]) / total,
    y: truePositives[i] / positives,
  })
  return thin(fromOrigin(truePositives.length, pointAt), most)
}

function positivesAmong({ truePositives, falsePositives }: RankingCurve, rows: number): number {
  // The first point with so many rows, by bisection: a bootstrap asks this thousands of times.
  let low = 0
  let high = truePositives.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (truePositives[middle] + falsePositives[middle] < rows) low = middle + 1
    else high = middle
  }
  const positivesBefore = low === 0 ? 0 : truePositives[low - 1]
  const rowsBefore = low === 0 ? 0 : positivesBefore + falsePositives[low - 1]
  const part = (rows - rowsBefore) / (truePositives[low] + falsePositives[low] - rowsBefore)
  return positivesBefore + part * (truePositives[low] - positivesBefore)
}
