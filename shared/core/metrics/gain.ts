/**
 * Gain and lift: what working through the rows from the highest score down brings. Rows with equal scores count as in
 * random order, so the positives among the first k rows are read linearly between two distinct scores.
 *
 *   gain at share s = positives among the first s of the rows / all positives
 *   lift at share s = gain / s = their precision / the base rate
 */
import { MOST_POINTS, type Point, thin } from './curves.ts'
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
    const rows = Math.round((total * (i + 1)) / steps)
    const found = positivesAmong(curve, rows)
    const gain = found / positives
    return { rows, share: rows / total, positives: found, gain, lift: (gain * total) / rows }
  })
}

/** x = share of the rows, y = gain, from (0, 0) to (1, 1). Empty without positives. */
export function gainPoints(curve: RankingCurve, most = MOST_POINTS): Point[] {
  const { positives, negatives, truePositives, falsePositives } = curve
  if (positives === 0) return []
  const total = positives + negatives
  const points = Array.from(truePositives, (count, i) => ({
    x: (count + falsePositives[i]) / total,
    y: count / positives,
  }))
  return thin([{ x: 0, y: 0 }, ...points], most)
}

function positivesAmong({ truePositives, falsePositives }: RankingCurve, rows: number): number {
  let before = { rows: 0, positives: 0 }
  for (let i = 0; i < truePositives.length; i++) {
    const here = { rows: truePositives[i] + falsePositives[i], positives: truePositives[i] }
    if (here.rows >= rows) {
      const part = (rows - before.rows) / (here.rows - before.rows)
      return before.positives + part * (here.positives - before.positives)
    }
    before = here
  }
  return before.positives
}
