/** From log-odds to what is answered: a float32 probability, the very bits that model.onnx gives. */
import { type Calibrator, calibrate, NO_CALIBRATION } from '../calibration/calibrator.ts'

export function probabilitiesFromMargins(margins: Float64Array, calibrator: Calibrator = NO_CALIBRATION): Float32Array {
  return Float32Array.from(calibrate(calibrator, margins))
}
