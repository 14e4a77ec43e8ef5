/** Sums of derivatives by code (kernels.ts says how to read these files). */

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
        add0(column + ((load<u8>(record0, 8) as usize) << 4), d0)
        add0(column + ((load<u8>(record1, 8) as usize) << 4), d1)
        add0(column + ((load<u8>(record2, 8) as usize) << 4), d2)
        add0(column + ((load<u8>(record3, 8) as usize) << 4), d3)
        add1(column + ((load<u8>(record0, 9) as usize) << 4), d0)
        add1(column + ((load<u8>(record1, 9) as usize) << 4), d1)
        add1(column + ((load<u8>(record2, 9) as usize) << 4), d2)
        add1(column + ((load<u8>(record3, 9) as usize) << 4), d3)
        add2(column + ((load<u8>(record0, 10) as usize) << 4), d0)
        add2(column + ((load<u8>(record1, 10) as usize) << 4), d1)
        add2(column + ((load<u8>(record2, 10) as usize) << 4), d2)
        add2(column + ((load<u8>(record3, 10) as usize) << 4), d3)
        add3(column + ((load<u8>(record0, 11) as usize) << 4), d0)
        add3(column + ((load<u8>(record1, 11) as usize) << 4), d1)
        add3(column + ((load<u8>(record2, 11) as usize) << 4), d2)
        add3(column + ((load<u8>(record3, 11) as usize) << 4), d3)
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
        addPacked0(column + ((load<u8>(record0, 8) as usize) << 3), d0)
        addPacked0(column + ((load<u8>(record1, 8) as usize) << 3), d1)
        addPacked0(column + ((load<u8>(record2, 8) as usize) << 3), d2)
        addPacked0(column + ((load<u8>(record3, 8) as usize) << 3), d3)
        addPacked1(column + ((load<u8>(record0, 9) as usize) << 3), d0)
        addPacked1(column + ((load<u8>(record1, 9) as usize) << 3), d1)
        addPacked1(column + ((load<u8>(record2, 9) as usize) << 3), d2)
        addPacked1(column + ((load<u8>(record3, 9) as usize) << 3), d3)
        addPacked2(column + ((load<u8>(record0, 10) as usize) << 3), d0)
        addPacked2(column + ((load<u8>(record1, 10) as usize) << 3), d1)
        addPacked2(column + ((load<u8>(record2, 10) as usize) << 3), d2)
        addPacked2(column + ((load<u8>(record3, 10) as usize) << 3), d3)
        addPacked3(column + ((load<u8>(record0, 11) as usize) << 3), d0)
        addPacked3(column + ((load<u8>(record1, 11) as usize) << 3), d1)
        addPacked3(column + ((load<u8>(record2, 11) as usize) << 3), d2)
        addPacked3(column + ((load<u8>(record3, 11) as usize) << 3), d3)
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

export function subtractHistogram(histogram: usize, other: usize, bytes: usize): void {
  const end = histogram + bytes
  for (; histogram < end; histogram += 16) {
    v128.store(histogram, f64x2.sub(v128.load(histogram), v128.load(other)))
    other += 16
  }
}
