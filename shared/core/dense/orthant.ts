/**
 * The L1 part of the orthant-wise L-BFGS (Andrew and Gao 2007): within one orthant |x| is a straight line, so a step may not
 * leave the orthant it starts in; a parameter that would change its sign stops at exactly 0. Parameters with l1 = 0 are free.
 */

/** The slope of f(x) + l1 |x| with the least length: at 0 the penalty's slope is whatever in [-l1, l1] cancels most. */
export function pseudoGradientInto(out: Float64Array, x: Float64Array, gradient: Float64Array, l1: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    const g = gradient[i]
    if (x[i] !== 0) out[i] = g + Math.sign(x[i]) * l1[i]
    else out[i] = Math.sign(g) * Math.max(0, Math.abs(g) - l1[i])
  }
}

/** Writes the sign each parameter must keep, and takes out of `direction` what would lead uphill. */
export function chooseOrthantInto(
  orthant: Int8Array,
  direction: Float64Array,
  { x, slope, l1 }: { readonly x: Float64Array; readonly slope: Float64Array; readonly l1: Float64Array },
): void {
  for (let i = 0; i < direction.length; i++) {
    if (l1[i] === 0) continue
    orthant[i] = x[i] === 0 ? -Math.sign(slope[i]) : Math.sign(x[i])
    if (direction[i] * slope[i] >= 0) direction[i] = 0
  }
}

/** Parameters of `x` that have left the orthant become 0. */
export function stopAtOrthantInto(x: Float64Array, orthant: Int8Array, l1: Float64Array): void {
  for (let i = 0; i < x.length; i++) if (l1[i] > 0 && x[i] * orthant[i] <= 0) x[i] = 0
}
