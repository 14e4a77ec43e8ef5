/** The search for the best threshold (kernels.ts says how to read these files). */

/** Writes what scanThresholds has found, and returns its bin. */
function keepSplit(found: usize, score: f64, leftGradient: f64, leftHessian: f64, bin: i32): i32 {
  store<f64>(found, score)
  store<f64>(found, leftGradient, 8)
  store<f64>(found, leftHessian, 16)
  return bin
}

// Two bins at a time, the higher one in lane 0: gradients of both in one register, hessians in another.
function scanThresholds(sums: usize, binCount: i32, missingLeft: bool, leaf: usize, found: usize): i32 {
  const allGradient = v128.load64_splat(leaf)
  const allHessian = v128.load64_splat(leaf, 8)
  const allRows = v128.load64_splat(leaf, 16)
  const l2 = v128.load64_splat(leaf, 24)
  const minHessian = v128.load64_splat(leaf, 32)
  const minRows = v128.load64_splat(leaf, 40)
  const rowsPerHessian = v128.load64_splat(leaf, 48)
  const zero = f64x2.splat(0)
  const half = f64x2.splat(0.5)
  let best = v128.load64_splat(found)
  let bestBin: i32 = -1
  let gradient = missingLeft ? zero : v128.load64_splat(sums)
  let hessian = missingLeft ? zero : v128.load64_splat(sums, 8)
  let rows = f64x2.floor(f64x2.add(f64x2.mul(hessian, rowsPerHessian), half))
  // The first candidate has every known value left, so nothing moves.
  let moved = zero
  for (let bin = binCount - 1; bin >= 1; bin -= 2) {
    const at = sums + ((bin as usize) << 4)
    const next = v128.load(at)
    const gradients = v128.shuffle<i64>(moved, next, 0, 2)
    const hessians = v128.shuffle<i64>(moved, next, 1, 3)
    const movedRows = f64x2.floor(f64x2.add(f64x2.mul(hessians, rowsPerHessian), half))
    // Lane 1 has what moved to the right with either bin.
    gradient = f64x2.add(f64x2.add(gradient, gradients), v128.shuffle<i64>(zero, gradients, 0, 2))
    hessian = f64x2.add(f64x2.add(hessian, hessians), v128.shuffle<i64>(zero, hessians, 0, 2))
    rows = f64x2.add(f64x2.add(rows, movedRows), v128.shuffle<i64>(zero, movedRows, 0, 2))
    const leftGradient = f64x2.sub(allGradient, gradient)
    const leftHessian = f64x2.sub(allHessian, hessian)
    const leftHolds = v128.and(f64x2.ge(leftHessian, minHessian), f64x2.ge(f64x2.sub(allRows, rows), minRows))
    if (!v128.any_true(leftHolds)) break
    const rightHolds = v128.and(f64x2.ge(hessian, minHessian), f64x2.ge(rows, minRows))
    const scores = f64x2.add(
      f64x2.div(f64x2.mul(leftGradient, leftGradient), f64x2.add(leftHessian, l2)),
      f64x2.div(f64x2.mul(gradient, gradient), f64x2.add(hessian, l2)),
    )
    const better = v128.and(v128.and(leftHolds, rightHolds), f64x2.gt(scores, best))
    if (v128.any_true(better)) {
      if (i64x2.extract_lane(better, 0)) {
        const score = f64x2.extract_lane(scores, 0)
        best = f64x2.splat(score)
        const left = f64x2.extract_lane(leftGradient, 0)
        bestBin = keepSplit(found, score, left, f64x2.extract_lane(leftHessian, 0), bin)
      }
      // Bin 0 is missing: no threshold.
      if (bin > 1 && i64x2.extract_lane(better, 1) && f64x2.extract_lane(scores, 1) > f64x2.extract_lane(best, 0)) {
        const score = f64x2.extract_lane(scores, 1)
        best = f64x2.splat(score)
        const left = f64x2.extract_lane(leftGradient, 1)
        bestBin = keepSplit(found, score, left, f64x2.extract_lane(leftHessian, 1), bin - 1)
      }
    }
    gradient = v128.shuffle<i64>(gradient, gradient, 1, 1)
    hessian = v128.shuffle<i64>(hessian, hessian, 1, 1)
    rows = v128.shuffle<i64>(rows, rows, 1, 1)
    moved = v128.load(at - 16)
  }
  return bestBin
}

export function scanNumbers(histogram: usize, numbers: usize, count: i32, leaf: usize, found: usize): i32 {
  let best: i32 = -1
  for (let i: i32 = 0; i < count; i++) {
    const sums = histogram + ((load<u32>(numbers) as usize) << 4)
    const binCount = load<i32>(numbers, 4)
    const bin = scanThresholds(sums, binCount, false, leaf, found)
    if (bin >= 0) best = (i << 10) | (bin << 1)
    if (load<f64>(sums, 8) > 0) {
      const other = scanThresholds(sums, binCount, true, leaf, found)
      if (other >= 0) best = (i << 10) | (other << 1) | 1
    }
    numbers += 8
  }
  return best
}
