/**
 * Everything that is said about probabilities and labels of the same rows, at one threshold. Unknown is null: a figure that
 * has no rows to be made from, or an interval that such a class is too small for. Same rows and seed, same numbers.
 */
import { reliability } from '../calibration/reliability.ts'
import { shareOf } from '../fairness/measure.ts'
import { bootstrapIntervals, type Interval, replicatesFor } from '../metrics/bootstrap.ts'
import { rocAucInterval } from '../metrics/delong.ts'
import { gainAt } from '../metrics/gain.ts'
import { accuracy, brierScore, isPositive, logLoss, meanInterval, rowLogLoss } from '../metrics/probability.ts'
import {
  averagePrecisionOf,
  kolmogorovSmirnovOf,
  type RankingCurve,
  rankingCurve,
  rocAucOf,
} from '../metrics/ranking.ts'
import { type Confusion, confusionAt, ratesOf } from '../metrics/threshold.ts'

/** Shares of the rows, from the highest score down, that `top` speaks of. */
const TOP_SHARES = [0.01, 0.05, 0.1, 0.2] as const

/** The first rows by score. */
export interface TopRows {
  readonly share: number
  readonly rows: number
  readonly precision: number
  readonly lift: number
  /** Share of all positives. */
  readonly gain: number
}

export interface ConfusionCounts {
  readonly true_positives: number
  readonly false_positives: number
  readonly false_negatives: number
  readonly true_negatives: number
}

/** Definitions: metrics/definitions.ts. */
export interface Evaluation {
  /** NaN when a class is absent. */
  readonly roc_auc: number
  /** Average precision (step). */
  readonly pr_auc: number
  readonly accuracy: number
  readonly precision: number | null
  readonly recall: number | null
  readonly f1: number | null
  readonly log_loss: number
  readonly brier: number
  readonly ece: number | null
  readonly ks: number
  readonly confusion: ConfusionCounts
  readonly top: readonly TopRows[]
  /** By the name of the figure; `precision_at_5_pct` and `lift_at_5_pct` are of `top`. */
  readonly intervals: Readonly<Record<string, Interval | null>>
  readonly rows: number
  readonly positives: number
  /** What the model says on average, beside what is: apart under drift even where the ranking holds. */
  readonly mean_probability: number | null
  readonly positive_rate: number | null
  readonly bootstrap: { readonly replicates: number; readonly seed: number }
}

export interface EvaluationOptions {
  readonly threshold: number
  readonly seed: number
  /** Draws of the bootstrap; by default fewer the more rows there are. */
  readonly replicates?: number
}

/** Probabilities are float32 values as the model answers, labels 0 or 1; at least one row. */
export function evaluateScores(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  { threshold, seed, replicates = replicatesFor(labels.length) }: EvaluationOptions,
): Evaluation {
  const curve = rankingCurve(probabilities, labels)
  const confusion = confusionAt(probabilities, labels, threshold)
  const { precision, recall, f1 } = ratesOf(confusion)
  const calibration = reliability(probabilities, labels)
  return {
    roc_auc: rocAucOf(curve),
    pr_auc: averagePrecisionOf(curve),
    accuracy: accuracy(probabilities, labels, threshold),
    precision,
    recall,
    f1,
    log_loss: logLoss(probabilities, labels),
    brier: brierScore(probabilities, labels),
    ece: calibration.expectedCalibrationError,
    ks: kolmogorovSmirnovOf(curve),
    confusion: {
      true_positives: confusion.truePositives,
      false_positives: confusion.falsePositives,
      false_negatives: confusion.falseNegatives,
      true_negatives: confusion.trueNegatives,
    },
    top: topRows(curve),
    intervals: {
      roc_auc: rocAucBounds(probabilities, labels),
      ...shareBounds(confusion),
      log_loss: meanInterval(probabilities, labels, rowLogLoss),
      brier: meanInterval(probabilities, labels, (probability, label) => (probability - label) ** 2),
      ...bootstrapIntervals(curve, figuresAt(threshold), { seed, replicates }),
    },
    rows: labels.length,
    positives: curve.positives,
    mean_probability: calibration.meanProbability,
    positive_rate: calibration.positiveRate,
    bootstrap: { replicates, seed },
  }
}

function topRows(curve: RankingCurve): TopRows[] {
  return TOP_SHARES.flatMap(share => {
    const step = gainAt(curve, share)
    if (step === undefined) return []
    return [{ share, rows: step.rows, precision: step.positives / step.rows, lift: step.lift, gain: step.gain }]
  })
}

function rocAucBounds(probabilities: ArrayLike<number>, labels: ArrayLike<number>): Interval | null {
  const { low, high } = rocAucInterval(probabilities, labels)
  return Number.isNaN(low) ? null : { low, high }
}

function shareBounds({ truePositives, falsePositives, falseNegatives, trueNegatives }: Confusion) {
  const bounds = (count: number, total: number): Interval | null => {
    if (total === 0) return null
    const { low, high } = shareOf(count, total)
    return { low, high }
  }
  const wrong = falsePositives + falseNegatives
  const right = truePositives + trueNegatives
  return {
    accuracy: bounds(right, right + wrong),
    precision: bounds(truePositives, truePositives + falsePositives),
    recall: bounds(truePositives, truePositives + falseNegatives),
  }
}

/** The figures of one bootstrap draw of the curve: everything is read from its counts. */
function figuresAt(threshold: number) {
  return (drawn: RankingCurve): Record<string, number> => {
    const { truePositives, falsePositives, positives } = drawn
    const called = pointsCalled(drawn, threshold)
    const found = called === 0 ? 0 : truePositives[called - 1]
    const wrong = called === 0 ? 0 : falsePositives[called - 1]
    const top = topRows(drawn).flatMap(({ share, precision, lift }) => [
      [`precision_at_${100 * share}_pct`, precision],
      [`lift_at_${100 * share}_pct`, lift],
    ])
    return {
      pr_auc: averagePrecisionOf(drawn),
      f1: (2 * found) / (found + wrong + positives),
      ks: kolmogorovSmirnovOf(drawn),
      ...Object.fromEntries(top),
    }
  }
}

/** Points of the curve at or above the threshold, by bisection: scores fall. */
function pointsCalled({ thresholds }: RankingCurve, threshold: number): number {
  let low = 0
  let high = thresholds.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isPositive(thresholds[middle], threshold)) low = middle + 1
    else high = middle
  }
  return low
}
