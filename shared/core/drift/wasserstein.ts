/**
 * The Wasserstein-1 distance of two samples: the area between their distribution functions, in the unit of the values
 * (scipy.stats.wasserstein_distance). Over the reference's standard deviation it has no unit and columns can be compared.
 */
import { type Distribution, rowsOf } from './distribution.ts'

/** Exactly 0 for equal samples; a shift by s of all values gives |s|. Both need at least one value. */
export function wassersteinDistance(a: Distribution, b: Distribution): number {
  const [n, m] = [rowsOf(a), rowsOf(b)]
  if (n === 0 || m === 0) throw new RangeError('the Wasserstein distance needs a value on both sides')
  let area = 0
  let last = Number.NaN
  for (let i = 0, j = 0; i < a.values.length || j < b.values.length; ) {
    const next = Math.min(
      i < a.values.length ? a.values[i] : Number.POSITIVE_INFINITY,
      j < b.values.length ? b.values[j] : Number.POSITIVE_INFINITY,
    )
    const height = Math.abs((i === 0 ? 0 : a.cumulative[i - 1]) / n - (j === 0 ? 0 : b.cumulative[j - 1]) / m)
    // Before the first value both functions are 0, and the width is unknown.
    if (height > 0) area += height * (next - last)
    last = next
    if (i < a.values.length && a.values[i] === next) i++
    if (j < b.values.length && b.values[j] === next) j++
  }
  return area
}

/**
 * A distance in standard deviations of the reference (divided by n, ddof = 0). 0 for equal samples, and null where a
 * constant reference has no scale to measure a difference by.
 */
export function overDeviation(distance: number, deviation: number | null): number | null {
  if (distance === 0) return 0
  const ratio = distance / (deviation ?? Number.NaN)
  return Number.isFinite(ratio) ? ratio : null
}
