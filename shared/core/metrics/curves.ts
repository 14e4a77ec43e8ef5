/**
 * Curves of a ranking as points to draw, and thinned: a picture 300 pixels wide needs no 100,000 points. Axes are shares,
 * 0 to 1; every curve keeps its two ends.
 */
import type { RankingCurve } from './ranking.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** The points that a thinned curve has at most. */
export const MOST_POINTS = 200

/**
 * ROC: x = false positive rate, y = true positive rate, from (0, 0) to (1, 1). Empty when a class is absent.
 */
export function rocPoints(curve: RankingCurve, most = MOST_POINTS): Point[] {
  const { positives, negatives, truePositives, falsePositives } = curve
  if (positives === 0 || negatives === 0) return []
  const points = Array.from(truePositives, (count, i) => ({ x: falsePositives[i] / negatives, y: count / positives }))
  return thin([{ x: 0, y: 0 }, ...points], most)
}

/**
 * Precision against recall: x = recall, y = precision, from the highest score down to recall 1. Drawn as steps that change
 * before x moves, its area is the average precision. Empty without positives.
 */
export function precisionRecallPoints(curve: RankingCurve, most = MOST_POINTS): Point[] {
  const { positives, truePositives, falsePositives } = curve
  if (positives === 0) return []
  return thin(
    Array.from(truePositives, (count, i) => ({ x: count / positives, y: count / (count + falsePositives[i]) })),
    most,
  )
}

/**
 * At most `most` (>= 2) of the points: first and last, and between them one per equal length of the way along the curve,
 * |dx| + |dy|. So every point left out lies within (whole way) / (most - 2) of one that is kept.
 */
export function thin<P extends Point>(points: readonly P[], most = MOST_POINTS): P[] {
  if (most < 2) throw new RangeError(`most is ${most}; allowed: 2 or more`)
  if (points.length <= most) return [...points]
  const way = lengthsAlong(points)
  const last = points.length - 1
  if (way[last] === 0 || most === 2) return [points[0], points[last]]
  const step = way[last] / (most - 2)
  const kept = [points[0]]
  let due = step
  for (let i = 1; i < last; i++) {
    if (way[i] < due) continue
    kept.push(points[i])
    due = (Math.floor(way[i] / step) + 1) * step
  }
  kept.push(points[last])
  return kept
}

function lengthsAlong(points: readonly Point[]): Float64Array {
  const way = new Float64Array(points.length)
  for (let i = 1; i < points.length; i++) {
    way[i] = way[i - 1] + Math.abs(points[i].x - points[i - 1].x) + Math.abs(points[i].y - points[i - 1].y)
  }
  return way
}
