import { expect, test } from 'vitest'
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { MAX_ROWS, makeEndpoint } from '../shared/adapters/http/endpoint.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { batchSink } from '../shared/adapters/sinks/batching.ts'
import { openMemorySink } from '../shared/adapters/sinks/memory.ts'
import { makeRecords } from '../shared/adapters/sinks/records.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import type { Storage } from '../shared/adapters/storage/storage.ts'
import { lenientTableOfRows } from '../shared/adapters/tables/lenient-table.ts'
import { makeProfile } from '../shared/core/drift/profile.ts'
import { PROFILE_FILE, profileToDocument } from '../shared/core/drift/profile-document.ts'
import type { DriftReport } from '../shared/core/drift/report.ts'
import { AppError } from '../shared/core/errors.ts'
import { parseDriftReport } from '../shared/core/monitor/drift-evidence.ts'
import { driftGauges, type Gauge } from '../shared/core/monitor/gauges.ts'
import { churnRow, publishChampion } from './champion.fixture.ts'
import { type DriftDeps, MAX_SAMPLE_BYTES, makeDrift, makeDriftCheck, makeLatestDrift } from './drift.ts'

const CONTRACT = await readContract('churn', { root: '' })
const bytes = (text: string) => new TextEncoder().encode(text)

/** Rows whose tenure goes up from `start`. */
const rows = (count: number, start = 1) =>
  Array.from({ length: count }, (_, i) => churnRow({ tenure_months: start + (i % 50) }))
const REFERENCE = rows(400)
const SHIFTED = rows(400, 31)

function csvOf(list: readonly Record<string, unknown>[]): string {
  return [Object.keys(list[0]), ...list.map(row => Object.values(row))].map(cells => `${cells.join(',')}\n`).join('')
}

function depsOf(storage: Storage, overrides: Partial<DriftDeps> = {}): DriftDeps {
  return {
    storage,
    store: openModelStore(storage),
    loadContract: async () => CONTRACT,
    now: () => new Date('2026-01-02T03:04:05Z'),
    log: { error: () => {} },
    ...overrides,
  }
}

const request = { path: '/drift', headers: {}, bodyBytes: 2, requestId: 'r' }

async function post(body: unknown, deps = depsOf(openMemory())) {
  const response = await makeDrift(deps)({ ...request, method: 'POST', body })
  return { ...response, report: response.body as DriftReport }
}

async function withProfile(): Promise<Storage> {
  const storage = openMemory()
  const { table } = lenientTableOfRows(REFERENCE, CONTRACT, 'reference')
  const document = profileToDocument(makeProfile(table, CONTRACT))
  await publishChampion(storage, {}, { [PROFILE_FILE]: bytes(JSON.stringify(document)) })
  return storage
}

test('two lists of rows give the report, with exactly the three keys and the details', async () => {
  const { status, report, log } = await post({ reference: REFERENCE, current: SHIFTED })
  expect(status).toBe(200)
  expect(Object.keys(report)).toEqual(['threshold', 'overall_drift', 'features', 'details'])
  expect(report.overall_drift).toBe(true)
  expect(report.features.tenure_months).toBeGreaterThan(0.2)
  expect(report.features.plan_type).toBe(0)
  expect(report.details).toMatchObject({
    created_at: '2026-01-02T03:04:05.000Z',
    reference: { kind: 'table', source: 'request', rows: 400 },
    prediction: { absent: expect.stringContaining('over HTTP') },
  })
  expect(log).toEqual({ overall_drift: true, rows: 400, reference_rows: 400 })
})

test('keys of the store give the same numbers as the rows, in CSV and in JSON Lines', async () => {
  const storage = openMemory()
  await storage.write('samples/ref.csv', bytes(csvOf(REFERENCE)))
  await storage.write('samples/new.jsonl', bytes(SHIFTED.map(row => `${JSON.stringify(row)}\n`).join('')))
  const { report } = await post({ reference: 'samples/ref.csv', current: 'samples/new.jsonl' }, depsOf(storage))
  expect(report.features).toEqual((await post({ reference: REFERENCE, current: SHIFTED })).report.features)
  expect(report.details.current).toEqual({ kind: 'table', source: 'samples/new.jsonl', rows: 400 })
})

test('while a large sample is read, other work gets its turn between the pieces', async () => {
  const storage = openMemory()
  await storage.write('small.csv', bytes(csvOf(SHIFTED)))
  await storage.write('large.csv', bytes(csvOf(rows(20_000))))
  // The first one also loads the parser.
  await post({ reference: REFERENCE, current: 'small.csv' }, depsOf(storage))
  let turns = 0
  let handle = setImmediate(function count() {
    turns++
    handle = setImmediate(count)
  })
  await post({ reference: REFERENCE, current: 'large.csv' }, depsOf(storage))
  clearImmediate(handle)
  expect(turns).toBeGreaterThanOrEqual(3)
})

test('without a reference the champion’s profile is the reference', async () => {
  const { report } = await post({ current: SHIFTED }, depsOf(await withProfile()))
  expect(report.details.reference).toEqual({ kind: 'profile', source: '20260101.abc1234.1', rows: 400 })
  expect(report.features).toEqual((await post({ reference: REFERENCE, current: SHIFTED })).report.features)
})

test('the latest report is kept where GET /drift and the monitor find it', async () => {
  const deps = depsOf(openMemory())
  const get = () => makeLatestDrift(deps)({ ...request, method: 'GET', body: undefined })
  await expect(get()).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('POST /drift') })
  await post({ reference: REFERENCE, current: REFERENCE }, deps)
  const { report } = await post({ reference: REFERENCE, current: SHIFTED }, deps)
  expect(await get()).toEqual({ status: 200, body: report })
  const kept = JSON.parse(new TextDecoder().decode(await deps.storage.read('drift/latest.json')))
  expect(parseDriftReport(kept, 'kept').overallDrift).toBe(true)
  await deps.storage.write('drift/latest.json', bytes('{'))
  await expect(get()).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
})

test('a store that cannot be written is logged, and the report is answered all the same', async () => {
  const told: string[] = []
  const storage = { ...openMemory(), write: () => Promise.reject(new Error('disk full')) }
  const { status } = await post(
    { reference: REFERENCE, current: SHIFTED },
    depsOf(storage, { log: { error: message => void told.push(message) } }),
  )
  expect([status, told.length]).toEqual([200, 1])
})

test("the report's numbers are published; what of them was lost is said in the log, and the answer is the same", async () => {
  const published: (readonly Gauge[])[] = []
  const publish = async (gauges: readonly Gauge[]) => {
    published.push(gauges)
    return { sent: 10, lost: 2, reason: '14 UNAVAILABLE' }
  }
  const body = { reference: REFERENCE, current: SHIFTED }
  const { status, report, log } = await post(body, depsOf(openMemory(), { publish }))
  expect([status, report]).toEqual([200, (await post(body)).report])
  expect(published).toEqual([driftGauges(report)])
  expect(published[0]).toHaveLength(12)
  expect(log).toMatchObject({ metrics_sent: 10, metrics_lost: 2, metrics_lost_reason: '14 UNAVAILABLE' })
})

test('rows that break the contract are findings, never a refusal', async () => {
  const broken = [
    churnRow({ tenure_months: -4, plan_type: 'Gold', avg_latency_ms: null }),
    { ...churnRow({ discount_pct: 'many' }), extra: 1, churned: 1 },
  ]
  const { report } = await post({ reference: REFERENCE, current: broken })
  const codes = report.details.findings.map(({ code }) => code)
  for (const code of ['out_of_range', 'new_category', 'missing_not_allowed', 'unreadable', 'unlisted_column']) {
    expect(codes).toContain(code)
  }
  expect(JSON.stringify(report)).not.toMatch(/churned/)
})

test.each<[string, unknown, number, string]>([
  ['no body and no champion', undefined, 503, 'has no champion yet'],
  ['a list', [churnRow()], 400, 'the body is a list'],
  ['no current', { reference: REFERENCE }, 400, 'reference is there and current is not'],
  ['no day', { days: 0 }, 400, 'days is 0; allowed: a whole number from 1 to 90'],
  ['too many days', { days: 91 }, 400, 'days is 91; allowed'],
  ['a text of days', { days: '7' }, 400, 'days is "7"; allowed'],
  ['days of a sample', { current: REFERENCE, days: 7 }, 400, 'days and current are both there'],
  ['a key that is none of ours', { current: REFERENCE, threshold: 1 }, 400, 'the body has the key "threshold"'],
  ['an address', { current: 'gs://other/x.csv' }, 400, 'current is "gs://other/x.csv"; allowed: a list of rows'],
  ['a URL', { reference: 'http://x/y.csv', current: REFERENCE }, 400, 'reference is "http://x/y.csv"'],
  ['a path that climbs', { reference: REFERENCE, current: '../secret.csv' }, 400, 'current is "../secret.csv"'],
  ['an absolute path', { reference: REFERENCE, current: '/etc/passwd' }, 400, 'current is "/etc/passwd"'],
  ['a number', { reference: REFERENCE, current: 3 }, 400, 'current is 3'],
  ['an empty list', { reference: REFERENCE, current: [] }, 400, 'current is an empty list'],
  ['a row that is none', { reference: REFERENCE, current: [churnRow(), 7] }, 400, 'current[1] is no object'],
  [
    'rows of another table',
    { reference: REFERENCE, current: [{ a: 1 }] },
    400,
    'none of the features of contract churn',
  ],
  ['a key of nothing', { reference: REFERENCE, current: 'a.csv' }, 400, 'current: a.csv: no such key in the store'],
  ['a key of no table', { reference: REFERENCE, current: 'x.json' }, 400, 'x.json: the file ends in ".json"; allowed'],
  ['a broken table', { reference: REFERENCE, current: 'ragged.csv' }, 400, 'ragged.csv:2 the row has 1 cell'],
  [
    'too many rows',
    { reference: REFERENCE, current: Array(MAX_ROWS + 1).fill(churnRow()) },
    413,
    'may have 10,000 rows',
  ],
  ['no reference and no champion', { current: REFERENCE }, 503, 'no champion whose profile could be one'],
])('%s is a problem document', async (_, body, status, detail) => {
  const storage = openMemory()
  await storage.write('x.json', bytes('{}'))
  await storage.write('ragged.csv', bytes('plan_type,tenure_months\nPro\n'))
  const routes = { '/drift': { POST: makeDrift(depsOf(storage)) } }
  const endpoint = makeEndpoint({ routes, log: { request: () => {}, info: () => {}, warn: () => {}, error: () => {} } })
  const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': '2' }
  const answer = await endpoint({
    method: 'POST',
    target: '/drift',
    headers,
    readBody: async () => ({ value: body, bytes: 2 }),
  })
  expect([answer.status, JSON.parse(answer.body).detail]).toEqual([status, expect.stringContaining(detail)])
})

test('a sample larger than the limit is refused before it is parsed', async () => {
  const storage = openMemory()
  const huge = { ...storage, readRange: async (_: string, start: number, end: number) => new Uint8Array(end - start) }
  await expect(post({ reference: REFERENCE, current: 'big.csv' }, depsOf(huge))).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    message: expect.stringContaining(`larger than ${MAX_SAMPLE_BYTES / 1024 / 1024} MB`),
  })
})

test('a champion without a profile is 503 and says what to do; a damaged one is an error', async () => {
  const storage = openMemory()
  await publishChampion(storage)
  const deps = depsOf(storage)
  await expect(post({ current: SHIFTED }, deps)).rejects.toMatchObject({
    status: 503,
    message: expect.stringContaining('has no profile.json; name a reference table, or train a new version'),
  })
  expect((await post({ reference: REFERENCE, current: SHIFTED }, deps)).status).toBe(200)
  await storage.write('20260101.abc1234.1/model.json', bytes('{}'))
  await expect(post({ reference: REFERENCE, current: SHIFTED }, deps)).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
})

test('the function is healthy with a champion or with a contract', async () => {
  const storage = await withProfile()
  const noContract = () => Promise.reject(new Error('no such file'))
  await makeDriftCheck(depsOf(storage, { loadContract: noContract }))()
  await makeDriftCheck(depsOf(openMemory()))()
  await expect(makeDriftCheck(depsOf(openMemory(), { loadContract: noContract }))()).rejects.toThrow('no such file')
})

test('the sink keeps the latest report in place of the store, and GET /drift answers with it', async () => {
  const sink = openMemorySink()
  const writer = batchSink(sink, { log: { warn: () => {} } })
  const records = makeRecords({ sink, writer, modelName: 'churn', now: () => new Date('2026-01-02T03:04:05Z') })
  const deps = depsOf(await withProfile(), { records })
  const get = () => makeLatestDrift(deps)({ ...request, method: 'GET', body: undefined })
  await expect(get()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const { report } = await post({ current: SHIFTED }, deps)
  expect(await get()).toEqual({ status: 200, body: report })
  expect(sink.rows.drift_reports).toMatchObject([
    { model_version: '20260101.abc1234.1', overall_drift: 1, scored: 400 },
  ])
  expect(await deps.storage.read('drift/latest.json').catch(error => error.code)).toBe('NOT_FOUND')
})

test('a report that the sink does not take is kept in the store', async () => {
  const down = () => Promise.reject(new AppError('SINK_FAILED', 'down'))
  const sink = { ...openMemorySink(), write: async () => [{ row: 0, reason: 'full' }], latestDrift: down }
  const writer = batchSink(sink, { log: { warn: () => {} } })
  const deps = depsOf(openMemory(), {
    records: makeRecords({ sink, writer, modelName: 'churn', now: () => new Date() }),
  })
  const { report } = await post({ reference: REFERENCE, current: SHIFTED }, deps)
  const answer = await makeLatestDrift(deps)({ ...request, method: 'GET', body: undefined })
  expect(answer).toEqual({ status: 200, body: report })
})
