/**
 * SHAP values of any model by sampling (Štrumbelj and Kononenko, 2014; pairs of opposite orders as in Mitchell et al., 2022):
 * from a background row the features of the explained row are put in one after the other, in a random order and in its
 * reverse, and each is credited with what the log-odds change. The mean over all background rows is an unbiased estimate of
 * the interventional values, which comes with its standard error; the base and a row's values sum to its log-odds exactly.
 */
import { deriveSeed, makeRandom } from '../math/random.ts'
import { sumOf } from '../math/sum.ts'
import { selectMatrixRows } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'

export interface SampledShapOptions {
  /** Log-odds, one per row. */
  readonly predict: (matrix: FeatureMatrix) => Float64Array
  /** Most answers of the model that it may take, about. */
  readonly budget: number
  /** Rows that are explained at most: the first ones. */
  readonly mostRows: number
  readonly seed: number
}

export interface SampledShap {
  /** Explained rows, the first of the matrix. */
  readonly rowCount: number
  /** [rowCount x features], row-major. */
  readonly values: Float64Array
  readonly baseValue: number
  /** By feature: the standard error of a row's value, root mean square over the rows. */
  readonly standardErrors: Float64Array
  readonly backgroundRows: number
}

const MOST_BACKGROUND = 100
/** So few that a standard error still means something. */
const LEAST_BACKGROUND = 10
/** Rows in one call of predict: enough to make what a call costs small, and little memory. */
const ROWS_PER_CALL = 4096

export function sampledShap(
  matrix: FeatureMatrix,
  background: FeatureMatrix,
  options: SampledShapOptions,
): SampledShap {
  const width = matrix.features.length
  const rowCount = Math.max(
    1,
    Math.min(matrix.rowCount, options.mostRows, Math.floor(options.budget / (2 * width * LEAST_BACKGROUND))),
  )
  const affordable = Math.floor(options.budget / (2 * width * rowCount))
  const most = Math.min(background.rowCount, MOST_BACKGROUND, Math.max(LEAST_BACKGROUND, affordable))
  const random = makeRandom(deriveSeed(options.seed, 'background'))
  const chosen = selectMatrixRows(background, random.sample(background.rowCount, most))
  const starts = options.predict(chosen)
  const ends = options.predict({ ...matrix, rowCount, values: matrix.values.subarray(0, rowCount * width) })
  const values = new Float64Array(rowCount * width)
  const variances = new Float64Array(width)
  for (let row = 0; row < rowCount; row++) {
    const orders = Array.from({ length: most }, () => {
      const order = Uint32Array.from({ length: width }, (_, f) => f)
      random.shuffleInto(order)
      return order
    })
    const target = matrix.values.subarray(row * width, (row + 1) * width)
    const credits = creditsOf(target, { background: chosen, starts, end: ends[row], orders }, options.predict)
    for (let f = 0; f < width; f++) {
      const { mean, variance } = momentsOf(credits, f, width)
      values[row * width + f] = mean
      variances[f] += variance / most / rowCount
    }
  }
  const baseValue = sumOf(starts) / most
  return { rowCount, values, baseValue, standardErrors: variances.map(Math.sqrt), backgroundRows: most }
}

interface Walks {
  readonly background: FeatureMatrix
  /** Log-odds of the background rows, and of the explained row. */
  readonly starts: Float64Array
  readonly end: number
  /** One for each background row. */
  readonly orders: readonly Uint32Array[]
}

/** [background row x feature]: what each feature was credited with, on average over an order and its reverse. */
function creditsOf(target: Float32Array, walks: Walks, predict: SampledShapOptions['predict']): Float64Array {
  const { background, starts, end, orders } = walks
  const { features } = background
  const width = features.length
  const credits = new Float64Array(orders.length * width)
  // Between start and end a walk over n features has n - 1 stops.
  const stops = width - 1
  const together = Math.max(1, Math.floor(ROWS_PER_CALL / Math.max(1, 2 * stops)))
  for (let from = 0; from < orders.length; from += together) {
    const own = orders.slice(from, from + together)
    const values = new Float32Array(own.length * 2 * stops * width)
    own.forEach((order, i) => {
      const start = background.values.subarray((from + i) * width, (from + i + 1) * width)
      for (const direction of [0, 1]) {
        const offset = (2 * i + direction) * stops * width
        writeStops(values.subarray(offset, offset + stops * width), start, { target, order, direction })
      }
    })
    const margins = stops === 0 ? new Float64Array(0) : predict({ rowCount: own.length * 2 * stops, features, values })
    own.forEach((order, i) => {
      const credit = credits.subarray((from + i) * width, (from + i + 1) * width)
      for (const direction of [0, 1]) {
        const walk = margins.subarray((2 * i + direction) * stops, (2 * i + direction + 1) * stops)
        for (let step = 0; step < width; step++) {
          const before = step === 0 ? starts[from + i] : walk[step - 1]
          const after = step === stops ? end : walk[step]
          credit[featureAt(order, step, direction)] += (after - before) / 2
        }
      }
    })
  }
  return credits
}

/** Direction 1 walks the order from its end. */
function featureAt(order: Uint32Array, step: number, direction: number): number {
  return order[direction === 0 ? step : order.length - 1 - step]
}

/** The rows between the background row and the explained one, each with one more of its features. */
function writeStops(
  out: Float32Array,
  start: Float32Array,
  walk: { readonly target: Float32Array; readonly order: Uint32Array; readonly direction: number },
): void {
  const width = start.length
  const current = start.slice()
  for (let step = 0; step < width - 1; step++) {
    const feature = featureAt(walk.order, step, walk.direction)
    current[feature] = walk.target[feature]
    out.set(current, step * width)
  }
}

/** Mean and sample variance of one feature's credits; the variance of a single one is 0. */
function momentsOf(credits: Float64Array, feature: number, width: number): { mean: number; variance: number } {
  const count = credits.length / width
  let sum = 0
  for (let i = feature; i < credits.length; i += width) sum += credits[i]
  const mean = sum / count
  let squares = 0
  for (let i = feature; i < credits.length; i += width) squares += (credits[i] - mean) ** 2
  return { mean, variance: count > 1 ? squares / (count - 1) : 0 }
}
