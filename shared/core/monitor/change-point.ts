/**
 * The one place where a signal stepped from one level to another. The split is the least-squares one (two constant levels);
 * it counts as a step only when all of this holds:
 *   - at least 8 values stand before it and at least 2 after it: one value is a spike,
 *   - the median after it is more than 3 robust deviations of the values before it away from their median,
 *   - that is at least 1 % of the median before it,
 *   - at least half of the change happens at the split itself, from the 3 values before it to the 3 after it.
 * The last rule tells a step from a slope: along a slope the neighbours of every split are alike.
 */
import { median, robustDeviation } from './baseline.ts'

export interface Step {
  /** Index of the first value at the new level. */
  readonly index: number
  /** Median before the step. */
  readonly before: number
  /** Median from the step on. */
  readonly after: number
}

const MIN_BEFORE = 8
const MIN_AFTER = 2
const NEIGHBOURS = 3
const MIN_DEVIATIONS = 3
const MIN_RELATIVE = 0.01
const MIN_LOCAL_SHARE = 0.5

/** undefined: no step, or too few values to tell. */
export function findStep(values: readonly number[]): Step | undefined {
  const index = leastSquaresSplit(values)
  if (index === undefined || index < MIN_BEFORE || values.length - index < MIN_AFTER) return undefined
  const middle = (from: number, to: number) => median(values.slice(from, to))!
  const [before, after] = [middle(0, index), middle(index, values.length)]
  const shift = Math.abs(after - before)
  const deviation = robustDeviation(values.slice(0, index), before)
  const local = (middle(index, index + NEIGHBOURS) - middle(index - NEIGHBOURS, index)) * Math.sign(after - before)
  const isStep =
    shift > 0 &&
    shift > MIN_DEVIATIONS * deviation &&
    shift >= MIN_RELATIVE * Math.abs(before) &&
    local >= MIN_LOCAL_SHARE * shift
  return isStep ? { index, before, after } : undefined
}

/** Where two means leave the smallest sum of squares: where n1 n2 / n (mean1 - mean2)^2 is greatest. */
function leastSquaresSplit(values: readonly number[]): number | undefined {
  const total = values.reduce((sum, value) => sum + value, 0)
  let greatest = 0
  let at: number | undefined
  let sum = 0
  // Every split takes part: were the forbidden ones left out, their neighbours would be taken for the step.
  for (let n = 1; n < values.length; n++) {
    sum += values[n - 1]
    const rest = values.length - n
    const gain = ((n * rest) / values.length) * (sum / n - (total - sum) / rest) ** 2
    if (gain > greatest) {
      greatest = gain
      at = n
    }
  }
  return at
}
