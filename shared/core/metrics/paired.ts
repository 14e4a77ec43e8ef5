/**
 * Two models' probabilities of the same rows compared, beside the ROC-AUC, which has DeLong's test (delong.ts). What makes a
 * row easy for both does not count as doubt.
 *
 *   log loss            the rows' own losses differ by d: mean of d, standard error sd(d) / sqrt(rows), n - 1 inside
 *   average precision   a stratified bootstrap that draws each row for both at once: standard deviation of the differences
 */
import { deriveSeed, makeRandom, type Random } from '../math/random.ts'
import { MOST_ROWS_DRAWN, replicatesFor } from './bootstrap.ts'
import { type Comparison, comparisonOf } from './comparison.ts'
import { rowLogLoss } from './probability.ts'
import { averagePrecision } from './ranking.ts'

/** Log loss of the first less that of the second: below 0, the first is better. NaN error with fewer than two rows. */
export function compareLogLoss(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  labels: ArrayLike<number>,
): Comparison {
  const gaps = Float64Array.from(labels, (label, i) => rowLogLoss(first[i], label) - rowLogLoss(second[i], label))
  return comparisonOf(meanOf(gaps), Math.sqrt(sampleVariance(gaps) / gaps.length))
}

export interface DrawOptions {
  readonly seed: number
  /** Default: `replicatesFor` the rows. */
  readonly replicates?: number
  /** Rows of one draw; fewer than there are shrink the error by the square root of their share (m out of n). */
  readonly mostRows?: number
}

/** Average precision of the first less that of the second. NaN error without rows of both classes. */
export function compareAveragePrecision(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  labels: ArrayLike<number>,
  { seed, replicates = replicatesFor(labels.length), mostRows = MOST_ROWS_DRAWN }: DrawOptions,
): Comparison {
  const difference = averagePrecision(first, labels) - averagePrecision(second, labels)
  const share = Math.min(1, mostRows / labels.length)
  const classes = [1, 0].map(wanted => rowsOfLabel(labels, wanted))
  if (classes.some(rows => rows.length === 0)) return comparisonOf(difference, Number.NaN)
  const orders = [fallingOrder(first), fallingOrder(second)]
  const random = makeRandom(deriveSeed(seed, 'paired bootstrap'))
  const counts = new Uint32Array(labels.length)
  const gaps = Float64Array.from({ length: replicates }, () => {
    counts.fill(0)
    for (const rows of classes) drawRowsInto(counts, rows, Math.max(1, Math.round(share * rows.length)), random)
    const [a, b] = orders.map(order => drawnAveragePrecision(order, labels, counts))
    return a - b
  })
  return comparisonOf(difference, Math.sqrt(share * sampleVariance(gaps)))
}

function rowsOfLabel(labels: ArrayLike<number>, wanted: number): Uint32Array {
  return Uint32Array.from(Array.from(labels).flatMap((label, row) => (label === wanted ? [row] : [])))
}

/** Rows from the highest score down; `closes[i]` is 1 where the next row has another score. */
interface FallingOrder {
  readonly rows: Uint32Array
  readonly closes: Uint8Array
}

function fallingOrder(scores: ArrayLike<number>): FallingOrder {
  const rows = Uint32Array.from({ length: scores.length }, (_, row) => row).sort((a, b) => scores[b] - scores[a])
  const closes = Uint8Array.from(rows, (row, i) => (scores[row] === scores[rows[i + 1]] ? 0 : 1))
  return { rows, closes }
}

function drawRowsInto(counts: Uint32Array, rows: Uint32Array, draws: number, random: Random): void {
  for (let draw = 0; draw < draws; draw++) counts[rows[random.integer(0, rows.length - 1)]]++
}

/** Average precision of rows that count `counts` times each; equal scores are one step, as in ranking.ts. */
function drawnAveragePrecision({ rows, closes }: FallingOrder, labels: ArrayLike<number>, counts: Uint32Array): number {
  let [found, wrong, gained, sum] = [0, 0, 0, 0]
  for (let i = 0; i < rows.length; i++) {
    if (labels[rows[i]] === 1) gained += counts[rows[i]]
    else wrong += counts[rows[i]]
    if (closes[i] === 0) continue
    found += gained
    if (gained > 0) sum += (gained * found) / (found + wrong)
    gained = 0
  }
  return sum / found
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function sampleVariance(values: Float64Array): number {
  const center = meanOf(values)
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1)
}
