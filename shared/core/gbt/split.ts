/**
 * Finds the best split of a leaf from its histogram. The gain of a split is the drop in the second-order loss,
 *
 *   GL^2 / (HL + l2) + GR^2 / (HR + l2) - G^2 / (H + l2)      (Chen and Guestrin, XGBoost, 2016, equation 7, without the 1/2)
 *
 * Rows per side are estimated from hessians, as LightGBM does; the grower counts the real rows afterwards. Ties: the lowest
 * feature, then missing values right, then the highest threshold (across empty bins the highest is LightGBM's choice).
 */
import type { BinnedMatrix } from './bin.ts'
import type { Scales } from './objective.ts'

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
  readonly scales: Scales
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

/** A leaf under search and the best candidate so far; one object, so that nothing is allocated per candidate. */
interface Search {
  readonly histogram: Float64Array
  readonly leaf: LeafSums
  readonly l2: number
  readonly minHessian: number
  readonly minRows: number
  readonly rowsPerHessian: number
  /** Score to beat: G^2 / (H + l2) + minGain at first, in integer units. */
  best: number
  /** -1: none found. */
  feature: number
  bin: number
  category: boolean
  missingLeft: boolean
  leftGradient: number
  leftHessian: number
}

/** The best split over `candidates` (feature indices, rising), or undefined when none passes the limits. */
export function findBestSplit(
  histogram: Float64Array,
  binned: BinnedMatrix,
  leaf: LeafSums,
  candidates: Uint32Array,
  options: SplitOptions,
): Split | undefined {
  if (leaf.rowCount < 2 * options.minLeafRows) return undefined
  const { gradient, hessian, scales } = leaf
  const l2 = options.l2 * scales.hessian
  const gainPerUnit = scales.hessian / (scales.gradient * scales.gradient)
  const parent = (gradient * gradient) / (hessian + l2)
  const search: Search = {
    histogram,
    leaf,
    l2,
    minHessian: options.minLeafHessian * scales.hessian,
    minRows: options.minLeafRows,
    rowsPerHessian: leaf.rowCount / hessian,
    best: parent + options.minGain / gainPerUnit,
    feature: -1,
    bin: 0,
    category: false,
    missingLeft: false,
    leftGradient: 0,
    leftHessian: 0,
  }
  for (let i = 0; i < candidates.length; i++) {
    const feature = candidates[i]
    const slot = 2 * binned.slotOffsets[feature]
    const described = binned.features[feature]
    if (described.kind === 'category') searchCategory(search, slot, feature, described.codes.length)
    else {
      // With missing values right, and, where there are any, left.
      scanThresholds(search, slot, feature, described.binCount, false)
      if (histogram[slot + 1] > 0) scanThresholds(search, slot, feature, described.binCount, true)
    }
  }
  if (search.feature < 0) return undefined
  return {
    feature: search.feature,
    bin: search.bin,
    category: search.category,
    missingLeft: search.missingLeft,
    gain: (search.best - parent) * gainPerUnit,
    leftGradient: search.leftGradient,
    leftHessian: search.leftHessian,
  }
}

/** Scans thresholds from the highest down. */
function scanThresholds(search: Search, slot: number, feature: number, binCount: number, missingLeft: boolean): void {
  const { histogram, leaf, l2, minHessian, minRows, rowsPerHessian } = search
  const { gradient: allGradient, hessian: allHessian, rowCount: allRows } = leaf
  let gradient = missingLeft ? 0 : histogram[slot]
  let hessian = missingLeft ? 0 : histogram[slot + 1]
  let rows = Math.round(hessian * rowsPerHessian)
  // The first candidate has every known value left: it parts missing from known.
  for (let bin = binCount - 1; bin >= 1; bin--) {
    if (bin < binCount - 1) {
      const moved = histogram[slot + 2 * bin + 3]
      // An empty bin (every row has a hessian): the split is the one before, which wins the tie.
      if (moved === 0) continue
      gradient += histogram[slot + 2 * bin + 2]
      hessian += moved
      rows += Math.round(moved * rowsPerHessian)
    }
    const leftHessian = allHessian - hessian
    if (leftHessian < minHessian || allRows - rows < minRows) return
    if (hessian < minHessian || rows < minRows) continue
    const leftGradient = allGradient - gradient
    const score = (leftGradient * leftGradient) / (leftHessian + l2) + (gradient * gradient) / (hessian + l2)
    if (score > search.best)
      keep(search, { score, feature, bin, category: false, missingLeft, leftGradient, leftHessian })
  }
}

/** One code against all others; missing values with the others, or, where there are any, with the code. */
function searchCategory(search: Search, slot: number, feature: number, codeCount: number): void {
  const { histogram, leaf, l2, minHessian, minRows, rowsPerHessian } = search
  const missingHessian = histogram[slot + 1]
  for (let pass = 0; pass < (missingHessian > 0 ? 2 : 1); pass++) {
    // Bin 0 with missing left parts missing from known: no code is 0.
    for (let bin = pass === 1 ? 0 : 1; bin <= codeCount; bin++) {
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
        keep(search, { score, feature, bin, category: true, missingLeft: pass === 1, leftGradient, leftHessian })
      }
    }
  }
}

function keep(search: Search, found: Omit<Split, 'gain'> & { readonly score: number }): void {
  search.best = found.score
  search.feature = found.feature
  search.bin = found.bin
  search.category = found.category
  search.missingLeft = found.missingLeft
  search.leftGradient = found.leftGradient
  search.leftHessian = found.leftHessian
}
