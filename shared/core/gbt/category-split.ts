/**
 * Which codes of a category go left. A category of few codes is split one code against the rest. With more, the codes that
 * the leaf has enough rows of are put in the order of their smoothed gradient per hessian, and a set is what stands before a
 * cut of that order, or behind it: for a second-order loss the best of all sets is one of these (Fisher, 1958, "On grouping
 * for maximum homogeneity"; LightGBM's way, with its defaults). A set has at most half of those codes, so it is never longer
 * than the set of the others, and codes that the leaf has not seen go right.
 */
import { keepBetter, LEAF, NONE, type ThresholdScan } from './kernels/kernels.ts'
import { type LeafRule, lossDrop } from './leaf-rule.ts'

export interface CategoryOptions {
  /** Added to the L2 penalty where a set of a category's codes is chosen. >= 0. */
  readonly categoryL2: number
  /** Added to each code's hessian when codes are put in order; also the fewest rows of a code that may go left. >= 0. */
  readonly categorySmoothing: number
  /** Smallest number of rows between two sets that are tried, and beside a set. >= 1. */
  readonly categoryGroupRows: number
}

/** Categories of at most this many codes are split one against the rest. */
const FEW_CODES = 4
/** The longest set: more codes fit noise, and each is a node of the ONNX file. */
const MOST_CODES_LEFT = 32
const MOST_BINS = 256

export interface CategorySearch {
  /**
   * Looks for a set that beats the score in `found`, with missing values on the side that `scan` says; true when there is
   * one. Bin 0 of the scan is missing, bins 1 to binCount - 1 are a code each.
   */
  improve(scan: ThresholdScan, rule: LeafRule, hessianScale: number): boolean
  /** The bins of the best set so far. */
  best(): Uint8Array
  /** L2 penalty of its two sides, over that of other splits. */
  extraL2(): number
}

export function makeCategorySearch(options: CategoryOptions): CategorySearch {
  const order = new Uint8Array(MOST_BINS)
  const ratios = new Float64Array(MOST_BINS)
  let best: Uint8Array = new Uint8Array(0)
  let extraL2 = 0
  const keep = (set: Uint8Array, l2: number): boolean => {
    best = set
    extraL2 = l2
    return true
  }
  return {
    improve(scan, rule, hessianScale) {
      if (scan.binCount - 1 <= FEW_CODES) {
        const bin = scanCodes(scan, rule)
        return bin !== NONE && keep(bin === 0 ? new Uint8Array(0) : Uint8Array.of(bin), 0)
      }
      const codes = order.subarray(0, sortCodesInto(order, ratios, scan, options, hessianScale))
      const setRule = { ...rule, l2: rule.l2 + options.categoryL2 * hessianScale }
      let improved = false
      for (let direction = 0; direction < 2; direction++) {
        const length = scanSets(scan, codes, setRule, options.categoryGroupRows)
        if (length !== NONE) improved = keep(codes.slice(0, length), options.categoryL2)
        codes.reverse()
      }
      return improved
    },
    best: () => best,
    extraL2: () => extraL2,
  }
}

/** Writes the bins of the codes that may go left, lowest ratio first, and returns their count. */
function sortCodesInto(
  order: Uint8Array,
  ratios: Float64Array,
  { histogram, slot, binCount, leaf }: ThresholdScan,
  { categorySmoothing }: CategoryOptions,
  hessianScale: number,
): number {
  let count = 0
  for (let bin = 1; bin < binCount; bin++) {
    const hessian = histogram[2 * (slot + bin) + 1]
    // An empty bin has no ratio without smoothing, and nothing to say with it.
    if (hessian === 0 || Math.floor(hessian * leaf[LEAF.rowsPerHessian] + 0.5) < categorySmoothing) continue
    ratios[bin] = histogram[2 * (slot + bin)] / (hessian + categorySmoothing * hessianScale)
    order[count++] = bin
  }
  order.subarray(0, count).sort((a, b) => ratios[a] - ratios[b] || a - b)
  return count
}

/** The first codes against all others: how many go left in the best set, or NONE. 0: missing values alone go left. */
function scanSets(
  { histogram, slot, missingLeft, leaf, found }: ThresholdScan,
  codes: Uint8Array,
  rule: LeafRule,
  minGroupRows: number,
): number {
  const minRows = leaf[LEAF.minRows]
  const most = Math.min(MOST_CODES_LEFT, (codes.length + 1) >> 1)
  let best = NONE
  let gradient = 0
  let hessian = 0
  let rows = 0
  let groupRows = 0
  for (let length = missingLeft ? 0 : 1; length <= most; length++) {
    const bin = length === 0 ? 0 : codes[length - 1]
    const added = histogram[2 * (slot + bin) + 1]
    const addedRows = Math.floor(added * leaf[LEAF.rowsPerHessian] + 0.5)
    gradient += histogram[2 * (slot + bin)]
    hessian += added
    rows += addedRows
    groupRows += addedRows
    if (rows < minRows || hessian < leaf[LEAF.minHessian]) continue
    const rightRows = leaf[LEAF.rowCount] - rows
    const rightHessian = leaf[LEAF.hessian] - hessian
    if (rightRows < Math.max(minRows, minGroupRows) || rightHessian < leaf[LEAF.minHessian]) break
    if (groupRows < minGroupRows) continue
    groupRows = 0
    const rightGradient = leaf[LEAF.gradient] - gradient
    const score = lossDrop(gradient, hessian, rule) + lossDrop(rightGradient, rightHessian, rule)
    if (keepBetter(found, score, gradient, hessian)) best = length
  }
  return best
}

/** One code against all others; missing values with the others or with the code. Bin of the best, or NONE. */
function scanCodes({ histogram, slot, binCount, missingLeft, leaf, found }: ThresholdScan, rule: LeafRule): number {
  const first = 2 * slot
  const rowCount = leaf[LEAF.rowCount]
  let bestBin = NONE
  // Bin 0 with missing left parts missing from known: no code is 0.
  for (let bin = missingLeft ? 0 : 1; bin < binCount; bin++) {
    const withMissing = missingLeft && bin > 0
    const leftGradient = histogram[first + 2 * bin] + (withMissing ? histogram[first] : 0)
    const leftHessian = histogram[first + 2 * bin + 1] + (withMissing ? histogram[first + 1] : 0)
    const rightHessian = leaf[LEAF.hessian] - leftHessian
    const leftRows = Math.floor(leftHessian * leaf[LEAF.rowsPerHessian] + 0.5)
    if (leftHessian < leaf[LEAF.minHessian] || rightHessian < leaf[LEAF.minHessian]) continue
    if (leftRows < leaf[LEAF.minRows] || rowCount - leftRows < leaf[LEAF.minRows]) continue
    const gradient = leaf[LEAF.gradient] - leftGradient
    const score = lossDrop(leftGradient, leftHessian, rule) + lossDrop(gradient, rightHessian, rule)
    if (keepBetter(found, score, leftGradient, leftHessian)) bestBin = bin
  }
  return bestBin
}
