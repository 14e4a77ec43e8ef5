import { expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { batchSink } from './batching.ts'
import { openMemorySink } from './memory.ts'
import { latestInSink, makeRecords } from './records.ts'
import { driftReport, metrics, outcome, prediction, timeAt } from './sink.fixture.ts'

const log = { warn: () => {} }
const now = () => new Date(timeAt(24 * 60))

function open() {
  const sink = openMemorySink()
  const writer = batchSink(sink, { log })
  return { sink, writer, records: makeRecords({ sink, writer, modelName: 'churn', now }) }
}

test('the history is what was measured and stored, and what was measured anew is stored once', async () => {
  const { sink, writer, records } = open()
  await sink.write('metrics', [metrics({ time: timeAt(-600), roc_auc: 0.7 }), metrics({ labelled: 0, scored: 1 })])
  await sink.write('predictions', [prediction(), prediction({ request_id: 'b', score: 0.75, class: '1' })])
  await sink.write('outcomes', [outcome(), outcome({ request_id: 'b', label: 0, actual: '0' })])
  for (let reading = 0; reading < 2; reading++) {
    const history = await records.history()
    expect(history?.points.map(({ metrics: { roc_auc, acc } }) => [roc_auc, acc])).toEqual([
      [0.7, 0.85],
      [0, 0],
    ])
    await writer.flush()
    expect(sink.rows.metrics.map(({ labelled }) => labelled)).toEqual([10, 0, 2])
  }
})

test('predictions of more than thirty days ago take no part, and nothing at all is no history', async () => {
  const { sink, records } = open()
  expect(await records.history()).toBeUndefined()
  await sink.write('predictions', [prediction({ time: timeAt(-29.5 * 24 * 60) }), prediction({ time: timeAt(0) })])
  expect((await records.history())?.points).toHaveLength(1)
})

test('the oldest hour is measured whole: a part of it would be written down as all of it', async () => {
  const sink = openMemorySink()
  const writer = batchSink(sink, { log })
  const halfPast = () => new Date(timeAt(30 * 24 * 60 + 30))
  const records = makeRecords({ sink, writer, modelName: 'churn', now: halfPast })
  await sink.write('predictions', [prediction({ time: timeAt(10) }), prediction({ time: timeAt(50) })])
  await records.history()
  await writer.flush()
  expect(sink.rows.metrics).toMatchObject([{ time: timeAt(0), scored: 2 }])
})

test('reports and plans are kept whole', async () => {
  const { sink, records } = open()
  const plan = { status: 'warn', findings: [], actions: ['open_incident'], rationale: 'because' } as const
  expect(await records.keepPlan(plan, { timeUs: 0, metrics: {}, modelVersion: '20260101.abc1234.1' })).toBe(true)
  expect(await records.keepPlan(plan, undefined)).toBe(true)
  const kept = { status: 'warn', plan: JSON.stringify(plan), model_name: 'churn' }
  expect(sink.rows.plans).toMatchObject([
    { ...kept, model_version: '20260101.abc1234.1' },
    { ...kept, model_version: null },
  ])
  await sink.write('drift_reports', [driftReport({ report: '{"a":1}' })])
  expect(await records.latestDrift()).toBe('{"a":1}')
})

test('a drift report that the sink cannot give is told and then it has none', async () => {
  const told: string[] = []
  const fail = () => Promise.reject(new AppError('SINK_FAILED', 'down'))
  const { sink, writer } = open()
  const failing = { ...sink, latestDrift: fail }
  const records = makeRecords({ sink: failing, writer, modelName: 'churn', now })
  const errors = { error: (message: string) => void told.push(message) }
  expect([await latestInSink(records, errors), await latestInSink(undefined, errors)]).toEqual([undefined, undefined])
  expect(told).toHaveLength(1)
})
