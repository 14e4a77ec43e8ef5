/** The chi-square distribution with k degrees of freedom: the law of a sum of k squared standard normal variables. */
import { upperGamma } from './incomplete-gamma.ts'

/** The chance to pass x: scipy.stats.chi2.sf. 1 at k = 0 and x = 0, where the law is the point 0. */
export function chiSquareUpperTail(x: number, degreesOfFreedom: number): number {
  if (degreesOfFreedom === 0) return x > 0 ? 0 : 1
  return upperGamma(degreesOfFreedom / 2, x / 2)
}

/** The x that is passed with chance `tail`, 0 < tail < 1, by bisection to the last digit: scipy.stats.chi2.isf. */
export function chiSquareUpperQuantile(tail: number, degreesOfFreedom: number): number {
  if (!(tail > 0 && tail < 1)) throw new RangeError(`tail is ${tail}; allowed: between 0 and 1`)
  if (degreesOfFreedom === 0) return 0
  let low = 0
  let high = Math.max(1, degreesOfFreedom)
  while (chiSquareUpperTail(high, degreesOfFreedom) > tail) {
    low = high
    high *= 2
  }
  for (;;) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) return middle
    if (chiSquareUpperTail(middle, degreesOfFreedom) > tail) low = middle
    else high = middle
  }
}
