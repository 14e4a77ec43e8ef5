/**
 * POST /predict: rows in, probabilities and classes out, in the same order. All rows go through the model in one call.
 * What was answered is told to the prediction log, which costs the request nothing and cannot fail it.
 */
import { MAX_ROWS } from '../shared/adapters/http/endpoint.ts'
import type { Handler, HttpResponse } from '../shared/adapters/http/handler.ts'
import { shortFloat32 } from '../shared/adapters/http/short-float32.ts'
import type { AnsweredRequest, PredictionLog } from '../shared/adapters/sinks/prediction-log.ts'
import { AppError } from '../shared/core/errors.ts'
import type { ClassValue } from '../shared/core/model/manifest.ts'

/** A model version, ready to answer. */
export interface ServingModel {
  readonly name: string
  readonly version: string
  /** A row is positive when its probability >= threshold. */
  readonly threshold: number
  readonly classes: readonly [negative: ClassValue, positive: ClassValue]
  /** Throws INVALID_ROWS with every problem of every row. */
  encodeRows(rows: readonly unknown[]): { values: Float32Array; rowCount: number }
  /** The bins that its rows are counted into. */
  readonly loadBins?: AnsweredRequest['loadBins']
  /** One float32 probability per row. */
  run(values: Float32Array, rowCount: number): Promise<Float32Array>
}

export interface PredictDeps {
  /** Cheap once the model is there; rejects with NO_CHAMPION, MODEL_CORRUPT or STORAGE_FAILED. */
  readonly loadModel: () => Promise<ServingModel>
  /** Absent: nothing is kept of what was answered. */
  readonly predictions?: PredictionLog
  /** What failed requests are logged under: the contract's name. */
  readonly modelName?: string
}

export function makePredict({ loadModel, predictions, modelName = '' }: PredictDeps): Handler {
  return async ({ body, requestId }) => {
    const startedAt = performance.now()
    let modelVersion: string | undefined
    try {
      const rows = rowsOf(body)
      const model = await loadModel()
      modelVersion = model.version
      const { values, rowCount } = model.encodeRows(rows)
      const answered = predictionsOf(model, await model.run(values, rowCount))
      const latencyMs = performance.now() - startedAt
      const asked = { requestId, time: new Date(), latencyMs, modelName: model.name, modelVersion }
      predictions?.answered({ ...asked, loadBins: model.loadBins, values, predictions: answered })
      return answer(model, answered, requestId)
    } catch (error) {
      const status = error instanceof AppError ? error.status : 500
      const latencyMs = performance.now() - startedAt
      predictions?.failed({ requestId, time: new Date(), latencyMs, modelName, modelVersion, status })
      throw error
    }
  }
}

/** The rows of a body: a list of rows, or one row. What a row must be is the encoder's business. */
function rowsOf(body: unknown): readonly unknown[] {
  if (!Array.isArray(body)) {
    if (typeof body === 'object' && body !== null) return [body]
    throw body === undefined ? emptyRequest('the request has no body') : notRows(body)
  }
  if (body.length === 0) throw emptyRequest('the list of rows is empty')
  if (body.length > MAX_ROWS) {
    const [came, limit] = [body.length, MAX_ROWS].map(count => count.toLocaleString('en'))
    throw new AppError('PAYLOAD_TOO_LARGE', `a request may have ${limit} rows; this one has ${came}`)
  }
  return body
}

function emptyRequest(what: string): AppError {
  const message = `${what}; send a JSON list of rows, or one row`
  return new AppError('INVALID_ROWS', message, { problems: [{ code: 'empty_request', message }] })
}

function notRows(body: unknown): AppError {
  const came = body === null ? 'null' : `a ${typeof body}`
  const message = `the body is ${came}; send a JSON list of rows, or one row`
  return new AppError('INVALID_ROWS', message, { problems: [{ code: 'wrong_type', message }] })
}

export interface Prediction {
  readonly probability: number
  readonly class: ClassValue
}

/**
 * Threshold and probabilities are shortened alike, which keeps their order: a client that compares the numbers it got finds
 * the class it got, and both are what float32 arithmetic says.
 */
const shownThreshold = ({ threshold }: Pick<ServingModel, 'threshold'>) => shortFloat32(Math.fround(threshold))

/** One prediction for each probability, as it is answered. */
export function predictionsOf(
  model: Pick<ServingModel, 'threshold' | 'classes'>,
  probabilities: Float32Array,
): Prediction[] {
  const { classes } = model
  const threshold = shownThreshold(model)
  const predictions = new Array<Prediction>(probabilities.length)
  for (let row = 0; row < predictions.length; row++) {
    const probability = shortFloat32(probabilities[row])
    predictions[row] = { probability, class: classes[probability >= threshold ? 1 : 0] }
  }
  return predictions
}

function answer(model: ServingModel, predictions: readonly Prediction[], requestId: string): HttpResponse {
  const { name, version } = model
  return {
    status: 200,
    body: { predictions, model: { name, version, threshold: shownThreshold(model) }, request_id: requestId },
    log: { model_name: name, model_version: version, rows: predictions.length },
  }
}
