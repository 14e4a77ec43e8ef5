/** Encoded rows through a registered model, in pieces that memory holds whatever the table's size. */
import { AppError } from '../../core/errors.ts'
import { MODEL_FILE } from '../../core/model/manifest.ts'
import type { FeatureMatrix } from '../../core/preprocess/preprocessor.ts'
import { openSession } from '../onnx/session.ts'
import type { NamedModel } from './named-model.ts'

/** Rows in one call of the runtime: larger tables would need their whole output and inner values at once. */
const ROWS_PER_CALL = 50_000

/** Rows from `from` on, and the probability of each. */
export interface ScoredPiece {
  readonly from: number
  readonly values: Float32Array
  readonly probabilities: Float32Array
}

export interface ScoreOptions {
  /** Told the rows scored so far. */
  readonly onRows?: (rows: number) => void
  /** Awaited for every piece, in order. */
  readonly onPiece?: (piece: ScoredPiece) => Promise<void>
  readonly rowsPerCall?: number
}

/** One probability for each row. Throws MODEL_CORRUPT for a model that cannot be loaded. */
export async function scoreRows(
  model: NamedModel,
  { rowCount, features, values }: FeatureMatrix,
  { onRows, onPiece, rowsPerCall = ROWS_PER_CALL }: ScoreOptions = {},
): Promise<Float32Array> {
  const { version } = model.manifest
  const session = await openSession(await model.readFile(MODEL_FILE)).catch(cause => {
    throw new AppError('MODEL_CORRUPT', `model version ${version} cannot be loaded`, { cause })
  })
  const scores = new Float32Array(rowCount)
  for (let from = 0; from < rowCount; from += rowsPerCall) {
    const to = Math.min(rowCount, from + rowsPerCall)
    const rows = values.subarray(from * features.length, to * features.length)
    const probabilities = await session.run(rows, to - from)
    scores.set(probabilities, from)
    await onPiece?.({ from, values: rows, probabilities })
    onRows?.(to)
  }
  return scores
}
