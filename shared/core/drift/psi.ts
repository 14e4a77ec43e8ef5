/**
 * Population stability index: how far the shares of a current sample lie from those of a reference, bin by bin,
 * sum of (c - r) ln(c / r). Shares below 1e-6 count as 1e-6, so an empty bin gives a large number and never infinity.
 *
 *   numbers      ten bins [a, b) between the type-7 quantiles of the reference, open at both ends; missing is one more bin
 *   categories   one bin per level, and one for missing
 */
import { quantileSorted } from '../math/quantile.ts'
import type { CategoryColumn } from '../table/table.ts'

/** Bins asked for; fewer when quantiles of the reference coincide. */
export const PSI_BINS = 10

/** The least share: 0 would make one empty bin infinite. */
const SHARE_FLOOR = 1e-6

/** PSI of two histograms over the same bins; 0 iff their shares are equal. Each needs at least one row. */
export function psiOfCounts(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  if (reference.length !== current.length) throw new RangeError(`${reference.length} bins against ${current.length}`)
  const referenceTotal = total(reference)
  const currentTotal = total(current)
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
  const edges = quantileEdges(reference)
  return psiOfCounts(countBins(reference, edges), countBins(current, edges))
}

/** PSI of a category column. Levels are matched by name: each table numbers them in its own order. */
export function psiOfCategories(reference: CategoryColumn, current: CategoryColumn): number {
  const bins = new Map<string, number>()
  for (const level of [...reference.levels, ...current.levels]) if (!bins.has(level)) bins.set(level, bins.size + 1)
  return psiOfCounts(countLevels(reference, bins), countLevels(current, bins))
}

/**
 * Edges of the bins: the distinct quantiles at 0, 1/10 … 1 of the values that are not missing, the first and last replaced
 * by infinity. A constant reference gets three bins, below, equal and above: its one quantile would make one bin of all.
 */
export function quantileEdges(reference: Float64Array): Float64Array {
  const sorted = reference.filter(value => !Number.isNaN(value)).sort()
  if (sorted.length === 0) return Float64Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
  const quantiles = new Set<number>()
  for (let i = 0; i <= PSI_BINS; i++) quantiles.add(quantileSorted(sorted, i / PSI_BINS))
  const distinct = [...quantiles]
  const inner = distinct.length === 1 ? [distinct[0], nextAbove(distinct[0])] : distinct.slice(1, -1)
  return Float64Array.of(Number.NEGATIVE_INFINITY, ...inner, Number.POSITIVE_INFINITY)
}

/** Rows per bin [edges[i], edges[i + 1]), then the missing ones. */
export function countBins(values: Float64Array, edges: Float64Array): Float64Array {
  const counts = new Float64Array(edges.length)
  for (const value of values) {
    if (Number.isNaN(value)) counts[edges.length - 1]++
    else counts[binOf(value, edges)]++
  }
  return counts
}

/** The last i with edges[i] <= value, by bisection. */
function binOf(value: number, edges: Float64Array): number {
  let low = 0
  let high = edges.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (edges[middle] <= value) low = middle
    else high = middle
  }
  return low
}

/** Rows per bin of `bins` (from 1); bin 0 holds the missing ones. */
function countLevels(column: CategoryColumn, bins: ReadonlyMap<string, number>): Float64Array {
  const counts = new Float64Array(bins.size + 1)
  const binOfCode = [0, ...column.levels.map(level => bins.get(level) ?? 0)]
  for (const code of column.codes) counts[binOfCode[code]]++
  return counts
}

function total(counts: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < counts.length; i++) sum += counts[i]
  return sum
}

/** The smallest float64 above a finite value, by its bits. */
function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  bits.setBigUint64(0, bits.getBigUint64(0) + (value > 0 ? 1n : -1n))
  return bits.getFloat64(0)
}
