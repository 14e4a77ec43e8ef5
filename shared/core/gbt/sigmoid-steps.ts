/**
 * The sigmoid of training: only additions, multiplications, a division and floor, in fixed steps, so that TypeScript and
 * WebAssembly give the same bits on every machine (Math.exp may differ between engines). Within 1e-14 of the true value.
 *
 *   e^t = 2^n e^r,  n = round(t / ln 2),  |r| <= ln 2 / 2,  e^r by its Taylor sum up to r^11
 */

/** ln 2 in two parts: n times the first is exact. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

/** 2^-i. */
const POWERS = Float64Array.from({ length: 1023 }, (_, i) => 2 ** -i)

/** 1.5 x 2^52. */
const ROUNDER = 6755399441055744

/** The nearest integer, the even one of two, for |x| < 2^51: the addition drops what is below 1. */
export function roundInSteps(x: number): number {
  return x + ROUNDER - ROUNDER
}

/** e^t for -700 <= t <= 0. Terms in pairs, then pairs of pairs: a processor works on them side by side. */
function expOf(t: number): number {
  const n = roundInSteps(t * Math.LOG2E)
  const r = t - n * LN2_HIGH - n * LN2_LOW
  const r2 = r * r
  const r4 = r2 * r2
  const low = 1 + r + (0.5 + 0.16666666666666666 * r) * r2
  const middle =
    0.041666666666666664 + 0.008333333333333333 * r + (0.001388888888888889 + 0.0001984126984126984 * r) * r2
  const high =
    0.0000248015873015873 + 0.0000027557319223985893 * r + (2.755731922398589e-7 + 2.505210838544172e-8 * r) * r2
  return (low + middle * r4 + high * (r4 * r4)) * POWERS[-n]
}

/** 1 / (1 + e^-x); beyond +-700 as at +-700, where it is 0 or 1 to float64. */
export function sigmoidInSteps(x: number): number {
  const tail = 1 / (1 + expOf(-Math.min(Math.abs(x), 700)))
  return x >= 0 ? tail : 1 - tail
}
