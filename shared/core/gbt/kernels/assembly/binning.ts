/** From values to bins and codes (kernels.ts says how to read these files). */

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

/** How many of four times four numbers are below x: a bit each, counted. */
function countBelow(a: v128, b: v128, c: v128, d: v128, x: v128): i32 {
  const first = i16x8.narrow_i32x4_s(f32x4.lt(a, x), f32x4.lt(b, x))
  const second = i16x8.narrow_i32x4_s(f32x4.lt(c, x), f32x4.lt(d, x))
  return popcnt<i32>(i8x16.bitmask(i8x16.narrow_i16x8_s(first, second)))
}

/** The last of 16 thresholds, for four blocks of 16. */
function lastOfBlocks(block: usize): v128 {
  return f32x4(load<f32>(block, 60), load<f32>(block, 124), load<f32>(block, 188), load<f32>(block, 252))
}

// In two looks instead of eight steps that wait for each other: which block of 16 thresholds, then where in it.
export function binNumbers(column: usize, values: usize, stride: usize, thresholds: usize, count: usize): void {
  const a = lastOfBlocks(thresholds)
  const b = lastOfBlocks(thresholds + 256)
  const c = lastOfBlocks(thresholds + 512)
  const d = lastOfBlocks(thresholds + 768)
  for (let row: usize = 0; row < count; row++) {
    const x = v128.load32_splat(values)
    const blocks = countBelow(a, b, c, d, x)
    const block = thresholds + ((blocks as usize) << 6)
    const below = countBelow(v128.load(block), v128.load(block, 16), v128.load(block, 32), v128.load(block, 48), x)
    const known = load<f32>(values)
    store<u8>(column + row, ((blocks << 4) + below + 1) * (f32.eq(known, known) as i32))
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
