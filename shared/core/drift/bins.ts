/**
 * Bins of the PSI, made from the reference alone: ten bins [a, b) between its type-7 quantiles, open at both ends. Where
 * the quantiles coincide so far that one bin would hold every row, three bins stand in their place: below, equal to and
 * above the value that the reference has most. Missing values are one more bin, the last.
 */
import { quantileByRank } from '../math/quantile.ts'
import { type Distribution, rowsBelow, rowsOf, valueAtRank } from './distribution.ts'

/** Bins asked for; fewer when quantiles of the reference coincide. */
export const PSI_BINS = 10

/** Edges with -Infinity first and Infinity last; bin i is [edges[i], edges[i + 1]). An empty reference has one bin. */
export function quantileEdges(reference: Distribution): Float64Array {
  const inner = innerEdges(reference)
  return Float64Array.of(Number.NEGATIVE_INFINITY, ...inner, Number.POSITIVE_INFINITY)
}

function innerEdges(reference: Distribution): readonly number[] {
  const rows = rowsOf(reference)
  if (rows === 0) return []
  const quantiles = new Set<number>()
  for (let i = 0; i <= PSI_BINS; i++)
    quantiles.add(quantileByRank(rows, i / PSI_BINS, rank => valueAtRank(reference, rank)))
  const distinct = [...quantiles]
  if (distinct.length > 2) return distinct.slice(1, -1)
  // Without this a column of 95 % zeros, or of 0 and 1, would be one bin and could never drift.
  const heavy = distinct.reduce((a, b) => (rowsEqual(reference, b) > rowsEqual(reference, a) ? b : a))
  return [heavy, nextAbove(heavy)]
}

function rowsEqual(distribution: Distribution, x: number): number {
  return rowsBelow(distribution, nextAbove(x)) - rowsBelow(distribution, x)
}

/** Rows per bin, then the missing ones. */
export function countBins(distribution: Distribution, missing: number, edges: Float64Array): Float64Array {
  const counts = new Float64Array(edges.length)
  let below = 0
  for (let bin = 0; bin < edges.length - 1; bin++) {
    const upTo = bin === edges.length - 2 ? rowsOf(distribution) : rowsBelow(distribution, edges[bin + 1])
    counts[bin] = upTo - below
    below = upTo
  }
  counts[edges.length - 1] = missing
  return counts
}

/** true: bin i holds the single value edges[i], as the bin in the middle of below, equal and above does. */
export function isSingleValue(edges: Float64Array, bin: number): boolean {
  return Number.isFinite(edges[bin]) && edges[bin + 1] === nextAbove(edges[bin])
}

/** The smallest float64 above a finite value, by its bits. */
function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  bits.setBigUint64(0, bits.getBigUint64(0) + (value > 0 ? 1n : -1n))
  return bits.getFloat64(0)
}
