/**
 * float32 values as short JSON numbers: 0.83 where the plain conversion to a double would print 0.8299999833106995.
 * Rounding the result to float32 gives the value back, and the order of any two values is kept.
 */

/** Powers of ten from which a decimal of that many places is tried; all are exact doubles. */
const SCALES = [1e6, 1e7, 1e8, 1e9, 1e10]

export function shortFloat32(value: number): number {
  for (const scale of SCALES) {
    const decimal = Math.round(value * scale) / scale
    if (Math.fround(decimal) === value) return decimal
  }
  // Nine significant digits tell any two float32 values apart (IEEE 754: 1 + ceil(24 log10(2))).
  return Number(value.toPrecision(9))
}
