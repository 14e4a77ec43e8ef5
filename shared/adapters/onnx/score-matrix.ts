/** A model file's answers to any number of encoded rows, in bounded memory. */
import type { FeatureMatrix } from '../../core/preprocess/preprocessor.ts'
import { openSession } from './session.ts'

/** Rows in one call of the runtime: larger tables would need their whole output and inner values at once. */
const ROWS_PER_CALL = 50_000

/** `onRows` is told the rows scored so far. Rejects with onnxruntime's own error for bytes that are no model. */
export async function scoreMatrix(
  model: Uint8Array,
  { rowCount, features, values }: FeatureMatrix,
  onRows: (rows: number) => void = () => {},
): Promise<Float32Array> {
  const session = await openSession(model)
  const probabilities = new Float32Array(rowCount)
  for (let from = 0; from < rowCount; from += ROWS_PER_CALL) {
    const to = Math.min(rowCount, from + ROWS_PER_CALL)
    const rows = values.subarray(from * features.length, to * features.length)
    probabilities.set(await session.run(rows, to - from), from)
    onRows(to)
  }
  return probabilities
}
