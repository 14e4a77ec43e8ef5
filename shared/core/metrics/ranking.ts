/**
 * Metrics of order: how well a score separates positives from negatives. Everything reads one curve of counts, in which
 * tied scores are one point, so the order of rows never matters.
 */

/** One point per distinct score, from the highest down; counts are of rows with score >= threshold. */
export interface RankingCurve {
  readonly thresholds: Float64Array
  readonly truePositives: Float64Array
  readonly falsePositives: Float64Array
  readonly positives: number
  readonly negatives: number
}

/**
 * The counts at every distinct score. Scores of length n, labels 0 or 1 of the same length. NaN scores throw: a NaN has no
 * place in an order and would hide a broken model.
 */
export function rankingCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): RankingCurve {
  if (scores.length !== labels.length) throw new RangeError(`${scores.length} scores for ${labels.length} labels`)
  let positives = 0
  for (let i = 0; i < labels.length; i++) positives += labels[i]
  const negatives = labels.length - positives
  const positiveScores = new Float64Array(positives)
  const negativeScores = new Float64Array(negatives)
  for (let i = 0, p = 0, n = 0; i < labels.length; i++) {
    if (Number.isNaN(scores[i])) throw new RangeError(`score ${i} is NaN`)
    if (labels[i] === 1) positiveScores[p++] = scores[i]
    else negativeScores[n++] = scores[i]
  }
  positiveScores.sort()
  negativeScores.sort()
  return mergeFromTop(positiveScores, negativeScores)
}

function mergeFromTop(positiveScores: Float64Array, negativeScores: Float64Array): RankingCurve {
  const most = positiveScores.length + negativeScores.length
  const thresholds = new Float64Array(most)
  const truePositives = new Float64Array(most)
  const falsePositives = new Float64Array(most)
  let p = positiveScores.length - 1
  let n = negativeScores.length - 1
  let points = 0
  while (p >= 0 || n >= 0) {
    const threshold =
      p < 0 ? negativeScores[n] : n < 0 ? positiveScores[p] : Math.max(positiveScores[p], negativeScores[n])
    while (p >= 0 && positiveScores[p] === threshold) p--
    while (n >= 0 && negativeScores[n] === threshold) n--
    thresholds[points] = threshold
    truePositives[points] = positiveScores.length - 1 - p
    falsePositives[points] = negativeScores.length - 1 - n
    points++
  }
  return {
    thresholds: thresholds.slice(0, points),
    truePositives: truePositives.slice(0, points),
    falsePositives: falsePositives.slice(0, points),
    positives: positiveScores.length,
    negatives: negativeScores.length,
  }
}

/**
 * Area under the ROC curve: the chance that a positive outranks a negative, ties counting half (Mann-Whitney U / (P N),
 * equal to sklearn.metrics.roc_auc_score). In [0, 1]; NaN when one class is absent.
 */
export function rocAuc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return rocAucOf(rankingCurve(scores, labels))
}

/** `rocAuc` of a curve already made. */
export function rocAucOf(curve: RankingCurve): number {
  let twiceArea = 0
  let lastTrue = 0
  let lastFalse = 0
  for (let i = 0; i < curve.thresholds.length; i++) {
    twiceArea += (curve.falsePositives[i] - lastFalse) * (curve.truePositives[i] + lastTrue)
    lastTrue = curve.truePositives[i]
    lastFalse = curve.falsePositives[i]
  }
  return twiceArea / (2 * curve.positives * curve.negatives)
}

/**
 * Average precision: the sum over thresholds of (recall step) x precision, no interpolation (equal to
 * sklearn.metrics.average_precision_score; the trapezoid reading of "PR-AUC" is a different, optimistic number).
 * In [0, 1]; NaN without positives.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return averagePrecisionOf(rankingCurve(scores, labels))
}

/** `averagePrecision` of a curve already made. */
export function averagePrecisionOf(curve: RankingCurve): number {
  let sum = 0
  let lastTrue = 0
  for (let i = 0; i < curve.thresholds.length; i++) {
    const gained = curve.truePositives[i] - lastTrue
    if (gained > 0) sum += (gained * curve.truePositives[i]) / (curve.truePositives[i] + curve.falsePositives[i])
    lastTrue = curve.truePositives[i]
  }
  return sum / curve.positives
}

/**
 * Kolmogorov-Smirnov statistic: the largest distance between the distributions of the scores of positives and of negatives,
 * which is the largest true positive rate less false positive rate (equal to scipy.stats.ks_2samp). In [0, 1]; NaN when one
 * class is absent.
 */
export function kolmogorovSmirnovOf({ positives, negatives, truePositives, falsePositives }: RankingCurve): number {
  if (positives === 0 || negatives === 0) return Number.NaN
  let most = 0
  for (let i = 0; i < truePositives.length; i++) {
    most = Math.max(most, Math.abs(truePositives[i] * negatives - falsePositives[i] * positives))
  }
  return most / (positives * negatives)
}
