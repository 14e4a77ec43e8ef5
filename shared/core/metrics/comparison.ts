/**
 * Two scores of the same rows compared in one figure: how far apart they are, how sure that is, and how often chance alone
 * would part two equally good scores as far.
 */
import { chiSquareUpperTail } from '../math/chi-square-law.ts'

/** 97.5 % of the standard normal law lies below it: two-sided 95 %. */
export const Z_95 = 1.959963984540054

export interface Comparison {
  /** The figure of the first score less that of the second. */
  readonly difference: number
  readonly standardError: number
  /** Bounds of the difference at 95 %, plain: difference -+ 1.96 standard errors. */
  readonly low: number
  readonly high: number
  /** difference / standardError; 0 for two scores that do equally well in every row, infinite for a difference without any error. */
  readonly z: number
  /** Two-sided chance of such a z when both scores are equally good. */
  readonly p: number
}

/** NaN in either leaves bounds, z and p unknown: NaN. */
export function comparisonOf(difference: number, standardError: number): Comparison {
  const reach = Z_95 * standardError
  const z = difference === 0 && standardError === 0 ? 0 : difference / standardError
  return {
    difference,
    standardError,
    low: difference - reach,
    high: difference + reach,
    z,
    p: Number.isNaN(z) ? Number.NaN : chiSquareUpperTail(z * z, 1),
  }
}
