/** Quantiles of a sample: type 7 of Hyndman and Fan (1996), the default of NumPy, R and SciPy. */

/** The p-quantile of ascending values, 0 <= p <= 1; linear between the order statistics around (n - 1) p. */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  return quantileByRank(sorted.length, p, rank => sorted[rank])
}

/** quantileSorted of `length` values that are known by their rank, from 0 for the least. */
export function quantileByRank(length: number, p: number, valueAt: (rank: number) => number): number {
  if (length === 0) throw new RangeError('a quantile needs at least one value')
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p is ${p}; allowed: 0 to 1`)
  const position = (length - 1) * p
  const rank = Math.floor(position)
  const below = valueAt(rank)
  const above = valueAt(Math.min(rank + 1, length - 1))
  const weight = position - rank
  const step = above - below
  // From the nearer end, as NumPy does: exact at both ends, and never outside them by rounding.
  return weight < 0.5 ? below + step * weight : above - step * (1 - weight)
}
