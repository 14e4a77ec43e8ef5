/**
 * Whether probabilities mean what they say: ten equal-width bins [0, 0.1), …, [0.9, 1], in each the mean probability
 * against the share of positives, and their distance over all rows, the expected calibration error:
 *
 *   ECE = sum over bins of (rows of the bin / all rows) x |share of positives - mean probability|
 *
 * Naeini, Cooper and Hauskrecht (2015, AAAI) with the equal-width bins of Guo et al. (2017, ICML); their bins are closed
 * above, ours below, as all bins here are.
 */

const RELIABILITY_BINS = 10

export interface ReliabilityBin {
  readonly from: number
  readonly to: number
  readonly rows: number
  readonly positives: number
  /** null without rows. */
  readonly meanProbability: number | null
  readonly positiveRate: number | null
}

export interface Reliability {
  /** All ten, empty ones too. */
  readonly bins: readonly ReliabilityBin[]
  /** 0 to 1; null without rows. */
  readonly expectedCalibrationError: number | null
  readonly meanProbability: number | null
  readonly positiveRate: number | null
}

/** Probabilities in [0, 1], labels 0 or 1, of the same rows. NaN and anything outside throws: it has no bin. */
export function reliability(probabilities: ArrayLike<number>, labels: ArrayLike<number>): Reliability {
  if (probabilities.length !== labels.length) {
    throw new RangeError(`${probabilities.length} probabilities for ${labels.length} labels`)
  }
  const rows = new Float64Array(RELIABILITY_BINS)
  const positives = new Float64Array(RELIABILITY_BINS)
  const sums = new Float64Array(RELIABILITY_BINS)
  for (let i = 0; i < labels.length; i++) {
    const bin = binOf(probabilities[i], i)
    rows[bin]++
    positives[bin] += labels[i]
    sums[bin] += probabilities[i]
  }
  const bins = Array.from(rows, (count, i): ReliabilityBin => {
    const known = count > 0
    return {
      from: i / RELIABILITY_BINS,
      to: (i + 1) / RELIABILITY_BINS,
      rows: count,
      positives: positives[i],
      meanProbability: known ? sums[i] / count : null,
      positiveRate: known ? positives[i] / count : null,
    }
  })
  const total = labels.length
  if (total === 0) return { bins, expectedCalibrationError: null, meanProbability: null, positiveRate: null }
  return {
    bins,
    expectedCalibrationError: bins.reduce((sum, _, i) => sum + Math.abs(positives[i] - sums[i]), 0) / total,
    meanProbability: sums.reduce((sum, value) => sum + value, 0) / total,
    positiveRate: positives.reduce((sum, value) => sum + value, 0) / total,
  }
}

/**
 * The expected calibration error that chance alone gives, on so many rows, to a model whose every probability is right: in
 * each bin positives less expected positives are nearly normal, with mean distance sqrt(2 / pi x sum of p (1 - p)). It is
 * 0.07 for 200 rows spread over all bins, and falls with the square root of the rows.
 */
export function chanceCalibrationError(probabilities: ArrayLike<number>): number {
  const variances = new Float64Array(RELIABILITY_BINS)
  for (let i = 0; i < probabilities.length; i++) {
    variances[binOf(probabilities[i], i)] += probabilities[i] * (1 - probabilities[i])
  }
  return variances.reduce((sum, variance) => sum + Math.sqrt((2 / Math.PI) * variance), 0) / probabilities.length
}

function binOf(probability: number, row: number): number {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`probability ${row} is ${probability}; allowed: 0 to 1`)
  }
  // Rounded to float32 as probabilities are: the float32 nearest to 0.7 is below it, and is shown as 0.7.
  return Math.min(RELIABILITY_BINS - 1, Math.floor(Math.fround(probability * RELIABILITY_BINS)))
}
