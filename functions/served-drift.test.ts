/** predict, drift and monitor over one sink, as they are deployed: nobody names a sample, a report or a history. */
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { batchSink } from '../shared/adapters/sinks/batching.ts'
import { makeFeatureCounter } from '../shared/adapters/sinks/feature-counter.ts'
import { openMemorySink } from '../shared/adapters/sinks/memory.ts'
import { openNone } from '../shared/adapters/sinks/none.ts'
import { makePredictionLog } from '../shared/adapters/sinks/prediction-log.ts'
import { makeRecords } from '../shared/adapters/sinks/records.ts'
import type { Sink } from '../shared/adapters/sinks/sink.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import type { DriftReport, ScoreDrift } from '../shared/core/drift/report.ts'
import type { Gauge } from '../shared/core/monitor/gauges.ts'
import type { Plan } from '../shared/core/monitor/plan.ts'
import { churnRow, profileFile, publishChampion } from './champion.fixture.ts'
import { makeDrift } from './drift.ts'
import { loadChampion } from './load-champion.ts'
import { loadMonitorRules, makeMonitor } from './monitor.ts'
import { makePredict } from './predict.ts'

const CONTRACT = await readContract('churn', { root: '' })
const VERSION = '20260101.abc1234.1'

/** Rows whose tenure goes up from `start`, fifty months round. */
const rows = (count: number, start = 1) =>
  Array.from({ length: count }, (_, i) =>
    churnRow({ tenure_months: start + (i % 50), plan_type: i % 3 === 0 ? 'Pro' : 'Basic' }),
  )
const REFERENCE = rows(600)
const SHIFTED = rows(600, 31)

const request = { path: '/', headers: {}, bodyBytes: 2, requestId: 'r', method: 'POST' }

/** A champion trained on REFERENCE, and the three functions on one sink. */
async function deploy({ sink = openMemorySink() as Sink, withScores = true, withProfile = true } = {}) {
  const storage = openMemory()
  const store = await publishChampion(storage, {}, withProfile ? await profileFile(REFERENCE, { withScores }) : {})
  const warnings: string[] = []
  const log = { warn: (message: string) => void warnings.push(message), error: () => {} }
  const now = () => new Date()
  const writer = batchSink(sink, { log })
  const counter = makeFeatureCounter(writer, { log, now })
  const records = makeRecords({ sink, writer, modelName: 'churn', now })
  const model = loadChampion(store)
  const predictions = makePredictionLog(writer, counter)
  const predict = makePredict({ loadModel: () => model, predictions, modelName: 'churn' })
  const gauges: Gauge[] = []
  const publish = async (some: readonly Gauge[]) => {
    gauges.push(...some)
    return { sent: some.length, lost: 0 }
  }
  const loadContract = async () => CONTRACT
  const drift = makeDrift({ storage, store: openModelStore(storage), loadContract, now, log, records, publish })
  const monitor = makeMonitor({ storage, loadRules: () => loadMonitorRules(store), records })
  return {
    sink,
    warnings,
    gauges,
    async predict(body: unknown) {
      await predict({ ...request, requestId: randomUUID(), body })
    },
    async written() {
      await counter.flush()
      await writer.flush()
    },
    drift: async (body: unknown = {}) => (await drift({ ...request, body })).body as DriftReport,
    monitor: async () => (await monitor({ ...request, body: {} })).body as Plan,
  }
}

test('shifted traffic is a drift report without a sample, its positive rate is published, and the monitor warns of it', async () => {
  const { predict, written, drift, monitor, gauges } = await deploy()
  for (let from = 0; from < SHIFTED.length; from += 100) await predict(SHIFTED.slice(from, from + 100))
  await written()
  const report = await drift()
  expect(report.overall_drift).toBe(true)
  expect(report.details.current).toMatchObject({ kind: 'served', source: VERSION, rows: 600 })
  const { positive_rate: rate } = report.details.prediction as ScoreDrift
  // Positive is a tenure of at most ten months: 120 of 600 rows before, and those round the corner now.
  expect(rate).toEqual({ reference: 120 / 600, current: 0 })
  expect(gauges).toContainEqual({ name: 'positive_rate', value: 0, labels: {} })
  expect(gauges).toContainEqual({
    name: 'psi',
    value: report.features.tenure_months,
    labels: { feature: 'tenure_months' },
  })
  const plan = await monitor()
  expect(['warn', 'critical']).toContain(plan.status)
  expect(plan.findings).toContainEqual({ drift_overall: true })
})

test('traffic like the training table has no drift, and the monitor says so', async () => {
  const { predict, written, drift, monitor } = await deploy()
  await predict(REFERENCE)
  await written()
  const { overall_drift, features, details } = await drift(undefined)
  expect([overall_drift, new Set(Object.values(features))]).toEqual([false, new Set([0])])
  expect(new Set(details.findings.map(({ code }) => code))).toEqual(new Set(['constant']))
  expect((await monitor()).findings).toContainEqual({ drift_overall: false })
})

test('features and scores of what was served drift by the numbers that the same rows have as a sample', async () => {
  const { predict, written, drift } = await deploy()
  await predict(SHIFTED)
  await written()
  const served = await drift()
  const sample = await drift({ current: SHIFTED })
  expect(served.features).toEqual(sample.features)
  expect(served.details.sample_size).toEqual(sample.details.sample_size)
  for (const [i, column] of served.details.columns.entries()) {
    const { bins, missing_rate, jensen_shannon } = sample.details.columns[i]
    expect(column).toMatchObject({ bins, missing_rate, jensen_shannon, chi_square: { p_adjusted: expect.any(Number) } })
    if (column.kind === 'number')
      expect([column.ks, column.wasserstein, column.mean.current]).toEqual([null, null, null])
  }
  expect(served.details.not_told).toContain('Kolmogorov-Smirnov')
  expect(sample.details).not.toHaveProperty('not_told')
})

test.each([
  ['nothing', 0, 'answered no row from 20'],
  ['too little', 216, 'answered 216 rows from 20'],
])('%s served is 409, and says of which version, when, and what to do', async (_, count, message) => {
  const { predict, written, drift } = await deploy()
  if (count > 0) await predict(rows(count))
  await written()
  await expect(drift()).rejects.toMatchObject({
    status: 409,
    message: expect.stringMatching(
      new RegExp(`^model version ${VERSION} ${message}.*drift needs 217: wait for more, ask for more days`),
    ),
  })
})

test('rows of other versions and refused requests take no part, and the report says so', async () => {
  const { sink, predict, written, drift } = await deploy()
  await predict(SHIFTED)
  await expect(predict([churnRow({ plan_type: 'Gold' })])).rejects.toMatchObject({ code: 'INVALID_ROWS' })
  await written()
  const { predictions, feature_counts } = (sink as ReturnType<typeof openMemorySink>).rows
  const alone = await drift()
  const copy = <Row>(list: readonly Row[]) =>
    list.map(row => ({ ...row, id: 'other', model_version: '20250101.abc1234.7' }))
  await sink.write(
    'predictions',
    copy(predictions).map(({ id, ...row }) => row),
  )
  await sink.write('feature_counts', copy(feature_counts))
  const report = await drift()
  expect(report.features).toEqual(alone.features)
  expect(report.details.findings.slice(0, 2).map(({ message }) => message)).toEqual([
    '600 rows of 1 other version in the same time (20250101.abc1234.7) take no part',
    'predict refused 1 request in the same time; what a sender has broken is not in these numbers',
  ])
})

test('rows that are older than the days asked for take no part', async () => {
  const { sink, predict, written, drift } = await deploy()
  await predict(SHIFTED)
  await written()
  const kept = (sink as ReturnType<typeof openMemorySink>).rows
  const threeDaysAgo = new Date(Date.now() - 3 * 86_400_000).toISOString()
  for (const list of [kept.predictions, kept.feature_counts]) {
    for (const [i, row] of list.entries()) (list as object[])[i] = { ...row, time: threeDaysAgo }
  }
  expect((await drift({ days: 4 })).details.current.rows).toBe(600)
  await expect(drift({ days: 2 })).rejects.toMatchObject({ message: expect.stringContaining('answered no row') })
})

test('a version without a profile answers, is not counted, and is told of once', async () => {
  const { sink, predict, written, drift, warnings } = await deploy({ withProfile: false })
  await predict(SHIFTED)
  await predict(SHIFTED)
  await written()
  await predict(SHIFTED)
  await written()
  const { predictions, feature_counts } = (sink as ReturnType<typeof openMemorySink>).rows
  expect([predictions.length, feature_counts.length]).toEqual([1800, 0])
  expect(warnings).toEqual([expect.stringContaining(`${VERSION} answers is not counted for drift: model version`)])
  await expect(drift()).rejects.toMatchObject({ status: 503, message: expect.stringContaining('has no profile.json') })
})

test('answers without any counts, as older versions of Treeline wrote them, are compared alone and the report says so', async () => {
  const { sink, predict, written, drift, monitor } = await deploy()
  await predict(SHIFTED)
  await written()
  ;(sink as ReturnType<typeof openMemorySink>).rows.feature_counts.length = 0
  const { overall_drift, features, details } = await drift()
  expect([overall_drift, new Set(Object.values(features)), details.current.rows]).toEqual([false, new Set([null]), 600])
  expect(details.prediction).toMatchObject({ drifted: true })
  expect(details.findings.map(({ message }) => message)).toContain(
    'no feature could be compared: too few served rows were counted',
  )
  const { findings, rationale } = await monitor()
  expect(findings).toContainEqual({ drift_missing: 'the report compares no feature' })
  expect(rationale).toContain('The drift report compares no feature, which counts as no drift.')
})

test('a few rows that were counted, after many that were not, are no drift of the features', async () => {
  const { sink, predict, written, drift } = await deploy()
  await predict(REFERENCE)
  await written()
  ;(sink as ReturnType<typeof openMemorySink>).rows.feature_counts.length = 0
  await predict(SHIFTED.slice(0, 20))
  await written()
  const { overall_drift, details } = await drift()
  expect([overall_drift, details.current.rows]).toEqual([false, 620])
  expect(details.findings[0].message).toBe(
    'the features of 20 of 620 served rows were counted, and 217 are needed to compare them; the answers are of all',
  )
})

test('a profile without scores compares the features and says why not the answers', async () => {
  const { predict, written, drift } = await deploy({ withScores: false })
  await predict(SHIFTED)
  await written()
  const { details, overall_drift } = await drift()
  expect(overall_drift).toBe(true)
  expect(details.prediction).toEqual({ absent: `the profile of model version ${VERSION} has no scores` })
})

test('without a sink there is nothing that was served, and the answer says what to name', async () => {
  const { predict, drift } = await deploy({ sink: openNone() })
  await predict(SHIFTED)
  await expect(drift()).rejects.toMatchObject({
    status: 409,
    message: 'there is no sink (SINK_URI is none), so nobody knows what was served; name a current sample',
  })
})
