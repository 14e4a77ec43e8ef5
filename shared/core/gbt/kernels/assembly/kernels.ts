/**
 * The trainer's inner loops in AssemblyScript (TypeScript's syntax, WebAssembly's types), compiled by `npm run
 * build:kernels`. Each function is the twin of the one of the same name in ../reference.ts, which says what it computes;
 * both give the same bits. Arguments are byte addresses in the module's one memory.
 */

/** Rows whose records are fetched ahead of their use: enough to hide the memory behind each other, few enough for L1. */
const BATCH: usize = 128

/** What the look-ahead read. Exported, so that the compiler keeps the reads. */
export let touched: u32 = 0

function touch(records: usize, stride: usize, rows: usize, end: usize): void {
  let seen: u32 = 0
  for (let at = rows; at < end; at += 4) seen |= load<u8>(records + (load<u32>(at) as usize) * stride)
  touched = seen
}

// addK adds to a slot of the Kth of four columns: their distance is part of the instruction.
function add0(slot: usize, derivatives: v128): void {
  v128.store(slot, f64x2.add(v128.load(slot), derivatives))
}
function add1(slot: usize, derivatives: v128): void {
  v128.store(slot, f64x2.add(v128.load(slot, 4096), derivatives), 4096)
}
function add2(slot: usize, derivatives: v128): void {
  v128.store(slot, f64x2.add(v128.load(slot, 8192), derivatives), 8192)
}
function add3(slot: usize, derivatives: v128): void {
  v128.store(slot, f64x2.add(v128.load(slot, 12288), derivatives), 12288)
}

function derivativesAt(record: usize): v128 {
  return f64x2.convert_low_i32x4_s(v128.load64_zero(record))
}

// Four rows at a time: their additions overlap. (codes >> 8k) & 255 is a code; shifted 4 less, its distance in bytes.
export function addToHistogram(
  histogram: usize,
  records: usize,
  stride: usize,
  width: usize,
  rows: usize,
  count: usize,
): void {
  const end = rows + (count << 2)
  const lastColumn = histogram + width * 4096
  const lastFour = histogram + (width & ~3) * 4096
  while (rows < end) {
    const batchEnd = min(rows + (BATCH << 2), end)
    touch(records, stride, rows, batchEnd)
    const lastFourRows = batchEnd - ((batchEnd - rows) & 12)
    for (; rows < lastFourRows; rows += 16) {
      let record0 = records + (load<u32>(rows) as usize) * stride
      let record1 = records + (load<u32>(rows, 4) as usize) * stride
      let record2 = records + (load<u32>(rows, 8) as usize) * stride
      let record3 = records + (load<u32>(rows, 12) as usize) * stride
      const d0 = derivativesAt(record0)
      const d1 = derivativesAt(record1)
      const d2 = derivativesAt(record2)
      const d3 = derivativesAt(record3)
      let column = histogram
      for (; column < lastFour; column += 16384) {
        const codes0 = load<u32>(record0, 8)
        const codes1 = load<u32>(record1, 8)
        const codes2 = load<u32>(record2, 8)
        const codes3 = load<u32>(record3, 8)
        add0(column + ((codes0 << 4) & 0xff0), d0)
        add0(column + ((codes1 << 4) & 0xff0), d1)
        add0(column + ((codes2 << 4) & 0xff0), d2)
        add0(column + ((codes3 << 4) & 0xff0), d3)
        add1(column + ((codes0 >> 4) & 0xff0), d0)
        add1(column + ((codes1 >> 4) & 0xff0), d1)
        add1(column + ((codes2 >> 4) & 0xff0), d2)
        add1(column + ((codes3 >> 4) & 0xff0), d3)
        add2(column + ((codes0 >> 12) & 0xff0), d0)
        add2(column + ((codes1 >> 12) & 0xff0), d1)
        add2(column + ((codes2 >> 12) & 0xff0), d2)
        add2(column + ((codes3 >> 12) & 0xff0), d3)
        add3(column + ((codes0 >> 20) & 0xff0), d0)
        add3(column + ((codes1 >> 20) & 0xff0), d1)
        add3(column + ((codes2 >> 20) & 0xff0), d2)
        add3(column + ((codes3 >> 20) & 0xff0), d3)
        record0 += 4
        record1 += 4
        record2 += 4
        record3 += 4
      }
      for (; column < lastColumn; column += 4096) {
        add0(column + ((load<u8>(record0, 8) as usize) << 4), d0)
        add0(column + ((load<u8>(record1, 8) as usize) << 4), d1)
        add0(column + ((load<u8>(record2, 8) as usize) << 4), d2)
        add0(column + ((load<u8>(record3, 8) as usize) << 4), d3)
        record0++
        record1++
        record2++
        record3++
      }
    }
    for (; rows < batchEnd; rows += 4) {
      let record = records + (load<u32>(rows) as usize) * stride
      const derivatives = derivativesAt(record)
      for (let column = histogram; column < lastColumn; column += 4096) {
        add0(column + ((load<u8>(record, 8) as usize) << 4), derivatives)
        record++
      }
    }
  }
}

function addPacked0(slot: usize, derivatives: u64): void {
  store<u64>(slot, load<u64>(slot) + derivatives)
}
function addPacked1(slot: usize, derivatives: u64): void {
  store<u64>(slot, load<u64>(slot, 2048) + derivatives, 2048)
}
function addPacked2(slot: usize, derivatives: u64): void {
  store<u64>(slot, load<u64>(slot, 4096) + derivatives, 4096)
}
function addPacked3(slot: usize, derivatives: u64): void {
  store<u64>(slot, load<u64>(slot, 6144) + derivatives, 6144)
}

/** Gradient in the high half: carries of the hessians, which are positive and sum below 2^32, never reach it. */
function packedDerivativesAt(record: usize): u64 {
  return rotl<u64>(load<u64>(record), 32)
}

export function addToPackedHistogram(
  packed: usize,
  records: usize,
  stride: usize,
  width: usize,
  rows: usize,
  count: usize,
): void {
  const end = rows + (count << 2)
  const lastColumn = packed + width * 2048
  const lastFour = packed + (width & ~3) * 2048
  while (rows < end) {
    const batchEnd = min(rows + (BATCH << 2), end)
    touch(records, stride, rows, batchEnd)
    const lastFourRows = batchEnd - ((batchEnd - rows) & 12)
    for (; rows < lastFourRows; rows += 16) {
      let record0 = records + (load<u32>(rows) as usize) * stride
      let record1 = records + (load<u32>(rows, 4) as usize) * stride
      let record2 = records + (load<u32>(rows, 8) as usize) * stride
      let record3 = records + (load<u32>(rows, 12) as usize) * stride
      const d0 = packedDerivativesAt(record0)
      const d1 = packedDerivativesAt(record1)
      const d2 = packedDerivativesAt(record2)
      const d3 = packedDerivativesAt(record3)
      let column = packed
      for (; column < lastFour; column += 8192) {
        const codes0 = load<u32>(record0, 8)
        const codes1 = load<u32>(record1, 8)
        const codes2 = load<u32>(record2, 8)
        const codes3 = load<u32>(record3, 8)
        addPacked0(column + ((codes0 << 3) & 0x7f8), d0)
        addPacked0(column + ((codes1 << 3) & 0x7f8), d1)
        addPacked0(column + ((codes2 << 3) & 0x7f8), d2)
        addPacked0(column + ((codes3 << 3) & 0x7f8), d3)
        addPacked1(column + ((codes0 >> 5) & 0x7f8), d0)
        addPacked1(column + ((codes1 >> 5) & 0x7f8), d1)
        addPacked1(column + ((codes2 >> 5) & 0x7f8), d2)
        addPacked1(column + ((codes3 >> 5) & 0x7f8), d3)
        addPacked2(column + ((codes0 >> 13) & 0x7f8), d0)
        addPacked2(column + ((codes1 >> 13) & 0x7f8), d1)
        addPacked2(column + ((codes2 >> 13) & 0x7f8), d2)
        addPacked2(column + ((codes3 >> 13) & 0x7f8), d3)
        addPacked3(column + ((codes0 >> 21) & 0x7f8), d0)
        addPacked3(column + ((codes1 >> 21) & 0x7f8), d1)
        addPacked3(column + ((codes2 >> 21) & 0x7f8), d2)
        addPacked3(column + ((codes3 >> 21) & 0x7f8), d3)
        record0 += 4
        record1 += 4
        record2 += 4
        record3 += 4
      }
      for (; column < lastColumn; column += 2048) {
        addPacked0(column + ((load<u8>(record0, 8) as usize) << 3), d0)
        addPacked0(column + ((load<u8>(record1, 8) as usize) << 3), d1)
        addPacked0(column + ((load<u8>(record2, 8) as usize) << 3), d2)
        addPacked0(column + ((load<u8>(record3, 8) as usize) << 3), d3)
        record0++
        record1++
        record2++
        record3++
      }
    }
    for (; rows < batchEnd; rows += 4) {
      let record = records + (load<u32>(rows) as usize) * stride
      const derivatives = packedDerivativesAt(record)
      for (let column = packed; column < lastColumn; column += 2048) {
        addPacked0(column + ((load<u8>(record, 8) as usize) << 3), derivatives)
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

const DIGIT_BITS: u32 = 11
const DIGITS: usize = 1 << 11

/** Where rows with a digit go next. */
function placesOf(counts: usize): void {
  let sum: u32 = 0
  for (let digit: usize = 0; digit < DIGITS; digit++) {
    const count = load<u32>(counts + (digit << 2))
    store<u32>(counts + (digit << 2), sum)
    sum += count
  }
}

function moveByDigit(from: usize, to: usize, places: usize, shift: u32, count: usize): void {
  for (const end = from + (count << 2); from < end; from += 4) {
    const key = load<u32>(from)
    const place = places + ((((key >> shift) as usize) & (DIGITS - 1)) << 2)
    const at = load<u32>(place)
    store<u32>(to + ((at as usize) << 2), key)
    store<u32>(place, at + 1)
  }
}

/** By radix, three passes over a key that rises with the number. `counts`: room for 3 x 2048 numbers. */
export function sortNumbers(values: usize, scratch: usize, counts: usize, count: usize): void {
  const end = values + (count << 2)
  const counts1 = counts + (DIGITS << 2)
  const counts2 = counts1 + (DIGITS << 2)
  memory.fill(counts, 0, 3 * (DIGITS << 2))
  for (let at = values; at < end; at += 4) {
    const bits = load<u32>(at)
    // Negative numbers: all bits inverted, so that larger ones come first; others: above all negative ones.
    const key = bits ^ ((((bits as i32) >> 31) as u32) | 0x80000000)
    store<u32>(at, key)
    const place0 = counts + (((key as usize) & (DIGITS - 1)) << 2)
    const place1 = counts1 + ((((key >> DIGIT_BITS) as usize) & (DIGITS - 1)) << 2)
    const place2 = counts2 + (((key >> (2 * DIGIT_BITS)) as usize) << 2)
    store<u32>(place0, load<u32>(place0) + 1)
    store<u32>(place1, load<u32>(place1) + 1)
    store<u32>(place2, load<u32>(place2) + 1)
  }
  placesOf(counts)
  placesOf(counts1)
  placesOf(counts2)
  moveByDigit(values, scratch, counts, 0, count)
  moveByDigit(scratch, values, counts1, DIGIT_BITS, count)
  moveByDigit(values, scratch, counts2, 2 * DIGIT_BITS, count)
  for (let at = values; at < end; at += 4) {
    const key = load<u32>(scratch)
    store<u32>(at, key ^ (~(((key as i32) >> 31) as u32) | 0x80000000))
    scratch += 4
  }
}

export function takeKnown(out: usize, values: usize, stride: usize, count: usize): usize {
  let at = out
  for (let i: usize = 0; i < count; i++) {
    const x = load<f32>(values)
    // Always written, counted only where it is a number.
    store<f32>(at, x)
    at += (f32.eq(x, x) as usize) << 2
    values += stride
  }
  return (at - out) >> 2
}

export function countDistinct(sorted: usize, distinct: usize, counts: usize, count: usize): usize {
  if (count === 0) return 0
  let last = load<f32>(sorted)
  let runStart: usize = 0
  let found: usize = 0
  for (let i: usize = 1; i <= count; i++) {
    const x: f32 = i < count ? load<f32>(sorted + (i << 2)) : f32.NaN
    if (f32.eq(x, last)) continue
    store<f32>(distinct + (found << 2), last)
    store<u32>(counts + (found << 2), (i - runStart) as u32)
    found++
    runStart = i
    last = x
  }
  return found
}

/** `step` where the threshold is below x, else 0, without a branch: one of two would be predicted wrongly. */
function stepOver(thresholds: usize, below: usize, step: usize, x: f32): usize {
  return ((load<f32>(thresholds + ((below + step - 1) << 2)) < x) as usize) * step
}

export function binNumbers(column: usize, values: usize, stride: usize, thresholds: usize, count: usize): void {
  for (let row: usize = 0; row < count; row++) {
    const x = load<f32>(values)
    let below = stepOver(thresholds, 0, 128, x)
    below += stepOver(thresholds, below, 64, x)
    below += stepOver(thresholds, below, 32, x)
    below += stepOver(thresholds, below, 16, x)
    below += stepOver(thresholds, below, 8, x)
    below += stepOver(thresholds, below, 4, x)
    below += stepOver(thresholds, below, 2, x)
    below += stepOver(thresholds, below, 1, x)
    store<u8>(column + row, (below + 1) * (f32.eq(x, x) as usize))
    values += stride
  }
}

/** Rows of one column side by side in their records: `bytes` is the first row's. */
export function addDigits(bytes: usize, stride: usize, bins: usize, firstBin: u32, step: u32, count: usize): void {
  for (const end = bins + count; bins < end; bins++) {
    store<u8>(bytes, load<u8>(bytes) + (load<u8>(bins) - firstBin) * step)
    bytes += stride
  }
}

export function numberRows(rows: usize, first: u32, count: usize): void {
  for (let i: usize = 0; i < count; i++) store<u32>(rows + (i << 2), first + (i as u32))
}

export function subtractHistogram(histogram: usize, other: usize, bytes: usize): void {
  const end = histogram + bytes
  for (; histogram < end; histogram += 16) {
    v128.store(histogram, f64x2.sub(v128.load(histogram), v128.load(other)))
    other += 16
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

/** Writes what scanThresholds has found, and returns its bin. */
function keepSplit(found: usize, score: f64, leftGradient: f64, leftHessian: f64, bin: i32): i32 {
  store<f64>(found, score)
  store<f64>(found, leftGradient, 8)
  store<f64>(found, leftHessian, 16)
  return bin
}

// Two bins at a time, the higher one in lane 0: gradients of both in one register, hessians in another.
export function scanThresholds(sums: usize, binCount: i32, missingLeft: bool, leaf: usize, found: usize): i32 {
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
