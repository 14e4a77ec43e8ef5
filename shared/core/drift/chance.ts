/**
 * What chance alone does to a PSI. Between two samples of one distribution PSI / (1/n + 1/m) follows a chi-square law with
 * B - 1 degrees of freedom, B bins in use, once no bin is nearly empty. So a threshold like 0.2 means nothing without n.
 */
import { chiSquareUpperQuantile } from '../math/chi-square-law.ts'

/** How often chance may pass the limit. */
const CHANCE = 0.01

/** The PSI that samples of n and m rows without any drift pass 1 time in 100. `bins`: those that hold a row, at least 1. */
export function chanceLimit(bins: number, n: number, m: number): number {
  return chiSquareUpperQuantile(CHANCE, bins - 1) * (1 / n + 1 / m)
}

/** Rows on each side from which the chance limit is at most the threshold. */
export function rowsNeeded(bins: number, threshold: number): number {
  return Math.max(1, Math.ceil((2 * chiSquareUpperQuantile(CHANCE, bins - 1)) / threshold))
}

/** Bins that hold a row on either side. */
export function binsInUse(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  let used = 0
  for (let i = 0; i < reference.length; i++) if (reference[i] + current[i] > 0) used++
  return used
}
