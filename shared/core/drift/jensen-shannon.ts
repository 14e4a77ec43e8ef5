/**
 * The Jensen-Shannon distance of two histograms: the square root of the divergence, logarithms to base 2, so from 0 (equal)
 * to 1 (no bin in common). scipy.spatial.distance.jensenshannon(p, q, base=2).
 */
import { sumOf } from '../math/sum.ts'

/** Counts over the same bins; each side needs at least one row. */
export function jensenShannonDistance(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  if (reference.length !== current.length) throw new RangeError(`${reference.length} bins against ${current.length}`)
  const [n, m] = [sumOf(reference), sumOf(current)]
  if (n === 0 || m === 0) throw new RangeError('the Jensen-Shannon distance needs at least one row on both sides')
  let twiceDivergence = 0
  for (let i = 0; i < reference.length; i++) {
    const [p, q] = [reference[i] / n, current[i] / m]
    const middle = (p + q) / 2
    // 0 ln 0 = 0. One sum per bin, so that the two sides can change places without another rounding.
    twiceDivergence += (p > 0 ? p * Math.log2(p / middle) : 0) + (q > 0 ? q * Math.log2(q / middle) : 0)
  }
  // Rounding may leave a divergence just outside its bounds.
  return Math.sqrt(Math.min(1, Math.max(0, twiceDivergence / 2)))
}
