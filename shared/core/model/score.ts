/** From log-odds to what is answered: a float32 probability, the very bits that model.onnx gives. */
import { sigmoid } from '../math/sigmoid.ts'

export function probabilitiesFromMargins(margins: Float64Array): Float32Array {
  return Float32Array.from(margins, sigmoid)
}
