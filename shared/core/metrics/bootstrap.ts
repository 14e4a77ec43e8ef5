/**
 * How sure a figure of a ranking is, by the stratified bootstrap: positives and negatives are drawn anew, with replacement,
 * each from their own rows, so both classes and their shares stay. Percentiles of the drawn figures, 95 %. Same seed, same
 * bounds.
 *
 * Of more than MOST_ROWS_DRAWN rows m of the n are drawn from, evenly spaced in the order of the scores, and the distances
 * of the bounds are shrunk by sqrt(m / n): the m out of n bootstrap (Bickel, Götze and van Zwet 1997).
 */
import { quantileSorted } from '../math/quantile.ts'
import { deriveSeed } from '../math/random.ts'
import type { RankingCurve } from './ranking.ts'

export interface Interval {
  /** Bounds at 95 %. */
  readonly low: number
  readonly high: number
}

export interface BootstrapOptions {
  readonly seed: number
  /** Default: `replicatesFor` the rows. */
  readonly replicates?: number
  /** Default: MOST_ROWS_DRAWN. */
  readonly mostRows?: number
}

/** Bounds of percentiles from so few draws are themselves unsure. */
const FEWEST_REPLICATES = 200
const MOST_REPLICATES = 1000
/** Rows drawn in all, where that allows: some hundredths of a second. */
const ROWS_DRAWN = 2.5e6
/** Rows of one draw. More cost time in every draw, and the bounds would only be the square root narrower. */
export const MOST_ROWS_DRAWN = 250_000

/** 1,000, less where there are many rows: they have little doubt to measure, and each draw costs their number. */
export function replicatesFor(rows: number): number {
  return Math.min(MOST_REPLICATES, Math.max(FEWEST_REPLICATES, Math.floor(ROWS_DRAWN / rows)))
}

/**
 * An interval for each figure that `figuresOf` gives of a curve; null for one that is not a finite number in every draw. The
 * curve given to it is overwritten by the next draw. undefined without rows of both classes.
 */
export function bootstrapIntervals<Name extends string>(
  whole: RankingCurve,
  figuresOf: (drawn: RankingCurve) => Readonly<Record<Name, number>>,
  options: BootstrapOptions,
): Record<Name, Interval | null> | undefined {
  if (whole.positives === 0 || whole.negatives === 0) return undefined
  const rows = whole.positives + whole.negatives
  const curve = spreadCurve(whole, options.mostRows ?? MOST_ROWS_DRAWN)
  const { positives, negatives, thresholds } = curve
  const replicates = options.replicates ?? replicatesFor(rows)
  const state = seedState(options.seed)
  const pointOfPositive = pointOfRow(curve.truePositives, positives)
  const pointOfNegative = pointOfRow(curve.falsePositives, negatives)
  const drawn = {
    ...curve,
    truePositives: new Float64Array(thresholds.length),
    falsePositives: new Float64Array(thresholds.length),
  }
  const values = new Map<Name, Float64Array>()
  for (let replicate = 0; replicate < replicates; replicate++) {
    drawInto(drawn.truePositives, pointOfPositive, state)
    drawInto(drawn.falsePositives, pointOfNegative, state)
    for (const [name, value] of Object.entries(figuresOf(drawn)) as [Name, number][]) {
      const own = values.get(name) ?? new Float64Array(replicates)
      values.set(name, own)
      own[replicate] = value
    }
  }
  const scale = Math.sqrt((positives + negatives) / rows)
  const [from, to] = curve === whole ? [] : [figuresOf(curve), figuresOf(whole)]
  const intervals = [...values].map(([name, own]) => {
    const bounds = percentiles(own)
    return [name, bounds && from && to ? moved(bounds, from[name], to[name], scale) : bounds] as const
  })
  return Object.fromEntries(intervals) as Record<Name, Interval | null>
}

/** The bounds around `from` as ones around `to`, their distances times `scale`. */
function moved({ low, high }: Interval, from: number, to: number, scale: number): Interval {
  return { low: to + scale * (low - from), high: to + scale * (high - from) }
}

/** The curve of at most about `most` of the rows, of each class the same share, evenly spaced by score. */
function spreadCurve(curve: RankingCurve, most: number): RankingCurve {
  const share = most / (curve.positives + curve.negatives)
  if (share >= 1) return curve
  const positives = Math.max(1, Math.round(share * curve.positives))
  const negatives = Math.max(1, Math.round(share * curve.negatives))
  const room = positives + negatives
  const thresholds = new Float64Array(room)
  const truePositives = new Float64Array(room)
  const falsePositives = new Float64Array(room)
  let points = 0
  let [lastTrue, lastFalse] = [0, 0]
  for (let i = 0; i < curve.thresholds.length; i++) {
    const found = Math.round((curve.truePositives[i] * positives) / curve.positives)
    const wrong = Math.round((curve.falsePositives[i] * negatives) / curve.negatives)
    if (found === lastTrue && wrong === lastFalse) continue
    thresholds[points] = curve.thresholds[i]
    truePositives[points] = lastTrue = found
    falsePositives[points++] = lastFalse = wrong
  }
  const cut = (values: Float64Array) => values.subarray(0, points)
  return {
    thresholds: cut(thresholds),
    truePositives: cut(truePositives),
    falsePositives: cut(falsePositives),
    positives,
    negatives,
  }
}

/** For each row of a class, from the highest score down, the point of the curve that counts it first. */
function pointOfRow(counts: Float64Array, rows: number): Uint32Array {
  const points = new Uint32Array(rows)
  for (let point = 0, row = 0; row < rows; point++) while (row < counts[point]) points[row++] = point
  return points
}

/**
 * As many rows as there are, each any of them; counted from the highest score down. `state` is that of Doty-Humphrey's sfc32:
 * the draws are the whole cost of a bootstrap, and the 53 bits of random.ts take ten times as long as these 32.
 */
function drawInto(counts: Float64Array, pointOf: Uint32Array, state: Int32Array): void {
  let [a, b, c, counter] = state
  const scale = pointOf.length / 2 ** 32
  counts.fill(0)
  for (let draw = 0; draw < pointOf.length; draw++) {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    counts[pointOf[Math.floor((sum >>> 0) * scale)]]++
  }
  state.set([a, b, c, counter])
  for (let point = 1; point < counts.length; point++) counts[point] += counts[point - 1]
}

function seedState(seed: number): Int32Array {
  return Int32Array.of(...['a', 'b', 'c'].map(word => deriveSeed(seed, `bootstrap ${word}`)), 1)
}

function percentiles(values: Float64Array): Interval | null {
  if (!values.every(Number.isFinite)) return null
  const sorted = values.toSorted()
  return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) }
}
