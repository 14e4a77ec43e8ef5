/**
 * The logistic loss and its derivatives by the score (log-odds). Derivatives are rounded to multiples of 2^-30 and kept as
 * integers: sums of integers below 2^53 are exact, so histograms do not depend on the order of rows, and
 * parent - child = sibling holds to the last bit. 2^23 (8.4 million) rows fit.
 */
import { sigmoid } from '../math/sigmoid.ts'

/** One unit of a stored gradient or hessian is 1 / DERIVATIVE_SCALE. */
export const DERIVATIVE_SCALE = 2 ** 30

/** Log-odds of the share of ones, rounded to float32; finite also when there is one class only. */
export function baseScore(labels: Uint8Array): number {
  let positives = 0
  for (const label of labels) positives += label
  const share = Math.min(Math.max(positives / labels.length, 1e-6), 1 - 1e-6)
  return Math.fround(Math.log(share / (1 - share)))
}

/** gradient = p - y and hessian = p (1 - p), in units of 1 / DERIVATIVE_SCALE; a hessian is at least one unit. */
export function computeDerivativesInto(
  out: { readonly gradients: Int32Array; readonly hessians: Int32Array },
  scores: Float64Array,
  labels: Uint8Array,
): void {
  for (let row = 0; row < scores.length; row++) {
    const p = sigmoid(scores[row])
    out.gradients[row] = Math.round((p - labels[row]) * DERIVATIVE_SCALE)
    out.hessians[row] = Math.max(1, Math.round(p * (1 - p) * DERIVATIVE_SCALE))
  }
}
