/**
 * Sums of gradients and hessians per bin, for the rows of one leaf. Slot s of feature f, bin b is slotOffsets[f] + b:
 *
 *   [ G(s=0) H(s=0) | G(s=1) H(s=1) | ... ]        integers held in float64, exact below 2^53
 */
import type { BinnedMatrix } from './bin.ts'
import type { Derivatives } from './objective.ts'

/** Numbers in a histogram of `binned`. */
export function histogramLength(binned: BinnedMatrix): number {
  return 2 * binned.slotOffsets[binned.features.length]
}

/** Overwrites `out` with the sums over rows[start] to rows[end - 1]. */
export function buildHistogramInto(
  out: Float64Array,
  binned: BinnedMatrix,
  leaf: { readonly rows: Uint32Array; readonly start: number; readonly end: number },
  { gradients, hessians }: Derivatives,
): void {
  const { bins, slotOffsets } = binned
  const width = binned.features.length
  out.fill(0)
  for (let i = leaf.start; i < leaf.end; i++) {
    const row = leaf.rows[i]
    const gradient = gradients[row]
    const hessian = hessians[row]
    const first = row * width
    for (let f = 0; f < width; f++) {
      const slot = 2 * (slotOffsets[f] + bins[first + f])
      out[slot] += gradient
      out[slot + 1] += hessian
    }
  }
}

/** out = parent - sibling; `out` may be `parent`. Exact, because the sums are integers. */
export function subtractHistogramInto(out: Float64Array, parent: Float64Array, sibling: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = parent[i] - sibling[i]
}
