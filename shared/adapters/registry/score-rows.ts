/** Encoded rows through a registered model, in pieces that memory holds whatever the table's size. */
import { AppError } from '../../core/errors.ts'
import { MODEL_FILE } from '../../core/model/manifest.ts'
import type { FeatureMatrix } from '../../core/preprocess/preprocessor.ts'
import { openSession } from '../onnx/session.ts'
import type { NamedModel } from './named-model.ts'

/** Rows in one call of the runtime: larger tables would need their whole output and inner values at once. */
const ROWS_PER_CALL = 50_000

/** One probability for each of `rowCount` encoded rows. */
export type Scorer = (values: Float32Array, rowCount: number) => Promise<Float32Array>

/** Throws MODEL_CORRUPT for a model that cannot be loaded. */
export async function openScorer(model: NamedModel): Promise<Scorer> {
  const session = await openSession(await model.readFile(MODEL_FILE)).catch(cause => {
    throw new AppError('MODEL_CORRUPT', `model version ${model.manifest.version} cannot be loaded`, { cause })
  })
  return (values, rowCount) => session.run(values, rowCount)
}

export interface ScoreOptions {
  /** Told the rows scored so far. */
  readonly onRows?: (rows: number) => void
}

/** One probability for each row of a whole table. Throws as openScorer does. */
export async function scoreRows(
  model: NamedModel,
  { rowCount, features, values }: FeatureMatrix,
  { onRows }: ScoreOptions = {},
): Promise<Float32Array> {
  const score = await openScorer(model)
  const scores = new Float32Array(rowCount)
  for (let from = 0; from < rowCount; from += ROWS_PER_CALL) {
    const to = Math.min(rowCount, from + ROWS_PER_CALL)
    const rows = values.subarray(from * features.length, to * features.length)
    scores.set(await score(rows, to - from), from)
    onRows?.(to)
  }
  return scores
}
