/**
 * The values of a number column without their order: what every statistic of a single column needs. Distinct values
 * ascending, and how many rows are at or below each; missing values are left out.
 *
 *   column            3, 1, NaN, 3, 2
 *   values            1, 2, 3
 *   cumulative        1, 2, 4
 */

export interface Distribution {
  /** Ascending, distinct, never NaN; -0 is stored as 0. */
  readonly values: Float64Array
  /** cumulative[i] = rows with a value <= values[i]; ends in the number of rows that have a value. */
  readonly cumulative: Uint32Array
}

/** The distribution of a column's values; NaN = missing. The column is not changed. */
export function distributionOf(column: ArrayLike<number>): Distribution {
  return distributionInto(new Float64Array(column.length), column)
}

/** The same in the column's own memory, which is used up: for a column of millions that nobody reads afterwards. */
export function consumeDistribution(column: Float64Array): Distribution {
  const distribution = distributionInto(column, column)
  if (distribution.values.buffer !== column.buffer) release(column)
  return distribution
}

/** Frees the memory of an array at once, not when the collector comes by. The array is detached. */
export function release({ buffer }: Float64Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** Sorts the values that are there in `present`, which may be the column itself. */
function distributionInto(present: Float64Array, column: ArrayLike<number>): Distribution {
  let length = 0
  let [least, most, isWhole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true]
  for (let i = 0; i < column.length; i++) {
    const value = column[i]
    if (Number.isNaN(value)) continue
    // + 0 turns -0 into 0, which sort would put before it.
    present[length++] = value + 0
    if (value < least) least = value
    if (value > most) most = value
    if (isWhole && !Number.isInteger(value)) isWhole = false
  }
  const values = present.subarray(0, length)
  // Counting is ten times as fast as sorting, and most integer columns are counts, ages or months.
  if (isWhole && most - least < MAX_COUNTED) return fromCounts(values, least, most)
  return fromSorted(values.sort())
}

/** Span of whole numbers that are counted. */
const MAX_COUNTED = 65_536

function fromCounts(whole: Float64Array, least: number, most: number): Distribution {
  const counts = new Uint32Array(whole.length === 0 ? 0 : most - least + 1)
  for (let i = 0; i < whole.length; i++) counts[whole[i] - least]++
  let distinct = 0
  for (let i = 0; i < counts.length; i++) if (counts[i] > 0) distinct++
  const values = new Float64Array(distinct)
  const cumulative = new Uint32Array(distinct)
  for (let i = 0, at = 0, rows = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue
    rows += counts[i]
    values[at] = least + i
    cumulative[at++] = rows
  }
  return { values, cumulative }
}

function fromSorted(sorted: Float64Array): Distribution {
  let distinct = sorted.length === 0 ? 0 : 1
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) distinct++
  const values = distinct === sorted.length ? sorted : new Float64Array(distinct)
  const cumulative = new Uint32Array(distinct)
  for (let i = 0, at = -1; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) values[++at] = sorted[i]
    cumulative[at] = i + 1
  }
  return { values, cumulative }
}

/** Rows that have a value. */
export function rowsOf({ cumulative }: Distribution): number {
  return cumulative.length === 0 ? 0 : cumulative[cumulative.length - 1]
}

/** Rows at values[i]. */
export function rowsAt({ cumulative }: Distribution, i: number): number {
  return i === 0 ? cumulative[0] : cumulative[i] - cumulative[i - 1]
}

/** Rows with a value < x. */
export function rowsBelow({ values, cumulative }: Distribution, x: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle] < x) low = middle + 1
    else high = middle
  }
  return low === 0 ? 0 : cumulative[low - 1]
}

/** The value of the row at `rank` (from 0) of the sorted column. */
export function valueAtRank({ values, cumulative }: Distribution, rank: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (cumulative[middle] <= rank) low = middle + 1
    else high = middle
  }
  return values[low]
}

export interface Moments {
  readonly mean: number
  /** Population standard deviation: divided by n, as numpy.std does (ddof = 0). */
  readonly deviation: number
}

/** NaN for an empty distribution; a constant one has deviation 0 exactly. */
export function momentsOf(distribution: Distribution): Moments {
  const { values } = distribution
  const rows = rowsOf(distribution)
  // Around a value of the sample, so that a large offset cancels before it is squared.
  const origin = values.length === 0 ? Number.NaN : valueAtRank(distribution, rows >> 1)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i] - origin) * rowsAt(distribution, i)
  const offset = sum / rows
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i] - origin - offset) ** 2 * rowsAt(distribution, i)
  return { mean: origin + offset, deviation: Math.sqrt(squares / rows) }
}

/**
 * At most `most` distinct values: the order statistics in the middle of `most` equal parts of the rows. The distribution
 * function moves by at most 1 / (2 most) + 1 / rows, and the number of rows stays. One that is small enough stays as it is.
 */
export function thinned(distribution: Distribution, most: number): Distribution {
  if (distribution.values.length <= most) return distribution
  const rows = rowsOf(distribution)
  const values = new Float64Array(most)
  const cumulative = new Uint32Array(most)
  let length = 0
  for (let part = 0; part < most; part++) {
    const value = valueAtRank(distribution, Math.floor(((part + 0.5) * rows) / most))
    if (length === 0 || values[length - 1] !== value) values[length++] = value
    cumulative[length - 1] = Math.floor(((part + 1) * rows) / most)
  }
  return { values: values.slice(0, length), cumulative: cumulative.slice(0, length) }
}
