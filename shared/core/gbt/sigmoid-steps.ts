/**
 * The sigmoid of training: only additions, multiplications, a division and floor, in fixed steps, so that TypeScript and
 * WebAssembly give the same bits on every machine (Math.exp may differ between engines). Within 1e-14 of the true value.
 *
 *   e^t = 2^n e^r,  n = round(t / ln 2),  |r| <= ln 2 / 2,  e^r by its Taylor sum up to r^11
 */

/** ln 2 in two parts: n times the first is exact. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const LOG2_E = Math.LOG2E

/** 1 / k! for k = 11 down to 0. */
const TAYLOR = Float64Array.of(
  2.505210838544172e-8,
  2.755731922398589e-7,
  0.0000027557319223985893,
  0.0000248015873015873,
  0.0001984126984126984,
  0.001388888888888889,
  0.008333333333333333,
  0.041666666666666664,
  0.16666666666666666,
  0.5,
  1,
  1,
)

/** 2^-i. */
const POWERS = Float64Array.from({ length: 1023 }, (_, i) => 2 ** -i)

/** e^t for -700 <= t <= 0. */
function expOf(t: number): number {
  const n = Math.floor(t * LOG2_E + 0.5)
  const r = t - n * LN2_HIGH - n * LN2_LOW
  let sum = TAYLOR[0]
  for (let k = 1; k < 12; k++) sum = sum * r + TAYLOR[k]
  return sum * POWERS[-n]
}

/** 1 / (1 + e^-x); beyond +-700 as at +-700, where it is 0 or 1 to float64. */
export function sigmoidInSteps(x: number): number {
  const tail = 1 / (1 + expOf(-Math.min(Math.abs(x), 700)))
  return x >= 0 ? tail : 1 - tail
}
