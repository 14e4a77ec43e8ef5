/**
 * Finds the best split of a leaf from its histogram. The gain of a split is the drop in the second-order loss,
 *
 *   GL^2 / (HL + l2) + GR^2 / (HR + l2) - G^2 / (H + l2)      (Chen and Guestrin, XGBoost, 2016, equation 7, without the 1/2)
 *
 * and with an L1 penalty or bounds on the values what leaf-rule.ts says.
 *
 * Rows per side are estimated from hessians, as LightGBM does; the grower counts the real rows afterwards. Ties: the lowest
 * feature, then missing values right, then the highest threshold (across empty bins the highest is LightGBM's choice).
 */
import type { BinnedFeature } from './bin.ts'
import { type CategoryOptions, makeCategorySearch } from './category-split.ts'
import { type Direction, scanConstrained } from './constrained-split.ts'
import { FOUND, type Kernels, LEAF, NONE } from './kernels/kernels.ts'
import { type Bounds, type LeafRule, lossDrop, ruleOf, UNBOUNDED } from './leaf-rule.ts'
import type { Scales } from './objective.ts'

export interface SplitOptions extends CategoryOptions {
  /** L1 penalty on leaf values, which makes small ones 0. >= 0. */
  readonly l1: number
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
  readonly bounds: Bounds
}

export interface Split {
  readonly feature: number
  /** number: bins 1..bin go left. */
  readonly bin: number
  /** category: these bins go left; none of them is the bin that rare codes share. Absent for a number. */
  readonly set?: Uint8Array
  /** Added to the L2 penalty on the values of both sides. */
  readonly extraL2: number
  /** How the values of both sides are ordered: 1, the right one is not below the left one. */
  readonly direction: Direction
  readonly missingLeft: boolean
  readonly gain: number
  readonly leftGradient: number
  readonly leftHessian: number
}

/** The best split of a leaf over `candidates` (feature indices, rising), or undefined when none passes the limits. */
export type SplitSearch = (histogram: Float64Array, leaf: LeafSums, candidates: Uint32Array) => Split | undefined

/** Where in a histogram each feature has its bins. */
export interface SplitColumns {
  readonly features: readonly BinnedFeature[]
  /** Per feature, the slot of its bin 0. */
  readonly firstSlots: Uint32Array
}

/**
 * A search for the leaves of one ensemble. Histograms must come from the kernels' memory. `directions`: per feature; where
 * all are free and there is no L1 penalty, the kernels scan the thresholds.
 */
export function makeSplitSearch(
  kernels: Kernels,
  columns: SplitColumns,
  options: SplitOptions,
  directions: readonly Direction[] = [],
): SplitSearch {
  const isPlain = options.l1 === 0 && directions.every(direction => direction === 0)
  const { features, firstSlots } = columns
  const limits = kernels.memory.float64(LEAF.length)
  const found = kernels.memory.float64(FOUND.length)
  const room = kernels.memory.uint32(2 * features.length)
  const categories = makeCategorySearch(options)
  const scan = { histogram: found, slot: 0, binCount: 0, missingLeft: false, leaf: limits, found }
  const best = { feature: -1, bin: NONE, missingLeft: false }
  const keep = (feature: number, bin: number, missingLeft: boolean): void => {
    best.feature = feature
    best.bin = bin
    best.missingLeft = missingLeft
  }
  /** One feature with missing values right, and left where the leaf has some. */
  const scanAlone = (feature: number, rule: LeafRule, scales: Scales): void => {
    const described = features[feature]
    const isNumber = described.kind === 'number'
    scan.slot = firstSlots[feature]
    scan.binCount = isNumber ? described.binCount : described.codes.length + 1
    const missingSeen = scan.histogram[2 * scan.slot + 1] > 0
    for (let pass = 0; pass < (missingSeen ? 2 : 1); pass++) {
      scan.missingLeft = pass === 1
      if (isNumber) {
        const bin = scanConstrained(scan, rule, directions[feature] ?? 0)
        if (bin !== NONE) keep(feature, bin, scan.missingLeft)
      } else if (categories.improve(scan, rule, scales.hessian)) keep(feature, 0, scan.missingLeft)
    }
  }
  const isScannedTogether = (feature: number) => isPlain && features[feature].kind === 'number'
  let runsOf: { readonly candidates: Uint32Array; readonly runs: readonly ScanRun[] } | undefined

  return (histogram, leaf, candidates) => {
    if (leaf.rowCount < 2 * options.minLeafRows) return undefined
    const { gradient, hessian, scales } = leaf
    if (runsOf?.candidates !== candidates) {
      runsOf = { candidates, runs: planRuns(candidates, columns, { room, isScannedTogether }) }
    }
    scan.histogram = histogram
    describeLeaf(limits, leaf, options)
    const rule = ruleOf(leaf, options)
    const gainPerUnit = scales.hessian / (scales.gradient * scales.gradient)
    const parent = lossDrop(gradient, hessian, { ...rule, ...UNBOUNDED })
    found[FOUND.score] = parent + options.minGain / gainPerUnit
    keep(-1, NONE, false)
    for (const { first, numbers } of runsOf.runs) {
      if (numbers === undefined) scanAlone(candidates[first], rule, scales)
      else {
        const code = kernels.scanNumbers({ histogram, numbers, leaf: limits, found })
        if (code !== NONE) keep(candidates[first + (code >> 10)], (code >> 1) & 511, (code & 1) === 1)
      }
    }
    if (best.feature < 0) return undefined
    const { kind, binCount } = features[best.feature]
    const isCategory = kind === 'category'
    // All known values on one side: missing has no place in their order.
    const isOrdered = !isCategory && best.bin < binCount - 1
    return {
      ...best,
      ...(isCategory ? { set: categories.best() } : {}),
      extraL2: isCategory ? categories.extraL2() : 0,
      direction: isOrdered ? (directions[best.feature] ?? 0) : 0,
      gain: (found[FOUND.score] - parent) * gainPerUnit,
      leftGradient: found[FOUND.leftGradient],
      leftHessian: found[FOUND.leftHessian],
    }
  }
}

/** Candidates that are scanned by one call: one alone, or numbers that stand next to each other. */
interface ScanRun {
  /** Place in the candidates. */
  readonly first: number
  /** For kernels.scanNumbers; absent: one alone. */
  readonly numbers?: Uint32Array
}

function planRuns(
  candidates: Uint32Array,
  { features, firstSlots }: SplitColumns,
  { room, isScannedTogether }: { readonly room: Uint32Array; readonly isScannedTogether: (feature: number) => boolean },
): ScanRun[] {
  const runs: ScanRun[] = []
  for (let first = 0; first < candidates.length; ) {
    let end = first
    for (; end < candidates.length && isScannedTogether(candidates[end]); end++) {
      room[2 * end] = firstSlots[candidates[end]]
      room[2 * end + 1] = features[candidates[end]].binCount
    }
    runs.push(end > first ? { first, numbers: room.subarray(2 * first, 2 * end) } : { first })
    first = Math.max(end, first + 1)
  }
  return runs
}

function describeLeaf(limits: Float64Array, { gradient, hessian, rowCount, scales }: LeafSums, options: SplitOptions) {
  limits[LEAF.gradient] = gradient
  limits[LEAF.hessian] = hessian
  limits[LEAF.rowCount] = rowCount
  limits[LEAF.l2] = options.l2 * scales.hessian
  limits[LEAF.minHessian] = options.minLeafHessian * scales.hessian
  limits[LEAF.minRows] = options.minLeafRows
  limits[LEAF.rowsPerHessian] = rowCount / hessian
}
