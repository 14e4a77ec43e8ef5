/**
 * How sure a ROC-AUC is: DeLong's variance of one, and his paired test of two scores on the same rows (DeLong, DeLong and
 * Clarke-Pearson 1988), by ranks in O(n log n) as Sun and Xu (2014, IEEE Signal Processing Letters 21) do it.
 *
 *   placement of a positive = share of negatives below it, ties half;  of a negative = share of positives above it
 *   ROC-AUC  = mean placement of the positives = mean placement of the negatives
 *   variance = var(placements of positives) / positives + var(placements of negatives) / negatives     (n - 1 inside)
 *
 * Unknown is NaN: ROC-AUC without one of the classes, its error with fewer than two rows of one.
 */
import { sigmoid } from '../math/sigmoid.ts'
import { sumOf } from '../math/sum.ts'
import { type Comparison, comparisonOf, Z_95 } from './comparison.ts'

export interface AucInterval {
  readonly rocAuc: number
  readonly standardError: number
  /**
   * Bounds at 95 %, made on the log-odds of the ROC-AUC so that they stay inside [0, 1]. At perfect separation the
   * variance is 0 and both are 1 (or 0): the sample then says nothing about how sure it is.
   */
  readonly low: number
  readonly high: number
}

/** Scores of length n, labels 0 or 1 of the same length. NaN scores throw. */
export function rocAucInterval(scores: ArrayLike<number>, labels: ArrayLike<number>): AucInterval {
  const own = placements(scores, labels)
  const rocAuc = mean(own.positives)
  const standardError = Math.sqrt(pooledVariance(own))
  if (standardError === 0) return { rocAuc, standardError, low: rocAuc, high: rocAuc }
  const logOdds = Math.log(rocAuc / (1 - rocAuc))
  const reach = (Z_95 * standardError) / (rocAuc * (1 - rocAuc))
  return { rocAuc, standardError, low: sigmoid(logOdds - reach), high: sigmoid(logOdds + reach) }
}

/** The paired test: both scores are of the same rows, so what makes a row easy for both does not count as doubt. */
export function compareRocAuc(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  labels: ArrayLike<number>,
): Comparison {
  const a = placements(first, labels)
  const b = placements(second, labels)
  const gap: Placements = {
    positives: a.positives.map((value, i) => value - b.positives[i]),
    negatives: a.negatives.map((value, i) => value - b.negatives[i]),
  }
  // var(A) + var(B) - 2 cov(A, B) is the variance of the differences, without the cancellation.
  return comparisonOf(mean(gap.positives), Math.sqrt(pooledVariance(gap)))
}

/**
 * One comparison from those on disjoint sets of rows, each with fits of its own (the folds of a cross-validation): the mean
 * difference, its error that of a mean of independent ones, given the fits.
 */
export function poolComparisons(parts: readonly Comparison[]): Comparison {
  const difference = sumOf(parts.map(part => part.difference)) / parts.length
  const standardError = Math.sqrt(sumOf(parts.map(part => part.standardError ** 2))) / parts.length
  return comparisonOf(difference, standardError)
}

interface Placements {
  /** One per positive row, in row order; in [0, 1]. */
  readonly positives: Float64Array
  readonly negatives: Float64Array
}

function placements(scores: ArrayLike<number>, labels: ArrayLike<number>): Placements {
  if (scores.length !== labels.length) throw new RangeError(`${scores.length} scores for ${labels.length} labels`)
  const positives = new Float64Array(sumOf(labels))
  const negatives = new Float64Array(labels.length - positives.length)
  for (let i = 0, p = 0, n = 0; i < labels.length; i++) {
    if (Number.isNaN(scores[i])) throw new RangeError(`score ${i} is NaN`)
    if (labels[i] === 1) positives[p++] = scores[i]
    else negatives[n++] = scores[i]
  }
  const sortedPositives = positives.toSorted()
  const sortedNegatives = negatives.toSorted()
  return {
    positives: positives.map(score => shareBelow(sortedNegatives, score)),
    negatives: negatives.map(score => 1 - shareBelow(sortedPositives, score)),
  }
}

/** Share of `sorted` below x, values equal to x counting half; NaN without any value. */
function shareBelow(sorted: Float64Array, x: number): number {
  const below = countWhere(sorted, value => value < x)
  const upTo = countWhere(sorted, value => value <= x)
  return (below + upTo) / 2 / sorted.length
}

/** Length of the leading part of which `holds` is true, by bisection: it may turn false once and never back. */
function countWhere(sorted: Float64Array, holds: (value: number) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(sorted[middle])) low = middle + 1
    else high = middle
  }
  return low
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** NaN with fewer than two rows of a class. */
function pooledVariance({ positives, negatives }: Placements): number {
  return sampleVariance(positives) / positives.length + sampleVariance(negatives) / negatives.length
}

function sampleVariance(values: Float64Array): number {
  const center = mean(values)
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1)
}
