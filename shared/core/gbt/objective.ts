/**
 * The logistic loss and its derivatives by the score (log-odds). Derivatives are rounded to multiples of 1 / scale, a power
 * of two, and kept as integers: sums of integers below 2^53 are exact, so histograms do not depend on the order of rows,
 * and parent - child = sibling holds to the last bit.
 */
import { sigmoid } from '../math/sigmoid.ts'

/** A derivative is at most the row's weight, and must fit int32. */
const FINEST_SCALE = 2 ** 30
const EXACT_SUM = 2 ** 53

/** The first and second derivatives of the loss by the score, one per row, in units of 1 / scale. */
export interface Derivatives {
  readonly gradients: Int32Array
  readonly hessians: Int32Array
  readonly scale: number
}

/** Empty derivatives for `rowCount` rows, at the finest scale at which their sums stay exact: 2^30 up to 2^23 rows. */
export function makeDerivatives(rowCount: number, weights: Float64Array | undefined): Derivatives {
  let largest = 1
  let sum = 0
  for (const weight of weights ?? []) {
    largest = Math.max(largest, weight)
    sum += weight
  }
  const powerBelow = (x: number) => 2 ** Math.floor(Math.log2(x))
  const scale = Math.min(
    powerBelow(FINEST_SCALE / largest),
    powerBelow(EXACT_SUM / Math.max(1, weights ? sum : rowCount)),
  )
  return { gradients: new Int32Array(rowCount), hessians: new Int32Array(rowCount), scale }
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

/** gradient = w (p - y) and hessian = w p (1 - p); a hessian is at least one unit. */
export function computeDerivativesInto(
  { gradients, hessians, scale }: Derivatives,
  scores: Float64Array,
  labels: Uint8Array,
  weights: Float64Array | undefined,
): void {
  for (let row = 0; row < scores.length; row++) {
    const p = sigmoid(scores[row])
    const unit = weights ? weights[row] * scale : scale
    gradients[row] = Math.round((p - labels[row]) * unit)
    hessians[row] = Math.max(1, Math.round(p * (1 - p) * unit))
  }
}
