/**
 * Derivatives of the logistic loss in float32: only additions, multiplications and a division, each rounded, in fixed
 * steps, so that TypeScript and WebAssembly give the same bits on every machine (Math.exp may differ between engines).
 * What is small keeps its digits: p near 1 is never subtracted from 1.
 *
 *   e^t = 2^n e^r,  n = round(t / ln 2),  |r| <= ln 2 / 2,  e^r by a polynomial of degree 7 (Cephes, expf: 2 units of the
 *   last place)
 */

const f = Math.fround

/** ln 2 in two parts: n times the first is exact. */
const LN2_HIGH = 0.693359375
const LN2_LOW = f(-2.12194440054e-4)
const LOG2E = f(Math.LOG2E)

const C2 = f(0.5)
const C3 = f(0.16666665459)
const C4 = f(0.041665795894)
const C5 = f(0.0083334519073)
const C6 = f(0.0013981999507)
const C7 = f(0.000198756915)

/** e^-87 is about the smallest normal float32. */
const FARTHEST = 87

/** 1.5 x 2^52. */
const ROUNDER = 6755399441055744

/** 2^-i. */
const POWERS = Float32Array.from({ length: 127 }, (_, i) => 2 ** -i)

/** The nearest integer, the even one of two, for |x| < 2^51: the addition drops what is below 1. */
export function roundInSteps(x: number): number {
  return x + ROUNDER - ROUNDER
}

/** e^t for a float32 -87 <= t <= 0. Terms in pairs: a processor works on them side by side. */
function expOf(t: number): number {
  const n = roundInSteps(f(t * LOG2E))
  const r = f(f(t - f(n * LN2_HIGH)) - f(n * LN2_LOW))
  const r2 = f(r * r)
  const low = f(f(1 + r) + f(r2 * f(C2 + f(C3 * r))))
  const high = f(f(C4 + f(C5 * r)) + f(r2 * f(C6 + f(C7 * r))))
  return f(f(low + f(f(r2 * r2) * high)) * POWERS[-n])
}

/** Writes p - y and p (1 - p), p = 1 / (1 + e^-score), into `out`; beyond +-87 as at +-87. `score` is a float32. */
export function derivativesInSteps(score: number, label: number, out: { gradient: number; hessian: number }): void {
  const e = expOf(-Math.min(Math.abs(score), FARTHEST))
  const large = f(1 / f(1 + e))
  const small = f(e * large)
  const p = score >= 0 ? large : small
  const rest = score >= 0 ? small : large
  out.gradient = label === 1 ? -rest : p
  out.hessian = f(large * small)
}
