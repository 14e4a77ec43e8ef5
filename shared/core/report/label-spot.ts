/** Where the name of a curve can stand: beside the curve, and as far as can be from every curve and from the frame. */
import type { Point } from '../metrics/curves.ts'

/** Sizes as shares of the picture: half of a word's width, and its distance from its own curve. */
const HALF_WIDTH = 0.09
const DISTANCE = 0.055

/**
 * The middle of the name. `own` is one of `curves`; all have the same x, rising, and y in [0, 1]. `line` is the x of a
 * vertical line that names keep away from.
 */
export function labelSpot(own: readonly Point[], curves: readonly (readonly Point[])[], line: number): Point {
  let best = { x: 0.5, y: 0.5, room: Number.NEGATIVE_INFINITY }
  for (let step = 3; step <= 27; step++) {
    const x = step / 30
    if (x < own[0].x || x > own[own.length - 1].x) continue
    for (const side of [DISTANCE, -DISTANCE]) {
      const y = valueAt(own, x) + side
      const room = roomAround({ x, y }, curves, line)
      if (room > best.room) best = { x, y, room }
    }
  }
  return { x: best.x, y: best.y }
}

function roomAround({ x, y }: Point, curves: readonly (readonly Point[])[], line: number): number {
  const toFrame = Math.min(y, 1 - y) - 0.02
  const toLine = Math.abs(x - line) - HALF_WIDTH
  const toCurves = curves.flatMap(curve =>
    [-1, -0.5, 0, 0.5, 1].map(part => Math.abs(valueAt(curve, x + part * HALF_WIDTH) - y)),
  )
  // The own curve is always near; more than that distance of room is no better.
  return Math.min(toFrame, toLine, DISTANCE, ...toCurves) + Math.min(...toCurves) / 100
}

/** The value of the next point from x on, as the steps are drawn; of the last one beyond it. */
function valueAt(curve: readonly Point[], x: number): number {
  return (curve.find(point => point.x >= x) ?? curve[curve.length - 1]).y
}
