/**
 * From log-odds to probabilities that mean what they say. Rising in the margin, so the order of rows stays (isotonic may tie
 * neighbours). A calibrator reads the margin rounded to float32, here and in both ONNX files (from-calibrator.ts): what two
 * sums of the same terms differ by is then gone on both sides.
 */
import { sigmoid } from '../math/sigmoid.ts'
import { fitIsotonic, type IsotonicKnots, isotonicValues } from './isotonic.ts'
import { fitPlatt, type PlattFit, plattTargets } from './platt.ts'

/** Plain data, as model.json holds it. */
export type Calibrator =
  | { readonly method: 'none' }
  | ({ readonly method: 'platt' } & PlattFit)
  | ({ readonly method: 'isotonic' } & IsotonicKnots)

export type CalibrationMethod = Calibrator['method']

/** The largest float32: what a margin beyond it is rounded to, so that no infinity is calculated with. */
export const MOST_MARGIN = 3.4028234663852886e38

export const NO_CALIBRATION: Calibrator = Object.freeze({ method: 'none' })

function roundMargins(margins: Float64Array): Float64Array {
  return margins.map(margin => Math.min(Math.max(Math.fround(margin), -MOST_MARGIN), MOST_MARGIN))
}

/** Probabilities in double, one per row. */
export function calibrate(calibrator: Calibrator, margins: Float64Array): Float64Array {
  if (calibrator.method === 'none') return margins.map(sigmoid)
  const rounded = roundMargins(margins)
  if (calibrator.method === 'isotonic') return isotonicValues(calibrator, rounded)
  const { slope, intercept } = calibrator
  return rounded.map(margin => sigmoid(slope * margin + intercept))
}

/**
 * Labels 0 or 1, of the margins' rows. undefined: the margins do not rank these rows, so that a rising calibrator would give
 * all of them one probability.
 */
export function fitCalibrator(
  method: CalibrationMethod,
  margins: Float64Array,
  labels: Uint8Array,
): Calibrator | undefined {
  if (method === 'none') return NO_CALIBRATION
  const rounded = roundMargins(margins)
  if (method === 'platt') {
    const fit = fitPlatt(rounded, labels)
    return fit.slope > 0 ? { method, ...fit } : undefined
  }
  const { margins: knots, values } = fitIsotonic(rounded, labels)
  // The outermost blocks often hold one class: 0 or 1 would claim what no number of rows can show, at an infinite log loss.
  const { negative, positive } = plattTargets(labels)
  const bounded = values.map(value => Math.min(Math.max(value, negative), positive))
  return bounded[0] < bounded[bounded.length - 1] ? { method, margins: knots, values: bounded } : undefined
}
