/**
 * A BigQuery that fails in every way it can, behind a real server: what predict answers and how long it takes stays as it
 * is, and what is lost is counted, told in the log and shown in /health.
 */
import { afterEach, expect, test } from 'vitest'
import type { Log } from '../shared/adapters/http/log.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { batchSink } from '../shared/adapters/sinks/batching.ts'
import { openBigQuery } from '../shared/adapters/sinks/bigquery.ts'
import {
  ACCEPT,
  apiError,
  type Behaviour,
  type FakeBigQuery,
  startFakeBigQuery,
} from '../shared/adapters/sinks/bigquery-server.fixture.ts'
import { openSink } from '../shared/adapters/sinks/open-sink.ts'
import { makePredictionLog } from '../shared/adapters/sinks/prediction-log.ts'
import type { Sink } from '../shared/adapters/sinks/sink.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import { DEFAULT_MONITOR_RULES } from '../shared/core/contract/monitoring-rules.ts'
import { churnRow, publishChampion } from './champion.fixture.ts'
import { loadChampion } from './load-champion.ts'
import { makeRoutes } from './routes.ts'
import { startServer } from './server.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const QUIET: Log = { request: () => {}, info: () => {}, warn: () => {}, error: () => {} }

async function serve(sink: Sink) {
  const told: string[] = []
  const log = { ...QUIET, warn: (message: string) => void told.push(message) }
  const writer = batchSink(sink, { log, delayMs: 5, backoffMs: 5, tries: 3, callTimeoutMs: 300 })
  const storage = openMemory()
  const store = await publishChampion(storage)
  const champion = await loadChampion(store)
  const loadModel = async () => champion
  const routes = makeRoutes({
    loadModel,
    models: { store, champion: { loadModel, reload: loadModel }, adminToken: undefined },
    predictions: makePredictionLog(writer),
    modelName: 'churn',
    details: () => (writer.losses.rows === 0 ? undefined : { sink: { lost_rows: writer.losses.rows } }),
    drift: {
      storage,
      store: openModelStore(storage),
      loadContract: () => Promise.reject(new Error('not called')),
      now: () => new Date(),
      log,
    },
    monitor: { storage, loadRules: async () => DEFAULT_MONITOR_RULES },
  })
  const server = await startServer({ routes, log, port: 0, host: '127.0.0.1' })
  cleanups.push(() => server.close({ timeoutMs: 100 }))
  return { url: `http://127.0.0.1:${server.port}`, writer, told }
}

async function openFake(behaviour?: Behaviour): Promise<{ server: FakeBigQuery; sink: Sink }> {
  const server = await startFakeBigQuery(behaviour)
  cleanups.push(() => server.close())
  const options = { project: 'my-project', dataset: 'ds', apiEndpoint: server.endpoint, timeoutMs: 200 }
  return { server, sink: openBigQuery(options) }
}

/** Answers without their request ids, and how long each took. */
async function ask(url: string, requests: number) {
  const body = JSON.stringify([churnRow(), churnRow({ tenure_months: 40 })])
  const headers = { 'content-type': 'application/json' }
  const answers: unknown[] = []
  const latencies: number[] = []
  for (let i = 0; i < requests; i++) {
    const before = performance.now()
    const response = await fetch(`${url}/predict`, { method: 'POST', headers, body })
    const { request_id: _, ...answer } = (await response.json()) as { request_id: string }
    latencies.push(performance.now() - before)
    answers.push([response.status, answer])
  }
  return { answers, latencies: latencies.sort((a, b) => a - b) }
}

const REQUESTS = 150

test('what was answered arrives in BigQuery, one row for each', async () => {
  const { server, sink } = await openFake(ACCEPT)
  const { url, writer } = await serve(sink)
  await ask(url, 20)
  await writer.flush()
  // A try that took too long on a busy machine is repeated under the same insert ids, which BigQuery takes once.
  const written = server.calls.flatMap(({ body }) => body.rows ?? [])
  const rows = [...new Map(written.map(row => [row.insertId, row])).values()]
  expect(rows).toHaveLength(40)
  expect(new Set(rows.map(({ json }) => json.request_id)).size).toBe(20)
  expect(writer.losses.rows).toBe(0)
})

test.each<[string, Behaviour, string, number]>([
  ['503', () => apiError(503, 'backendError', 'try later'), '503 try later', 1],
  ['429', () => apiError(429, 'rateLimitExceeded', 'slow down'), '429 slow down', 1],
  ['a missing permission', () => apiError(403, 'accessDenied', 'Access Denied'), '403 Access Denied', 1],
  ['a hang', () => 'hang', '(tried 3 times)', 1],
  [
    'a partial failure',
    ({ body }) => ({ status: 200, body: { insertErrors: oddRows(body.rows?.length ?? 0) } }),
    'invalid: score: bad',
    0.5,
  ],
])(
  'BigQuery with %s changes no reply and no latency, and the losses are counted and told',
  async (_, behave, reason, lost) => {
    const healthy = await serve(openSink('none'))
    const { sink } = await openFake(behave)
    const failing = await serve(sink)
    // Warm both up before anything is compared.
    await ask(healthy.url, 20)
    await ask(failing.url, 20)
    const expected = await ask(healthy.url, REQUESTS)
    const got = await ask(failing.url, REQUESTS)
    expect(got.answers).toEqual(expected.answers)
    // A reply that waited for the sink would take its timeouts and pauses, 200 ms and more, each time. The bound leaves room
    // for a busy machine.
    const [median, usual] = [got, expected].map(({ latencies }) => latencies[REQUESTS >> 1])
    expect(median).toBeLessThan(usual + 30)
    await failing.writer.close()
    expect(failing.writer.losses.rows).toBe((20 + REQUESTS) * 2 * lost)
    expect(failing.told[0]).toContain(reason)
    expect(failing.told.at(-1)).toContain(`(${failing.writer.losses.rows} since the start)`)
    const health = await fetch(`${failing.url}/health`)
    expect([health.status, await health.json()]).toEqual([
      200,
      { status: 'ok', details: { sink: { lost_rows: failing.writer.losses.rows } } },
    ])
  },
)

const oddRows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    index,
    errors: [{ reason: 'invalid', location: 'score', message: 'bad' }],
  })).filter(({ index }) => index % 2 === 1)

test('a sink in a folder that cannot be written is told once, and every reply is as it was', async () => {
  const { url, writer, told } = await serve(openSink('sqlite:/dev/null/none/treeline.db'))
  const { answers } = await ask(url, 20)
  expect(answers.every(answer => (answer as [number])[0] === 200)).toBe(true)
  await writer.flush()
  expect(told).toEqual([expect.stringContaining('cannot write sqlite:/dev/null/none/treeline.db')])
  expect(writer.losses.rows).toBe(40)
})
