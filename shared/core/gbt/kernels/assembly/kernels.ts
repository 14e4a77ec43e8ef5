/**
 * The trainer's inner loops in AssemblyScript (TypeScript's syntax, WebAssembly's types), compiled by `npm run
 * build:kernels`. Each function is the twin of the one of the same name in ../reference.ts, which says what it computes;
 * both give the same bits. Arguments are byte addresses in the module's one memory.
 */

export { addDigits, binNumbers, countDistinct, sortNumbers, takeKnown } from './binning'
export { addToHistogram, addToPackedHistogram, subtractHistogram, touched, unpackHistogram } from './histograms'
export { scanNumbers } from './scan'

export function numberRows(rows: usize, first: u32, count: usize): void {
  for (let i: usize = 0; i < count; i++) store<u32>(rows + (i << 2), first + (i as u32))
}

export function partition(rows: usize, count: usize, scratch: usize, column: usize, goesLeft: usize): usize {
  const end = rows + (count << 2)
  let left = rows
  let right = scratch
  for (let at = rows; at < end; at += 4) {
    const row = load<u32>(at)
    const isLeft = load<u8>(goesLeft + load<u8>(column + row)) as usize
    // Written on both sides, counted on one: no branch to predict.
    store<u32>(left, row)
    store<u32>(right, row)
    left += isLeft << 2
    right += (isLeft ^ 1) << 2
  }
  memory.copy(left, scratch, right - scratch)
  return (left - rows) >> 2
}

export function addToScores(scores: usize, rows: usize, count: usize, value: f32): void {
  const end = rows + (count << 2)
  for (; rows < end; rows += 4) {
    const score = scores + ((load<u32>(rows) as usize) << 2)
    store<f32>(score, load<f32>(score) + value)
  }
}

function linear(low: f32, high: f32, x: v128): v128 {
  return f32x4.add(f32x4.splat(low), f32x4.mul(f32x4.splat(high), x))
}

/** e^t of four, -87 <= t <= 0. */
function exps(t: v128): v128 {
  const n = f32x4.nearest(f32x4.mul(t, f32x4.splat(Math.LOG2E as f32)))
  const r = f32x4.sub(
    f32x4.sub(t, f32x4.mul(n, f32x4.splat(0.693359375))),
    f32x4.mul(n, f32x4.splat(-2.12194440054e-4)),
  )
  const r2 = f32x4.mul(r, r)
  const low = f32x4.add(f32x4.add(f32x4.splat(1), r), f32x4.mul(r2, linear(0.5, 0.16666665459, r)))
  const high = f32x4.add(
    linear(0.041665795894, 0.0083334519073, r),
    f32x4.mul(r2, linear(0.0013981999507, 0.000198756915, r)),
  )
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23)
  return f32x4.mul(f32x4.add(low, f32x4.mul(f32x4.mul(r2, r2), high)), power)
}

/** Writes gradient and hessian of up to four rows; `isOne` has all bits set where the label is 1. */
function writeDerivatives(
  record: usize,
  stride: usize,
  count: usize,
  scores: v128,
  isOne: v128,
  units: v128,
  hessianUnits: v128,
): void {
  const e = exps(f32x4.neg(f32x4.pmin(f32x4.abs(scores), f32x4.splat(87))))
  const one = f32x4.splat(1)
  const large = f32x4.div(one, f32x4.add(one, e))
  const small = f32x4.mul(e, large)
  const isPositive = f32x4.ge(scores, f32x4.splat(0))
  const p = v128.bitselect(large, small, isPositive)
  const rest = v128.bitselect(small, large, isPositive)
  const slopes = f32x4.mul(v128.bitselect(f32x4.neg(rest), p, isOne), units)
  const curves = f32x4.mul(f32x4.mul(large, small), hessianUnits)
  const gradients = i32x4.trunc_sat_f32x4_s(f32x4.nearest(slopes))
  const hessians = i32x4.max_s(i32x4.trunc_sat_f32x4_s(f32x4.nearest(curves)), i32x4.splat(1))
  const first = v128.shuffle<i32>(gradients, hessians, 0, 4, 1, 5)
  const second = v128.shuffle<i32>(gradients, hessians, 2, 6, 3, 7)
  v128.store64_lane(record, first, 0)
  if (count > 1) v128.store64_lane(record + stride, first, 1)
  if (count > 2) v128.store64_lane(record + 2 * stride, second, 0)
  if (count > 3) v128.store64_lane(record + 3 * stride, second, 1)
}

/** `weights` = 0: none. Scores, labels and weights are read up to a multiple of four: arrays are that long (webassembly.ts). */
export function computeDerivatives(
  records: usize,
  stride: usize,
  scores: usize,
  labels: usize,
  weights: usize,
  count: usize,
  gradientScale: f32,
  hessianScale: f32,
): void {
  let gradientUnits = f32x4.splat(gradientScale)
  let hessianUnits = f32x4.splat(hessianScale)
  for (let row: usize = 0; row < count; row += 4) {
    if (weights) {
      const weight = v128.load(weights + (row << 2))
      gradientUnits = f32x4.mul(weight, f32x4.splat(gradientScale))
      hessianUnits = f32x4.mul(weight, f32x4.splat(hessianScale))
    }
    const label = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(labels + row)))
    const isOne = i32x4.ne(label, i32x4.splat(0))
    writeDerivatives(
      records + row * stride,
      stride,
      count - row,
      v128.load(scores + (row << 2)),
      isOne,
      gradientUnits,
      hessianUnits,
    )
  }
}
