/**
 * The two-sided Kolmogorov-Smirnov test of two samples. D is the largest distance of their distribution functions
 * (scipy.stats.ks_2samp); p comes from Kolmogorov's limiting law at the effective size n m / (n + m)
 * (scipy.special.kolmogorov(sqrt(n m / (n + m)) D)), not from the exact law and not from SciPy's own "asymp", which takes
 * the one-sample law at that size. Ties make p too large, never too small.
 */
import { type Distribution, rowsOf } from './distribution.ts'

/** D, 0 to 1; exactly 0 for equal samples. Both need at least one value. */
export function ksStatistic(a: Distribution, b: Distribution): number {
  const [n, m] = [rowsOf(a), rowsOf(b)]
  if (n === 0 || m === 0) throw new RangeError('the Kolmogorov-Smirnov distance needs a value on both sides')
  let largest = 0
  for (let i = 0, j = 0; i < a.values.length || j < b.values.length; ) {
    const next = Math.min(
      i < a.values.length ? a.values[i] : Number.POSITIVE_INFINITY,
      j < b.values.length ? b.values[j] : Number.POSITIVE_INFINITY,
    )
    if (i < a.values.length && a.values[i] === next) i++
    if (j < b.values.length && b.values[j] === next) j++
    const distance = Math.abs((i === 0 ? 0 : a.cumulative[i - 1]) / n - (j === 0 ? 0 : b.cumulative[j - 1]) / m)
    if (distance > largest) largest = distance
  }
  return largest
}

/** The chance of a D this large or larger between samples of n and m values of one continuous distribution. */
export function ksPValue(statistic: number, n: number, m: number): number {
  return kolmogorovUpperTail(Math.sqrt((n * m) / (n + m)) * statistic)
}

/** Below it the series in exp(-1 / x²) converges fast, above it the one in exp(-x²). */
const SERIES_SWITCH = 1

/** 1 - K(x), Kolmogorov's limiting law: scipy.special.kolmogorov. */
export function kolmogorovUpperTail(x: number): number {
  if (x <= 0) return 1
  if (x < SERIES_SWITCH) return 1 - kolmogorovBelow(x)
  let sum = 0
  for (let k = 1; ; k++) {
    const term = Math.exp(-2 * k * k * x * x)
    if (term <= sum * Number.EPSILON * 0.5 || term === 0) return Math.min(1, 2 * sum)
    sum += k % 2 === 1 ? term : -term
  }
}

/** K(x) = sqrt(2 π) / x · sum over odd k of exp(-k² π² / (8 x²)). */
function kolmogorovBelow(x: number): number {
  const exponent = -(Math.PI ** 2) / (8 * x * x)
  let sum = 0
  for (let k = 1; k < 20; k += 2) sum += Math.exp(exponent * k * k)
  return (Math.sqrt(2 * Math.PI) / x) * sum
}
