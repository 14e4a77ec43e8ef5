/**
 * The logistic loss and its derivatives by the score (log-odds): gradient = w (p - y), hessian = w p (1 - p), a hessian
 * being at least one unit. They are rounded to multiples of 1 / scale, a power of two, and kept as integers: sums of
 * integers below 2^53 are exact, so histograms do not depend on the order of rows, and parent - child = sibling holds to
 * the last bit. The sums themselves are a kernel (kernels/kernels.ts).
 */

/** A derivative is at most the row's weight, and must fit int32. */
const FINEST_SCALE = 2 ** 30
/** Sums in float64 stay exact below. */
const EXACT_SUM = 2 ** 53
/** Sums packed into 64 bits: gradients are signed and at most the weight, hessians positive and at most a quarter of it. */
const PACKED_GRADIENT_SUM = 2 ** 31
const PACKED_HESSIAN_SUM = 2 ** 32

/** Units per 1 of gradients and of hessians: powers of two. */
export interface Scales {
  readonly gradient: number
  readonly hessian: number
}

/**
 * The finest scales at which all sums stay exact: 2^30 up to 2^23 rows. Quantised ones leave room for both sums of a bin
 * in 64 bits: 2^11 and 2^14 for 2^20 rows. Half of the room is kept free, for a hessian is rounded up to one unit.
 */
export function chooseScales(rowCount: number, weights: Float64Array | undefined, quantised: boolean): Scales {
  let largest = 1
  let sum = 0
  if (weights) {
    for (let row = 0; row < weights.length; row++) {
      largest = Math.max(largest, weights[row])
      sum += weights[row]
    }
  }
  const total = Math.max(1, weights ? sum : rowCount)
  const finest = powerBelow(FINEST_SCALE / largest)
  const exact = Math.min(finest, powerBelow(EXACT_SUM / total))
  if (!quantised) return { gradient: exact, hessian: exact }
  return {
    gradient: Math.min(finest, powerBelow(PACKED_GRADIENT_SUM / 2 / total)),
    hessian: Math.min(finest, powerBelow((4 * PACKED_HESSIAN_SUM) / 2 / total)),
  }
}

function powerBelow(x: number): number {
  return 2 ** Math.floor(Math.log2(x))
}

/** Log-odds of the (weighted) share of ones, rounded to float32; finite also when there is one class only. */
export function baseScore(labels: Uint8Array, weights: Float64Array | undefined): number {
  let positives = 0
  let all = 0
  for (let row = 0; row < labels.length; row++) {
    const weight = weights ? weights[row] : 1
    positives += weight * labels[row]
    all += weight
  }
  const share = Math.min(Math.max(positives / all, 1e-6), 1 - 1e-6)
  return Math.fround(Math.log(share / (1 - share)))
}
