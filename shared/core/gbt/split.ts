/**
 * Finds the best split of a leaf from its histogram. The gain of a split is the drop in the second-order loss,
 *
 *   GL^2 / (HL + l2) + GR^2 / (HR + l2) - G^2 / (H + l2)      (Chen and Guestrin, XGBoost, 2016, equation 7, without the 1/2)
 *
 * Rows per side are estimated from hessians, as LightGBM does; the grower counts the real rows afterwards. Ties: the lowest
 * feature, then missing values right, then the highest threshold (across empty bins the highest is LightGBM's choice).
 */
import type { BinnedFeature, BinnedMatrix } from './bin.ts'

export interface SplitOptions {
  /** L2 penalty on leaf values. >= 0. */
  readonly l2: number
  /** Smallest hessian sum of a leaf. >= 0. */
  readonly minLeafHessian: number
  /** Smallest number of rows of a leaf. >= 1. */
  readonly minLeafRows: number
  /** A split must lower the loss by more than this. >= 0. */
  readonly minGain: number
}

/** Sums over a leaf: integers in units of 1 / scale (objective.ts). */
export interface LeafSums {
  readonly gradient: number
  readonly hessian: number
  readonly rowCount: number
  readonly scale: number
}

export interface Split {
  readonly feature: number
  /** number: bins 1..bin go left. category: only `bin` goes left. */
  readonly bin: number
  readonly category: boolean
  readonly missingLeft: boolean
  readonly gain: number
  readonly leftGradient: number
  readonly leftHessian: number
}

/** One side of a candidate, in integer units; reused, so that the search allocates nothing per candidate. */
interface Search {
  readonly leaf: LeafSums
  readonly l2: number
  readonly minHessian: number
  readonly minRows: number
  readonly rowsPerHessian: number
  /** Gain to beat, G^2 / (H + l2) + minGain inside, in integer units. */
  best: number
  found:
    | {
        feature: number
        bin: number
        category: boolean
        missingLeft: boolean
        leftGradient: number
        leftHessian: number
      }
    | undefined
}

/** The best split over `candidates` (feature indices, rising), or undefined when none passes the limits. */
export function findBestSplit(
  histogram: Float64Array,
  binned: BinnedMatrix,
  leaf: LeafSums,
  candidates: Uint32Array,
  options: SplitOptions,
): Split | undefined {
  const l2 = options.l2 * leaf.scale
  const parent = (leaf.gradient * leaf.gradient) / (leaf.hessian + l2)
  const search: Search = {
    leaf,
    l2,
    minHessian: options.minLeafHessian * leaf.scale,
    minRows: options.minLeafRows,
    rowsPerHessian: leaf.rowCount / leaf.hessian,
    best: parent + options.minGain * leaf.scale,
    found: undefined,
  }
  for (const feature of candidates) {
    const slot = 2 * binned.slotOffsets[feature]
    const described = binned.features[feature]
    if (described.kind === 'number') searchNumber(search, histogram, slot, feature, described)
    else searchCategory(search, histogram, slot, feature, described)
  }
  if (!search.found) return undefined
  return { ...search.found, gain: (search.best - parent) / leaf.scale }
}

/** Scans thresholds from the highest down: once with missing values right, and, where there are any, once left. */
function searchNumber(
  search: Search,
  histogram: Float64Array,
  slot: number,
  feature: number,
  { binCount }: BinnedFeature,
): void {
  const missingHessian = histogram[slot + 1]
  scanThresholds(search, histogram, slot, { feature, binCount, missingLeft: false })
  if (missingHessian > 0) scanThresholds(search, histogram, slot, { feature, binCount, missingLeft: true })
}

function scanThresholds(
  search: Search,
  histogram: Float64Array,
  slot: number,
  scan: { feature: number; binCount: number; missingLeft: boolean },
): void {
  const { leaf, l2, minHessian, minRows, rowsPerHessian } = search
  let gradient = scan.missingLeft ? 0 : histogram[slot]
  let hessian = scan.missingLeft ? 0 : histogram[slot + 1]
  let rows = Math.round(hessian * rowsPerHessian)
  // The first candidate has every known value left: it parts missing from known.
  for (let bin = scan.binCount - 1; bin >= 1; bin--) {
    const leftHessian = leaf.hessian - hessian
    const leftRows = leaf.rowCount - rows
    if (leftHessian < minHessian || leftRows < minRows) return
    if (hessian >= minHessian && rows >= minRows) {
      const leftGradient = leaf.gradient - gradient
      const score = (leftGradient * leftGradient) / (leftHessian + l2) + (gradient * gradient) / (hessian + l2)
      if (score > search.best) {
        search.best = score
        search.found = {
          feature: scan.feature,
          bin,
          category: false,
          missingLeft: scan.missingLeft,
          leftGradient,
          leftHessian,
        }
      }
    }
    gradient += histogram[slot + 2 * bin]
    hessian += histogram[slot + 2 * bin + 1]
    rows += Math.round(histogram[slot + 2 * bin + 1] * rowsPerHessian)
  }
}

/** One code against all others; missing values with the others, or, where there are any, with the code. */
function searchCategory(
  search: Search,
  histogram: Float64Array,
  slot: number,
  feature: number,
  described: BinnedFeature & { kind: 'category' },
): void {
  const { leaf, l2, minHessian, minRows, rowsPerHessian } = search
  const missingHessian = histogram[slot + 1]
  for (let pass = 0; pass < (missingHessian > 0 ? 2 : 1); pass++) {
    // Bin 0 with missing left parts missing from known: no code is 0.
    for (let bin = pass === 1 ? 0 : 1; bin <= described.codes.length; bin++) {
      const withMissing = pass === 1 && bin > 0
      const leftGradient = histogram[slot + 2 * bin] + (withMissing ? histogram[slot] : 0)
      const leftHessian = histogram[slot + 2 * bin + 1] + (withMissing ? missingHessian : 0)
      const rightHessian = leaf.hessian - leftHessian
      const leftRows = Math.round(leftHessian * rowsPerHessian)
      if (leftHessian < minHessian || rightHessian < minHessian) continue
      if (leftRows < minRows || leaf.rowCount - leftRows < minRows) continue
      const gradient = leaf.gradient - leftGradient
      const score = (leftGradient * leftGradient) / (leftHessian + l2) + (gradient * gradient) / (rightHessian + l2)
      if (score > search.best) {
        search.best = score
        search.found = { feature, bin, category: true, missingLeft: pass === 1, leftGradient, leftHessian }
      }
    }
  }
}
