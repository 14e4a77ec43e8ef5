/**
 * The best threshold of a number where the plain gain does not hold: with an L1 penalty, bounds on leaf values, or a
 * direction that the values must keep. Without these it finds what kernels.scanNumbers finds, more slowly.
 */
import { keepBetter, LEAF, NONE, type ThresholdScan } from './kernels/kernels.ts'
import { type LeafRule, leafStep, lossDrop } from './leaf-rule.ts'

/** 1: the answer must not fall while the feature rises; -1: must not rise; 0: free. */
export type Direction = -1 | 0 | 1

/** The highest bin that goes left, or NONE when no score beats the one in `found`. */
export function scanConstrained(scan: ThresholdScan, rule: LeafRule, direction: Direction): number {
  const { histogram, slot, binCount, missingLeft, leaf, found } = scan
  const first = 2 * slot
  const rowsOf = (hessian: number) => Math.floor(hessian * leaf[LEAF.rowsPerHessian] + 0.5)
  let bestBin = NONE
  let gradient = missingLeft ? 0 : histogram[first]
  let hessian = missingLeft ? 0 : histogram[first + 1]
  let rows = rowsOf(hessian)
  for (let bin = binCount - 1; bin >= 1; bin--) {
    if (bin < binCount - 1) {
      const moved = histogram[first + 2 * bin + 3]
      if (moved === 0) continue
      gradient += histogram[first + 2 * bin + 2]
      hessian += moved
      rows += rowsOf(moved)
    }
    const leftHessian = leaf[LEAF.hessian] - hessian
    if (leftHessian < leaf[LEAF.minHessian] || leaf[LEAF.rowCount] - rows < leaf[LEAF.minRows]) break
    if (hessian < leaf[LEAF.minHessian] || rows < leaf[LEAF.minRows]) continue
    const leftGradient = leaf[LEAF.gradient] - gradient
    // Missing has no place in the order of values.
    const kept = bin === binCount - 1 ? 0 : direction
    if (kept * (leafStep(gradient, hessian, rule) - leafStep(leftGradient, leftHessian, rule)) < 0) continue
    const score = lossDrop(leftGradient, leftHessian, rule) + lossDrop(gradient, hessian, rule)
    if (keepBetter(found, score, leftGradient, leftHessian)) bestBin = bin
  }
  return bestBin
}
