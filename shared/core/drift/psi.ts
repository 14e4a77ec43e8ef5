/**
 * Population stability index: how far the shares of a current sample lie from those of a reference, bin by bin,
 * sum of (c - r) ln(c / r). Shares below 1e-6 count as 1e-6, so an empty bin gives a large number and never infinity.
 *
 *   numbers      the bins of bins.ts, missing values in one of their own
 *   categories   one bin per level of either sample, and one for missing
 */
import { sumOf } from '../math/sum.ts'
import type { CategoryColumn } from '../table/table.ts'
import { countBins, quantileEdges } from './bins.ts'
import { distributionOf, rowsOf } from './distribution.ts'
import { countLevels, pairLevels } from './levels.ts'

/** The least share: 0 would make one empty bin infinite. */
const SHARE_FLOOR = 1e-6

/** PSI of two histograms over the same bins; 0 iff their shares are equal. Each needs at least one row. */
export function psiOfCounts(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  if (reference.length !== current.length) throw new RangeError(`${reference.length} bins against ${current.length}`)
  const referenceTotal = sumOf(reference)
  const currentTotal = sumOf(current)
  if (referenceTotal === 0 || currentTotal === 0) throw new RangeError('psi needs at least one row on both sides')
  let psi = 0
  for (let i = 0; i < reference.length; i++) {
    const r = Math.max(reference[i] / referenceTotal, SHARE_FLOOR)
    const c = Math.max(current[i] / currentTotal, SHARE_FLOOR)
    psi += (c - r) * Math.log(c / r)
  }
  return psi
}

/** PSI of a number column (NaN = missing) by the quantile bins of the reference. */
export function psiOfNumbers(reference: Float64Array, current: Float64Array): number {
  const [from, to] = [distributionOf(reference), distributionOf(current)]
  const edges = quantileEdges(from)
  return psiOfCounts(
    countBins(from, reference.length - rowsOf(from), edges),
    countBins(to, current.length - rowsOf(to), edges),
  )
}

/** PSI of a category column. Levels are matched by name: each table numbers them in its own order. */
export function psiOfCategories(reference: CategoryColumn, current: CategoryColumn): number {
  const pair = pairLevels(countLevels(reference), countLevels(current))
  return psiOfCounts(pair.reference, pair.current)
}
