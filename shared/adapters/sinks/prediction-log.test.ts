import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { batchSink } from './batching.ts'
import { openMemorySink } from './memory.ts'
import { makePredictionLog } from './prediction-log.ts'

function record() {
  const sink = openMemorySink()
  const writer = batchSink(sink, { log: { warn: () => {} }, batchRows: 2 })
  return { sink, writer, log: makePredictionLog(writer) }
}

const time = new Date('2026-01-05T10:00:00.123Z')
const asked = { requestId: 'r-1', time, latencyMs: 3.5, modelName: 'churn', modelVersion: 'v1' }

test('each row of a request is a row of the sink, with the hash of its own encoded values', async () => {
  const { sink, writer, log } = record()
  const values = Float32Array.of(1, Number.NaN, 2, 3, 1, Number.NaN)
  const predictions = [0.25, 0.75, 0.25].map(p => ({ probability: p, class: p >= 0.5 ? '>50K' : '<=50K' }))
  log.answered({ ...asked, values, predictions })
  await writer.flush()
  // The oracle: SHA-256 of the float32 bytes of each row.
  const hashes = [0, 2, 4].map(at => {
    const bytes = Buffer.from(values.slice(at, at + 2).buffer)
    return createHash('sha256').update(bytes).digest('hex').slice(0, 32)
  })
  expect(hashes[0]).toBe(hashes[2])
  expect(sink.rows.predictions).toEqual(
    hashes.map((features_hash, row_index) => ({
      time: '2026-01-05T10:00:00.123Z',
      request_id: 'r-1',
      row_index,
      model_name: 'churn',
      model_version: 'v1',
      features_hash,
      score: row_index === 1 ? 0.75 : 0.25,
      class: row_index === 1 ? '>50K' : '<=50K',
      latency_ms: 3.5,
      status: 200,
    })),
  )
})

test('a later piece of a table goes on counting, without a latency', async () => {
  const { sink, writer, log } = record()
  const { latencyMs: _, ...piece } = asked
  log.answered({ ...piece, values: Float32Array.of(7), predictions: [{ probability: 1, class: 1 }], firstRow: 5000 })
  await writer.flush()
  expect(sink.rows.predictions).toMatchObject([{ row_index: 5000, latency_ms: null, class: '1' }])
})

test('a request that could not be answered is one row without a score', async () => {
  const { sink, writer, log } = record()
  log.failed({ requestId: 'r-2', time, latencyMs: 1, modelName: 'churn', status: 503 })
  await writer.flush()
  const none = { model_version: null, features_hash: null, score: null, class: null }
  expect(sink.rows.predictions).toMatchObject([{ request_id: 'r-2', row_index: 0, status: 503, ...none }])
})
