/** Metrics of probabilities: how close they are to what happened. Labels are 0 or 1, probabilities in [0, 1]. */

/** Probabilities are kept this far from 0 and 1 in the log loss, as scikit-learn does for float64. */
const CLIP = 2 ** -52

/** Mean of -log(probability given to the true class), natural log, clipped at 2^-52 (sklearn.metrics.log_loss). */
export function logLoss(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < labels.length; i++) sum += rowLogLoss(probabilities[i], labels[i])
  return sum / labels.length
}

/** The part of one row in the log loss. */
export function rowLogLoss(probability: number, label: number): number {
  const p = Math.min(Math.max(probability, CLIP), 1 - CLIP)
  return label === 1 ? -Math.log(p) : -Math.log1p(-p)
}

/** Mean squared difference of probability and label (sklearn.metrics.brier_score_loss). */
export function brierScore(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < labels.length; i++) sum += (probabilities[i] - labels[i]) ** 2
  return sum / labels.length
}

/**
 * The class rule, here and in every answer: positive when probability >= threshold, the threshold rounded to float32 as
 * probabilities are. Else a threshold of 0.7 would part the float32 nearest to 0.7, which is shown as 0.7, from itself.
 */
export function isPositive(probability: number, threshold: number): boolean {
  return probability >= Math.fround(threshold)
}

/** Share of rows whose class at `threshold` is their label. Probabilities are float32 values. */
export function accuracy(probabilities: ArrayLike<number>, labels: ArrayLike<number>, threshold: number): number {
  let right = 0
  for (let i = 0; i < labels.length; i++) right += Number(isPositive(probabilities[i], threshold)) === labels[i] ? 1 : 0
  return right / labels.length
}

/** 97.5 % of the standard normal law lies below it: two-sided 95 %. */
const Z_95 = 1.959963984540054

/**
 * Bounds of the mean of `rowValue` over the labelled rows at 95 %: mean -+ 1.96 standard errors (n - 1 inside). For the log
 * loss and the Brier score, which are such means. null with fewer than two rows.
 */
export function meanInterval(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  rowValue: (probability: number, label: number) => number,
): { readonly low: number; readonly high: number } | null {
  const rows = labels.length
  if (rows < 2) return null
  const values = Float64Array.from(labels, (label, i) => rowValue(probabilities[i], label))
  const mean = values.reduce((sum, value) => sum + value, 0) / rows
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const reach = Z_95 * Math.sqrt(squares / (rows - 1) / rows)
  return { low: mean - reach, high: mean + reach }
}
