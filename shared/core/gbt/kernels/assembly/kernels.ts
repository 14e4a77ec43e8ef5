/**
 * The trainer's inner loops in AssemblyScript (TypeScript's syntax, WebAssembly's types), compiled by `npm run
 * build:kernels`. Each function is the twin of the one of the same name in ../reference.ts, which says what it computes;
 * both give the same bits. Arguments are byte addresses in the module's one memory.
 */

/** Rows whose records are fetched ahead of their use: enough to hide the memory behind each other, few enough for L1. */
const BATCH: usize = 32

/** What the look-ahead read. Exported, so that the compiler keeps the reads. */
export let touched: u32 = 0

function touch(records: usize, stride: usize, rows: usize, end: usize): void {
  let seen: u32 = 0
  for (let at = rows; at < end; at += 4) seen |= load<u8>(records + (load<u32>(at) as usize) * stride)
  touched = seen
}

function addTo(slot: usize, derivatives: v128): void {
  v128.store(slot, f64x2.add(v128.load(slot), derivatives))
}

// Four rows at a time: where a column's sums begin is read once for all of them, and their additions overlap.
export function addToHistogram(
  histogram: usize,
  records: usize,
  stride: usize,
  offsets: usize,
  width: usize,
  rows: usize,
  count: usize,
): void {
  const end = rows + (count << 2)
  const lastOffset = offsets + (width << 2)
  const lastFour = offsets + ((width & ~3) << 2)
  while (rows < end) {
    const batchEnd = min(rows + (BATCH << 2), end)
    touch(records, stride, rows, batchEnd)
    const lastFourRows = batchEnd - ((batchEnd - rows) & 12)
    for (; rows < lastFourRows; rows += 16) {
      let record0 = records + (load<u32>(rows) as usize) * stride
      let record1 = records + (load<u32>(rows, 4) as usize) * stride
      let record2 = records + (load<u32>(rows, 8) as usize) * stride
      let record3 = records + (load<u32>(rows, 12) as usize) * stride
      const d0 = f64x2.convert_low_i32x4_s(v128.load64_zero(record0))
      const d1 = f64x2.convert_low_i32x4_s(v128.load64_zero(record1))
      const d2 = f64x2.convert_low_i32x4_s(v128.load64_zero(record2))
      const d3 = f64x2.convert_low_i32x4_s(v128.load64_zero(record3))
      let offset = offsets
      for (; offset < lastFour; offset += 16) {
        const codes0 = load<u32>(record0, 8)
        const codes1 = load<u32>(record1, 8)
        const codes2 = load<u32>(record2, 8)
        const codes3 = load<u32>(record3, 8)
        const slot0 = histogram + load<u32>(offset)
        addTo(slot0 + ((codes0 & 255) << 4), d0)
        addTo(slot0 + ((codes1 & 255) << 4), d1)
        addTo(slot0 + ((codes2 & 255) << 4), d2)
        addTo(slot0 + ((codes3 & 255) << 4), d3)
        const slot1 = histogram + load<u32>(offset, 4)
        addTo(slot1 + (((codes0 >> 8) & 255) << 4), d0)
        addTo(slot1 + (((codes1 >> 8) & 255) << 4), d1)
        addTo(slot1 + (((codes2 >> 8) & 255) << 4), d2)
        addTo(slot1 + (((codes3 >> 8) & 255) << 4), d3)
        const slot2 = histogram + load<u32>(offset, 8)
        addTo(slot2 + (((codes0 >> 16) & 255) << 4), d0)
        addTo(slot2 + (((codes1 >> 16) & 255) << 4), d1)
        addTo(slot2 + (((codes2 >> 16) & 255) << 4), d2)
        addTo(slot2 + (((codes3 >> 16) & 255) << 4), d3)
        const slot3 = histogram + load<u32>(offset, 12)
        addTo(slot3 + ((codes0 >> 24) << 4), d0)
        addTo(slot3 + ((codes1 >> 24) << 4), d1)
        addTo(slot3 + ((codes2 >> 24) << 4), d2)
        addTo(slot3 + ((codes3 >> 24) << 4), d3)
        record0 += 4
        record1 += 4
        record2 += 4
        record3 += 4
      }
      for (; offset < lastOffset; offset += 4) {
        const slot = histogram + load<u32>(offset)
        addTo(slot + ((load<u8>(record0, 8) as usize) << 4), d0)
        addTo(slot + ((load<u8>(record1, 8) as usize) << 4), d1)
        addTo(slot + ((load<u8>(record2, 8) as usize) << 4), d2)
        addTo(slot + ((load<u8>(record3, 8) as usize) << 4), d3)
        record0++
        record1++
        record2++
        record3++
      }
    }
    for (; rows < batchEnd; rows += 4) {
      let record = records + (load<u32>(rows) as usize) * stride
      const derivatives = f64x2.convert_low_i32x4_s(v128.load64_zero(record))
      for (let offset = offsets; offset < lastOffset; offset += 4) {
        addTo(histogram + load<u32>(offset) + ((load<u8>(record, 8) as usize) << 4), derivatives)
        record++
      }
    }
  }
}

function addPackedTo(slot: usize, derivatives: u64): void {
  store<u64>(slot, load<u64>(slot) + derivatives)
}

/** Gradient in the high half: carries of the hessians, which are positive and sum below 2^32, never reach it. */
function packedDerivatives(record: usize): u64 {
  return rotl<u64>(load<u64>(record), 32)
}

export function addToPackedHistogram(
  packed: usize,
  records: usize,
  stride: usize,
  offsets: usize,
  width: usize,
  rows: usize,
  count: usize,
): void {
  const end = rows + (count << 2)
  const lastOffset = offsets + (width << 2)
  const lastFour = offsets + ((width & ~3) << 2)
  while (rows < end) {
    const batchEnd = min(rows + (BATCH << 2), end)
    touch(records, stride, rows, batchEnd)
    const lastFourRows = batchEnd - ((batchEnd - rows) & 12)
    for (; rows < lastFourRows; rows += 16) {
      let record0 = records + (load<u32>(rows) as usize) * stride
      let record1 = records + (load<u32>(rows, 4) as usize) * stride
      let record2 = records + (load<u32>(rows, 8) as usize) * stride
      let record3 = records + (load<u32>(rows, 12) as usize) * stride
      const d0 = packedDerivatives(record0)
      const d1 = packedDerivatives(record1)
      const d2 = packedDerivatives(record2)
      const d3 = packedDerivatives(record3)
      let offset = offsets
      for (; offset < lastFour; offset += 16) {
        const codes0 = load<u32>(record0, 8)
        const codes1 = load<u32>(record1, 8)
        const codes2 = load<u32>(record2, 8)
        const codes3 = load<u32>(record3, 8)
        const slot0 = packed + (load<u32>(offset) >> 1)
        addPackedTo(slot0 + ((codes0 & 255) << 3), d0)
        addPackedTo(slot0 + ((codes1 & 255) << 3), d1)
        addPackedTo(slot0 + ((codes2 & 255) << 3), d2)
        addPackedTo(slot0 + ((codes3 & 255) << 3), d3)
        const slot1 = packed + (load<u32>(offset, 4) >> 1)
        addPackedTo(slot1 + (((codes0 >> 8) & 255) << 3), d0)
        addPackedTo(slot1 + (((codes1 >> 8) & 255) << 3), d1)
        addPackedTo(slot1 + (((codes2 >> 8) & 255) << 3), d2)
        addPackedTo(slot1 + (((codes3 >> 8) & 255) << 3), d3)
        const slot2 = packed + (load<u32>(offset, 8) >> 1)
        addPackedTo(slot2 + (((codes0 >> 16) & 255) << 3), d0)
        addPackedTo(slot2 + (((codes1 >> 16) & 255) << 3), d1)
        addPackedTo(slot2 + (((codes2 >> 16) & 255) << 3), d2)
        addPackedTo(slot2 + (((codes3 >> 16) & 255) << 3), d3)
        const slot3 = packed + (load<u32>(offset, 12) >> 1)
        addPackedTo(slot3 + ((codes0 >> 24) << 3), d0)
        addPackedTo(slot3 + ((codes1 >> 24) << 3), d1)
        addPackedTo(slot3 + ((codes2 >> 24) << 3), d2)
        addPackedTo(slot3 + ((codes3 >> 24) << 3), d3)
        record0 += 4
        record1 += 4
        record2 += 4
        record3 += 4
      }
      for (; offset < lastOffset; offset += 4) {
        const slot = packed + (load<u32>(offset) >> 1)
        addPackedTo(slot + ((load<u8>(record0, 8) as usize) << 3), d0)
        addPackedTo(slot + ((load<u8>(record1, 8) as usize) << 3), d1)
        addPackedTo(slot + ((load<u8>(record2, 8) as usize) << 3), d2)
        addPackedTo(slot + ((load<u8>(record3, 8) as usize) << 3), d3)
        record0++
        record1++
        record2++
        record3++
      }
    }
    for (; rows < batchEnd; rows += 4) {
      let record = records + (load<u32>(rows) as usize) * stride
      const derivatives = packedDerivatives(record)
      for (let offset = offsets; offset < lastOffset; offset += 4) {
        addPackedTo(packed + (load<u32>(offset) >> 1) + ((load<u8>(record, 8) as usize) << 3), derivatives)
        record++
      }
    }
  }
}

/** Moves packed sums to a histogram and leaves zeros behind. */
export function unpackHistogram(histogram: usize, packed: usize, slots: usize): void {
  for (let i: usize = 0; i < slots; i++) {
    const sums = load<u64>(packed + (i << 3))
    store<u64>(packed + (i << 3), 0)
    store<f64>(histogram + (i << 4), (sums >> 32) as i32 as f64)
    store<f64>(histogram + (i << 4), sums as u32 as f64, 8)
  }
}

export function binNumbers(column: usize, values: usize, stride: usize, thresholds: usize, count: usize): void {
  for (let row: usize = 0; row < count; row++) {
    const x = load<f32>(values)
    let below: usize = 0
    for (let step: usize = 128; step > 0; step >>= 1) {
      below += select<usize>(step, 0, load<f32>(thresholds + ((below + step - 1) << 2)) < x)
    }
    store<u8>(column + row, select<usize>(below + 1, 0, f32.eq(x, x)))
    values += stride
  }
}

export function numberRows(rows: usize, first: u32, count: usize): void {
  for (let i: usize = 0; i < count; i++) store<u32>(rows + (i << 2), first + (i as u32))
}

export function subtractHistogram(out: usize, parent: usize, sibling: usize, length: usize): void {
  const end = out + (length << 3)
  for (; out < end; out += 16) {
    v128.store(out, f64x2.sub(v128.load(parent), v128.load(sibling)))
    parent += 16
    sibling += 16
  }
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

export function addToScores(scores: usize, rows: usize, count: usize, value: f64): void {
  const end = rows + (count << 2)
  for (; rows < end; rows += 4) {
    const score = scores + ((load<u32>(rows) as usize) << 3)
    store<f64>(score, load<f64>(score) + value)
  }
}

/** 1.5 x 2^52: adding it rounds to an integer, which is then in the low bits. */
const ROUNDER: f64 = 6755399441055744

function poly(low: f64, high: f64, x: v128): v128 {
  return f64x2.add(f64x2.splat(low), f64x2.mul(f64x2.splat(high), x))
}

function sigmoids(x: v128): v128 {
  const t = f64x2.neg(f64x2.pmin(f64x2.abs(x), f64x2.splat(700)))
  const shifted = f64x2.add(f64x2.mul(t, f64x2.splat(Math.LOG2E)), f64x2.splat(ROUNDER))
  const n = f64x2.sub(shifted, f64x2.splat(ROUNDER))
  const r = f64x2.sub(
    f64x2.sub(t, f64x2.mul(n, f64x2.splat(0.6931471803691238))),
    f64x2.mul(n, f64x2.splat(1.9082149292705877e-10)),
  )
  const r2 = f64x2.mul(r, r)
  const r4 = f64x2.mul(r2, r2)
  const low = f64x2.add(poly(1, 1, r), f64x2.mul(poly(0.5, 0.16666666666666666, r), r2))
  const middle = f64x2.add(
    poly(0.041666666666666664, 0.008333333333333333, r),
    f64x2.mul(poly(0.001388888888888889, 0.0001984126984126984, r), r2),
  )
  const high = f64x2.add(
    poly(0.0000248015873015873, 0.0000027557319223985893, r),
    f64x2.mul(poly(2.755731922398589e-7, 2.505210838544172e-8, r), r2),
  )
  const sum = f64x2.add(f64x2.add(low, f64x2.mul(middle, r4)), f64x2.mul(high, f64x2.mul(r4, r4)))
  const power = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52)
  const one = f64x2.splat(1)
  const tail = f64x2.div(one, f64x2.add(one, f64x2.mul(sum, power)))
  return v128.bitselect(tail, f64x2.sub(one, tail), f64x2.ge(x, f64x2.splat(0)))
}

/** [gradient, hessian, gradient, hessian] of two rows, as int32. */
function derivativesOf(scores: v128, labels: v128, gradientUnit: v128, hessianUnit: v128): v128 {
  const rounder = f64x2.splat(ROUNDER)
  const p = sigmoids(scores)
  const gradients = f64x2.add(f64x2.mul(f64x2.sub(p, labels), gradientUnit), rounder)
  const product = f64x2.mul(f64x2.mul(p, f64x2.sub(f64x2.splat(1), p)), hessianUnit)
  const hessians = i32x4.max_s(f64x2.add(product, rounder), i32x4.splat(1))
  return v128.shuffle<i32>(gradients, hessians, 0, 4, 2, 6)
}

/** `weights` = 0: none. */
export function computeDerivatives(
  records: usize,
  stride: usize,
  scores: usize,
  labels: usize,
  weights: usize,
  count: usize,
  gradientScale: f64,
  hessianScale: f64,
): void {
  const pairs = count & ~1
  let gradientUnit = f64x2.splat(gradientScale)
  let hessianUnit = f64x2.splat(hessianScale)
  for (let row: usize = 0; row < pairs; row += 2) {
    if (weights) {
      const weight = v128.load(weights + (row << 3))
      gradientUnit = f64x2.mul(weight, f64x2.splat(gradientScale))
      hessianUnit = f64x2.mul(weight, f64x2.splat(hessianScale))
    }
    const label = f64x2(load<u8>(labels + row) as f64, load<u8>(labels + row, 1) as f64)
    const found = derivativesOf(v128.load(scores + (row << 3)), label, gradientUnit, hessianUnit)
    v128.store64_lane(records + row * stride, found, 0)
    v128.store64_lane(records + row * stride + stride, found, 1)
  }
  if (pairs < count) {
    const weight = weights ? load<f64>(weights + (pairs << 3)) : 1
    const found = derivativesOf(
      f64x2.splat(load<f64>(scores + (pairs << 3))),
      f64x2.splat(load<u8>(labels + pairs) as f64),
      f64x2.splat(weight * gradientScale),
      f64x2.splat(weight * hessianScale),
    )
    v128.store64_lane(records + pairs * stride, found, 0)
  }
}

export function scanThresholds(sums: usize, binCount: usize, missingLeft: bool, leaf: usize, found: usize): i32 {
  let best = load<f64>(found)
  const all = v128.load(leaf)
  const allRows = load<f64>(leaf, 16)
  const l2 = f64x2.splat(load<f64>(leaf, 24))
  const minHessian = load<f64>(leaf, 32)
  const minRows = load<f64>(leaf, 40)
  const rowsPerHessian = load<f64>(leaf, 48)
  let bestBin: i32 = -1
  let right = missingLeft ? f64x2.splat(0) : v128.load(sums)
  let rows = floor(f64x2.extract_lane(right, 1) * rowsPerHessian + 0.5)
  for (let bin = binCount - 1; bin >= 1; bin--) {
    if (bin < binCount - 1) {
      const moved = v128.load(sums + (bin << 4), 16)
      const hessian = f64x2.extract_lane(moved, 1)
      if (hessian === 0) continue
      right = f64x2.add(right, moved)
      rows += floor(hessian * rowsPerHessian + 0.5)
    }
    const left = f64x2.sub(all, right)
    if (f64x2.extract_lane(left, 1) < minHessian || allRows - rows < minRows) break
    if (f64x2.extract_lane(right, 1) < minHessian || rows < minRows) continue
    const gradients = v128.shuffle<i64>(left, right, 0, 2)
    const hessians = v128.shuffle<i64>(left, right, 1, 3)
    const scores = f64x2.div(f64x2.mul(gradients, gradients), f64x2.add(hessians, l2))
    const score = f64x2.extract_lane(scores, 0) + f64x2.extract_lane(scores, 1)
    if (score > best) {
      best = score
      bestBin = bin as i32
      store<f64>(found, score)
      v128.store(found, left, 8)
    }
  }
  return bestBin
}
