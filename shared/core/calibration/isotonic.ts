/**
 * Isotonic regression of labels on margins by pooling adjacent violators: the rising step function with the least squared
 * error. Between two steps it is linear, outside it is flat, as scikit-learn's IsotonicRegression predicts with
 * out_of_bounds='clip'. Rows with equal margins count as one with their mean.
 */
import { rankingCurve } from '../metrics/ranking.ts'

/** Both of one length, at least 1; margins rise strictly, values never fall. */
export interface IsotonicKnots {
  readonly margins: readonly number[]
  readonly values: readonly number[]
}

interface Block {
  readonly first: number
  readonly last: number
  readonly positives: number
  readonly rows: number
}

/** Margins are finite, labels 0 or 1, at least one row. */
export function fitIsotonic(margins: ArrayLike<number>, labels: ArrayLike<number>): IsotonicKnots {
  const blocks = poolViolators(margins, labels)
  const knots = blocks.flatMap(({ first, last, positives, rows }) => {
    const value = positives / rows
    return first === last ? [{ margin: first, value }] : [first, last].map(margin => ({ margin, value }))
  })
  return { margins: knots.map(({ margin }) => margin), values: knots.map(({ value }) => value) }
}

/** From the lowest margin up; the share of positives rises strictly from block to block. */
function poolViolators(margins: ArrayLike<number>, labels: ArrayLike<number>): Block[] {
  const { thresholds, truePositives, falsePositives } = rankingCurve(margins, labels)
  const blocks: Block[] = []
  for (let i = thresholds.length - 1; i >= 0; i--) {
    const above = i === 0 ? { positives: 0, rows: 0 } : countsAt(truePositives[i - 1], falsePositives[i - 1])
    const here = countsAt(truePositives[i], falsePositives[i])
    let block: Block = {
      first: thresholds[i],
      last: thresholds[i],
      positives: here.positives - above.positives,
      rows: here.rows - above.rows,
    }
    for (let below = blocks.at(-1); below !== undefined; below = blocks.at(-1)) {
      // Whole numbers, multiplied out: no rounding decides whether two shares are in order.
      if (below.positives * block.rows < block.positives * below.rows) break
      blocks.pop()
      block = {
        first: below.first,
        last: block.last,
        positives: below.positives + block.positives,
        rows: below.rows + block.rows,
      }
    }
    blocks.push(block)
  }
  return blocks
}

function countsAt(positives: number, negatives: number): { readonly positives: number; readonly rows: number } {
  return { positives, rows: positives + negatives }
}

/**
 * The function as one line per segment, so that code and an ONNX graph take the same steps. Segment k holds the margins with
 * k knots at or below them: 0 lies before the first knot, the last behind the last.
 *
 *   value = min(low[k] + (margin - start[k]) x slope[k], high[k])
 *
 * The minimum keeps it rising where rounding would carry a line's end above the next knot.
 */
export interface IsotonicSegments {
  readonly low: readonly number[]
  readonly start: readonly number[]
  readonly slope: readonly number[]
  readonly high: readonly number[]
}

export function isotonicSegments({ margins, values }: IsotonicKnots): IsotonicSegments {
  const last = margins.length - 1
  const segments = Array.from({ length: margins.length + 1 }, (_, k) => {
    if (k === 0) return { low: values[0], start: margins[0], slope: 0, high: values[0] }
    if (k > last) return { low: values[last], start: margins[last], slope: 0, high: values[last] }
    const slope = (values[k] - values[k - 1]) / (margins[k] - margins[k - 1])
    return { low: values[k - 1], start: margins[k - 1], slope, high: values[k] }
  })
  return {
    low: segments.map(({ low }) => low),
    start: segments.map(({ start }) => start),
    slope: segments.map(({ slope }) => slope),
    high: segments.map(({ high }) => high),
  }
}

/** Values at any finite margins. */
export function isotonicValues(knots: IsotonicKnots, margins: Float64Array): Float64Array {
  const { low, start, slope, high } = isotonicSegments(knots)
  return margins.map(margin => {
    const k = countUpTo(knots.margins, margin)
    return Math.min(low[k] + (margin - start[k]) * slope[k], high[k])
  })
}

/** How many of the rising `sorted` are at or below x. */
function countUpTo(sorted: readonly number[], x: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] <= x) low = middle + 1
    else high = middle
  }
  return low
}
