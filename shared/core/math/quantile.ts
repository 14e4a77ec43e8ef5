/** Quantiles of a sample: type 7 of Hyndman and Fan (1996), the default of NumPy, R and SciPy. */

/** The p-quantile of ascending values, 0 <= p <= 1; linear between the order statistics around (n - 1) p. */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) throw new RangeError('a quantile needs at least one value')
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p is ${p}; allowed: 0 to 1`)
  const position = (sorted.length - 1) * p
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  const weight = position - below
  const step = sorted[above] - sorted[below]
  // From the nearer end, as NumPy does: exact at both ends, and never outside them by rounding.
  return weight < 0.5 ? sorted[below] + step * weight : sorted[above] - step * (1 - weight)
}
