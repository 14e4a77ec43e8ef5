/**
 * What predict tells the sink of each request: its rows, or that it could not be answered. Telling costs one object; hashes
 * and rows are made when they are written.
 */
import { hash } from 'node:crypto'
import type { FeatureBins } from '../../core/drift/feature-bins.ts'
import type { ClassValue } from '../../core/model/manifest.ts'
import type { PredictionRow } from '../../core/sink/sink-tables.ts'
import type { RowSource, SinkWriter } from './batching.ts'
import type { FeatureCounter } from './feature-counter.ts'

export interface AnsweredRequest {
  readonly requestId: string
  readonly time: Date
  /** undefined: rows that a command scored. */
  readonly latencyMs?: number
  readonly modelName: string
  readonly modelVersion: string
  /** The encoded rows, row-major, and one prediction for each. Neither may change any more. */
  readonly values: Float32Array
  readonly predictions: readonly { readonly probability: number; readonly class: ClassValue }[]
  /** The bins of the version's drift profile; absent: the rows are not counted. */
  readonly loadBins?: () => Promise<readonly FeatureBins[]>
  /** Place of the first row in its request; default 0. */
  readonly firstRow?: number
}

export interface FailedRequest {
  readonly requestId: string
  readonly time: Date
  readonly latencyMs: number
  readonly modelName: string
  readonly modelVersion?: string
  readonly status: number
}

export interface PredictionLog {
  answered(request: AnsweredRequest): void
  failed(request: FailedRequest): void
}

/** Hexadecimal digits: 128 bits, so that two rows never share one by chance. */
const HASH_DIGITS = 32

export function makePredictionLog(
  writer: Pick<SinkWriter, 'add'>,
  counter?: Pick<FeatureCounter, 'count'>,
): PredictionLog {
  return {
    answered(request) {
      writer.add('predictions', rowsOf(request))
      const { loadBins, modelName, modelVersion, values } = request
      if (loadBins !== undefined) counter?.count({ modelName, modelVersion, values, loadBins })
    },
    failed({ requestId, time, latencyMs, modelName, modelVersion = null, status }) {
      const row: PredictionRow = {
        time: time.toISOString(),
        request_id: requestId,
        row_index: 0,
        model_name: modelName,
        model_version: modelVersion,
        features_hash: null,
        score: null,
        class: null,
        latency_ms: latencyMs,
        status,
      }
      writer.add('predictions', { count: 1, make: () => [row] })
    },
  }
}

function rowsOf(request: AnsweredRequest): RowSource<PredictionRow> {
  const { requestId, latencyMs = null, modelName, modelVersion, values, predictions, firstRow = 0 } = request
  const time = request.time.toISOString()
  const width = values.length / predictions.length
  return {
    count: predictions.length,
    make: (from, to) =>
      predictions.slice(from, to).map((prediction, i): PredictionRow => {
        const row = from + i
        return {
          time,
          request_id: requestId,
          row_index: firstRow + row,
          model_name: modelName,
          model_version: modelVersion,
          features_hash: hashRow(values.subarray(row * width, (row + 1) * width)),
          score: prediction.probability,
          class: String(prediction.class),
          latency_ms: latencyMs,
          status: 200,
        }
      }),
  }
}

function hashRow(values: Float32Array): string {
  return hash('sha256', new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).slice(0, HASH_DIGITS)
}
