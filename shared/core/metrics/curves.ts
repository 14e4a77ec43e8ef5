/**
 * Curves of a ranking as points to draw, and thinned: a picture 300 pixels wide needs no 100,000 points. Axes are shares,
 * 0 to 1; every curve keeps its two ends. A curve has a point for each distinct score, millions of them: a point is made when
 * it is asked for and kept only where it is drawn.
 */
import type { RankingCurve } from './ranking.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** A list, or what stands for one: `at` is asked for 0 to length - 1. */
export interface Points<P> {
  readonly length: number
  at(i: number): P | undefined
}

/** The points that a thinned curve has at most. */
export const MOST_POINTS = 200

const ORIGIN: Point = Object.freeze({ x: 0, y: 0 })

/**
 * ROC: x = false positive rate, y = true positive rate, from (0, 0) to (1, 1). Empty when a class is absent.
 */
export function rocPoints(curve: RankingCurve, most = MOST_POINTS): Point[] {
  const { positives, negatives, truePositives, falsePositives } = curve
  if (positives === 0 || negatives === 0) return []
  return thin(
    fromOrigin(truePositives.length, i => ({ x: falsePositives[i] / negatives, y: truePositives[i] / positives })),
    most,
  )
}

/**
 * Precision against recall: x = recall, y = precision, from the highest score down to recall 1. Drawn as steps that change
 * before x moves, its area is the average precision. Empty without positives.
 */
export function precisionRecallPoints(curve: RankingCurve, most = MOST_POINTS): Point[] {
  const { positives, truePositives, falsePositives } = curve
  if (positives === 0) return []
  const pointAt = (i: number) => ({
    x: truePositives[i] / positives,
    y: truePositives[i] / (truePositives[i] + falsePositives[i]),
  })
  return thin({ length: truePositives.length, at: pointAt }, most)
}

/** `count` points with (0, 0) before them. */
export function fromOrigin(count: number, pointAt: (i: number) => Point): Points<Point> {
  return { length: count + 1, at: i => (i === 0 ? ORIGIN : pointAt(i - 1)) }
}

/**
 * At most `most` (>= 2) of the points: first and last, and between them one per equal length of the way along the curve,
 * |dx| + |dy|. So every point left out lies within (whole way) / (most - 2) of one that is kept.
 */
export function thin<P extends Point>(points: Points<P>, most = MOST_POINTS): P[] {
  if (most < 2) throw new RangeError(`most is ${most}; allowed: 2 or more`)
  return keptOf(points, most).map(i => points.at(i) as P)
}

function keptOf(points: Points<Point>, most: number): number[] {
  const { length } = points
  if (length <= most) return Array.from({ length }, (_, i) => i)
  const way = lengthsAlong(points)
  const last = length - 1
  if (way[last] === 0 || most === 2) return [0, last]
  const step = way[last] / (most - 2)
  const kept = [0]
  let due = step
  for (let i = 1; i < last; i++) {
    if (way[i] < due) continue
    kept.push(i)
    due = (Math.floor(way[i] / step) + 1) * step
  }
  kept.push(last)
  return kept
}

function lengthsAlong(points: Points<Point>): Float64Array {
  const way = new Float64Array(points.length)
  let last = points.at(0) as Point
  for (let i = 1; i < points.length; i++) {
    const next = points.at(i) as Point
    way[i] = way[i - 1] + Math.abs(next.x - last.x) + Math.abs(next.y - last.y)
    last = next
  }
  return way
}
