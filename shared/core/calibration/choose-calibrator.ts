/**
 * Whether calibration helps, and which. Decided inside the calibration part by cross-fitting: a calibrator is compared on
 * rows that it was not fitted on. The simpler method stays unless the next one lowers the log loss by more than the standard
 * error of the gain: most models need none, and a calibrator that only follows noise costs more than it brings. (A gain of
 * one standard error is a slope two of its own away from 1: the log-likelihood gains z^2 / 2 with a deviation of z.)
 */
import { deriveSeed } from '../math/random.ts'
import { rowLogLoss } from '../metrics/probability.ts'
import { foldStratified, otherRows } from '../table/split.ts'
import { type CalibrationMethod, type Calibrator, calibrate, fitCalibrator, NO_CALIBRATION } from './calibrator.ts'

export interface CalibrationComparison {
  readonly method: CalibrationMethod
  /** Mean over all rows of the part, each by a calibrator of the other folds. */
  readonly log_loss: number
  /** What it is compared with, by how much it is better, and the standard error of that; absent for `none`. */
  readonly against?: CalibrationMethod
  readonly gain?: number
  readonly standard_error?: number
}

export interface CalibrationChoice {
  readonly calibrator: Calibrator
  readonly asked: CalibrationMethod | 'auto'
  /** Rows of the calibration part. */
  readonly rows: number
  /** Empty unless asked for auto. */
  readonly compared: readonly CalibrationComparison[]
  /** In words. */
  readonly reason: string
}

export interface CalibrationPart {
  /** Of a model that was not trained on these rows. */
  readonly margins: Float64Array
  readonly labels: Uint8Array
}

const FOLDS = 5
/** Rows of the rarer class that a comparison needs: two in each fold. */
const MIN_CLASS_ROWS = 2 * FOLDS

export function chooseCalibrator(
  part: CalibrationPart,
  { method, seed }: { readonly method: CalibrationMethod | 'auto'; readonly seed: number },
): CalibrationChoice {
  const { margins, labels } = part
  const chosen = (name: CalibrationMethod, reason: string, compared: readonly CalibrationComparison[] = []) => {
    const calibrator = fitCalibrator(name, margins, labels)
    return {
      calibrator: calibrator ?? NO_CALIBRATION,
      asked: method,
      rows: labels.length,
      compared,
      reason: calibrator ? reason : `${name} was left out: the model does not rank the rows of the calibration part`,
    }
  }
  if (method !== 'auto') return chosen(method, 'the run asks for it')
  const positives = labels.reduce((sum, label) => sum + label, 0)
  const rarer = Math.min(positives, labels.length - positives)
  if (rarer < MIN_CLASS_ROWS) {
    return chosen('none', `the calibration part has ${rarer} rows of the rarer class; needed: ${MIN_CLASS_ROWS}`)
  }
  return compareMethods(part, seed, chosen)
}

function compareMethods(
  part: CalibrationPart,
  seed: number,
  chosen: (name: CalibrationMethod, reason: string, compared: readonly CalibrationComparison[]) => CalibrationChoice,
): CalibrationChoice {
  const folds = foldStratified(part.labels, FOLDS, deriveSeed(seed, 'calibration'))
  let kept: { method: CalibrationMethod; losses: Float64Array } = {
    method: 'none',
    losses: crossLosses('none', part, folds)!,
  }
  const compared: CalibrationComparison[] = [{ method: 'none', log_loss: meanOf(kept.losses) }]
  let reason = 'neither Platt nor isotonic lowers the cross-fitted log loss by more than its standard error'
  for (const method of ['platt', 'isotonic'] as const) {
    const losses = crossLosses(method, part, folds)
    if (losses === undefined) continue
    const gains = losses.map((loss, row) => kept.losses[row] - loss)
    const gain = meanOf(gains)
    const standardError = standardErrorOf(gains, gain)
    compared.push({
      method,
      log_loss: meanOf(losses),
      against: kept.method,
      gain,
      standard_error: standardError,
    })
    if (!(gain > standardError)) continue
    reason = `its cross-fitted log loss is lower than that of ${kept.method} by more than the standard error`
    kept = { method, losses }
  }
  return chosen(kept.method, reason, compared)
}

/** Log loss of each row under a calibrator of the other folds; undefined: one of the folds cannot be fitted. */
function crossLosses(
  method: CalibrationMethod,
  { margins, labels }: CalibrationPart,
  folds: readonly Uint32Array[],
): Float64Array | undefined {
  const losses = new Float64Array(labels.length)
  for (const fold of folds) {
    const rest = otherRows(labels.length, fold)
    const calibrator = fitCalibrator(
      method,
      Float64Array.from(rest, row => margins[row]),
      Uint8Array.from(rest, row => labels[row]),
    )
    if (calibrator === undefined) return undefined
    const probabilities = calibrate(
      calibrator,
      Float64Array.from(fold, row => margins[row]),
    )
    fold.forEach((row, i) => {
      losses[row] = rowLogLoss(probabilities[i], labels[row])
    })
  }
  return losses
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function standardErrorOf(values: Float64Array, mean: number): number {
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1) / values.length)
}
