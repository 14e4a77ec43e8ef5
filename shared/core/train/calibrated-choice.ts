/** A chosen model with what turns its log-odds into answers: the calibrator, and the threshold of the positive class. */
import { type CalibrationChoice, chooseCalibrator } from '../calibration/choose-calibrator.ts'
import { deriveSeed } from '../math/random.ts'
import { chooseThreshold, type ThresholdChoice } from '../metrics/choose-threshold.ts'
import { rankingCurve } from '../metrics/ranking.ts'
import { FAMILIES } from '../model/family.ts'
import { probabilitiesFromMargins } from '../model/score.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import type { Choice } from './choose.ts'
import type { RunDocument } from './run.ts'

export interface CalibratedChoice extends Choice {
  readonly calibration: CalibrationChoice
  readonly threshold: ThresholdChoice
}

/**
 * Calibrator and threshold, both from what the kept candidate said about the validation part before the refit. Honest,
 * because that candidate had not trained on those rows and no held-out row takes part. The refit model has the same size and
 * a quarter more rows, so its margins mean nearly the same; what is left of the difference shows in the held-out figures.
 */
export function calibrateChoice(choice: Choice, run: RunDocument): CalibratedChoice {
  const { margins, labels } = choice.validation
  const seed = deriveSeed(run.seed, 'calibration')
  const calibration = chooseCalibrator(choice.validation, { method: run.calibration, seed })
  const curve = rankingCurve(probabilitiesFromMargins(margins, calibration.calibrator), labels)
  const request = { rule: run.threshold, ...(run.costs ? { costs: run.costs } : {}) }
  return { ...choice, calibration, threshold: chooseThreshold(curve, request) }
}

/** The answers of a chosen model, float32 as both ONNX files give them. */
export function predictWith({ fitted, calibration }: CalibratedChoice, matrix: FeatureMatrix): Float32Array {
  return probabilitiesFromMargins(FAMILIES[fitted.family].predict(fitted.model, matrix), calibration.calibrator)
}
