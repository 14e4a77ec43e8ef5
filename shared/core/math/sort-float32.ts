/**
 * Sorts float32 numbers (no NaN) rising, in place: by radix, three passes over 11, 11 and 10 bits of a key that rises with
 * the number. Several times as fast as the engine's own sort from some thousand numbers on.
 */

/** Below, the passes over the counts cost more than they save. */
const FEW = 1024
const DIGITS = [
  { shift: 0, size: 2048 },
  { shift: 11, size: 2048 },
  { shift: 22, size: 1024 },
] as const

export function sortFloat32(values: Float32Array): Float32Array {
  if (values.length < FEW) return values.sort()
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  // Negative numbers: all bits inverted, so that larger ones come first; others: above all negative ones.
  for (let i = 0; i < bits.length; i++) bits[i] ^= (bits[i] & 0x8000_0000) === 0 ? 0x8000_0000 : 0xffff_ffff
  let from: Uint32Array = bits
  let to: Uint32Array = new Uint32Array(bits.length)
  for (const { shift, size } of DIGITS) {
    sortByDigit(from, to, shift, size)
    const swapped = from
    from = to
    to = swapped
  }
  // An odd number of passes ends in the other array.
  for (let i = 0; i < bits.length; i++) {
    bits[i] = from[i] ^ ((from[i] & 0x8000_0000) === 0 ? 0xffff_ffff : 0x8000_0000)
  }
  return values
}

/** Stable. */
function sortByDigit(from: Uint32Array, to: Uint32Array, shift: number, size: number): void {
  const next = new Uint32Array(size)
  const mask = size - 1
  for (let i = 0; i < from.length; i++) next[(from[i] >>> shift) & mask]++
  let sum = 0
  for (let digit = 0; digit < size; digit++) {
    const count = next[digit]
    next[digit] = sum
    sum += count
  }
  for (let i = 0; i < from.length; i++) to[next[(from[i] >>> shift) & mask]++] = from[i]
}
