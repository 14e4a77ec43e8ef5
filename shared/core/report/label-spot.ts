/** Where the names of curves can stand: beside their curve, clear of all curves, of each other, and inside the frame. */
import type { Point } from '../metrics/curves.ts'

/** Sizes as shares of the picture: half of a word's width and height, and its distance from its own curve. */
const HALF_WIDTH = 0.1
const HALF_HEIGHT = 0.03
const DISTANCE = 0.055

/**
 * The middles of the names, one per curve. All curves have the same x, rising, and y in [0, 1]. `line` is the x of a vertical
 * line that names keep away from.
 */
export function labelSpots(curves: readonly (readonly Point[])[], line: number): Point[] {
  const spots: Point[] = []
  for (const own of curves) spots.push(bestSpot(own, { curves, line, taken: spots }))
  return spots
}

interface Obstacles {
  readonly curves: readonly (readonly Point[])[]
  readonly line: number
  readonly taken: readonly Point[]
}

function bestSpot(own: readonly Point[], obstacles: Obstacles): Point {
  let best: Point & { readonly crowding: number } = { x: 0.5, y: 0.5, crowding: Number.POSITIVE_INFINITY }
  for (const x of placesAlong(own)) {
    for (const steps of [1, -1, 2, -2, 3, -3]) {
      const side = steps * DISTANCE
      const y = valueAt(own, x) + side
      const crowding = crowdingAt({ x, y }, obstacles) + Math.abs(side)
      if (crowding < best.crowding) best = { x, y, crowding }
    }
  }
  return { x: best.x, y: best.y }
}

/** A grid over the part of the picture that the curve spans, and a little behind its end; of a curve that spans nothing a few places around it. */
function placesAlong(own: readonly Point[]): number[] {
  const [first, last] = [own[0].x, own[own.length - 1].x]
  const grid = Array.from({ length: 25 }, (_, i) => (i + 3) / 30).filter(
    x => x >= first && x <= last + 1.5 * HALF_WIDTH,
  )
  if (grid.length > 0) return grid
  const inside = (x: number) => Math.min(Math.max(x, 1.2 * HALF_WIDTH), 1 - 1.2 * HALF_WIDTH)
  return [0, -2.2, 2.2].map(widths => inside((first + last) / 2 + widths * HALF_WIDTH))
}

/** How much is in the way: 0 where nothing is. */
function crowdingAt({ x, y }: Point, { curves, line, taken }: Obstacles): number {
  const missing = (room: number, needed: number) => Math.max(0, 1 - room / needed)
  const outside = missing(Math.min(y, 1 - y), HALF_HEIGHT + 0.01)
  const onLine = missing(Math.abs(x - line), HALF_WIDTH)
  const onCurves = curves.flatMap(curve =>
    SLICES.map(([from, to]) => missing(distanceTo(curve, [x + from, x + to], y), 1.5 * HALF_HEIGHT)),
  )
  const onNames = taken.map(spot => {
    const isBeside = Math.abs(spot.x - x) >= 2 * HALF_WIDTH
    return isBeside ? 0 : missing(Math.abs(spot.y - y), 2.2 * HALF_HEIGHT)
  })
  // A name under another name or outside the frame cannot be read; one that crosses a line can.
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return 10 * (outside + sum(onNames)) + onLine + sum(onCurves)
}

/** A name's width in five parts: a curve may be in the way of one of them only. */
const SLICES = Array.from(
  { length: 5 },
  (_, i) => [(i - 2.5) * 0.4 * HALF_WIDTH, (i - 1.5) * 0.4 * HALF_WIDTH] as const,
)

/** From y to the nearest value that the curve has between two x; 0 inside of a jump. */
function distanceTo(curve: readonly Point[], [from, to]: readonly [number, number], y: number): number {
  const values = curve.filter(point => point.x >= from && point.x <= to).map(point => point.y)
  values.push(valueAt(curve, from), valueAt(curve, to))
  return Math.max(0, Math.min(...values) - y, y - Math.max(...values))
}

/** The value of the next point from x on, as the steps are drawn; of the last one beyond it. */
function valueAt(curve: readonly Point[], x: number): number {
  return (curve.find(point => point.x >= x) ?? curve[curve.length - 1]).y
}
