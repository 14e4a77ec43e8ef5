/**
 * Pearson's chi-square test that two samples of counts come from one distribution: homogeneity of a 2 x k table, in which
 * both rows are samples (scipy.stats.chi2_contingency with correction=False). A bin that is empty on both sides says
 * nothing and is dropped. Against the reference as if it were exact, one unseen level would always make p zero.
 */
import { chiSquareUpperTail } from '../math/chi-square-law.ts'

export interface HomogeneityTest {
  readonly statistic: number
  readonly degreesOfFreedom: number
  readonly pValue: number
  /** Cramer's V without bias correction: sqrt(statistic / rows) of a 2 x k table. 0 to 1. */
  readonly cramersV: number
}

/** Counts over the same bins; each side needs at least one row. With one bin in use: statistic 0, p 1. */
export function chiSquareTest(reference: ArrayLike<number>, current: ArrayLike<number>): HomogeneityTest {
  if (reference.length !== current.length) throw new RangeError(`${reference.length} bins against ${current.length}`)
  let n = 0
  let m = 0
  let used = 0
  for (let i = 0; i < reference.length; i++) {
    n += reference[i]
    m += current[i]
    if (reference[i] + current[i] > 0) used++
  }
  if (n === 0 || m === 0) throw new RangeError('the chi-square test needs at least one row on both sides')
  let statistic = 0
  for (let i = 0; i < reference.length; i++) {
    const both = reference[i] + current[i]
    // Both cells of a bin differ from what is expected by the same number of rows, (r m - c n) / (n + m).
    if (both > 0) statistic += (reference[i] * m - current[i] * n) ** 2 / (both * n * m)
  }
  return {
    statistic,
    degreesOfFreedom: used - 1,
    pValue: chiSquareUpperTail(statistic, used - 1),
    cramersV: Math.min(1, Math.sqrt(statistic / (n + m))),
  }
}
