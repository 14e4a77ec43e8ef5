import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { makeEndpoint } from '../shared/adapters/http/endpoint.ts'
import type { Records } from '../shared/adapters/sinks/records.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import type { Storage } from '../shared/adapters/storage/storage.ts'
import { DEFAULT_MONITOR_RULES } from '../shared/core/contract/monitoring-rules.ts'
import { AppError } from '../shared/core/errors.ts'
import type { Gauge } from '../shared/core/monitor/gauges.ts'
import { finding, historyOf, NO_DRIFT, points, RULES } from '../shared/core/monitor/history.fixture.ts'
import type { Plan } from '../shared/core/monitor/plan.ts'
import { makePlan } from '../shared/core/monitor/rules.ts'
import { publishChampion } from './champion.fixture.ts'
import { loadMonitorRules, makeMonitor } from './monitor.ts'

const DROPPED = points(24, { roc_auc: 0.96, pr_auc: 0.4 })
const DRIFT = { threshold: 0.2, overall_drift: true, features: { a: 0.3, b: null } }
const lines = (list: readonly object[]) => list.map(one => `${JSON.stringify(one)}\n`).join('')

async function storeOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Storage> {
  const storage = openMemory()
  for (const [key, content] of Object.entries(files)) {
    await storage.write(key, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  }
  return storage
}

async function ask(
  body: unknown,
  storage: Pick<Storage, 'read'> = openMemory(),
  headers: Record<string, string> = {},
  records?: Records,
) {
  const handler = makeMonitor({ storage, loadRules: async () => DEFAULT_MONITOR_RULES, records })
  const response = await handler({ method: 'POST', path: '/monitor', headers, body, bodyBytes: 2, requestId: 'r' })
  return { ...response, plan: response.body as Plan }
}

test('points and report in the body give the plan of the rules', async () => {
  const { status, plan, log } = await ask({ metrics: DROPPED, drift: DRIFT })
  const drift = { overallDrift: true, threshold: 0.2, features: new Map([['a', 0.3]]) }
  expect(status).toBe(200)
  expect(plan).toEqual(makePlan({ history: historyOf(DROPPED), drift, rules: RULES }))
  expect(plan.status).toBe('critical')
  expect(log).toEqual({ monitor_status: 'critical', points: 25 })
})

test("the plan's status and the latest areas are published, and the log says how many", async () => {
  const published: Gauge[] = []
  const publish = async (gauges: readonly Gauge[]) => {
    published.push(...gauges)
    return { sent: gauges.length, lost: 0 }
  }
  const handler = makeMonitor({
    storage: openMemory(),
    loadRules: async () => DEFAULT_MONITOR_RULES,
    publish,
  })
  const body = { metrics: DROPPED, drift: DRIFT }
  const { log } = await handler({ method: 'POST', path: '/monitor', headers: {}, body, bodyBytes: 2, requestId: 'r' })
  expect(published).toEqual([
    { name: 'plan_status', value: 2, labels: {} },
    { name: 'roc_auc', value: 0.96, labels: {} },
    { name: 'pr_auc', value: 0.4, labels: {} },
  ])
  expect(log).toEqual({ monitor_status: 'critical', points: 25, metrics_sent: 3 })
})

test('keys inside the store give the same plan, and so do the usual keys for {} and for no body', async () => {
  const { plan } = await ask({ metrics: DROPPED, drift: DRIFT })
  const named = await storeOf({ 'a/m.jsonl': lines(DROPPED), 'd.json': JSON.stringify(DRIFT) })
  expect((await ask({ metrics: 'a/m.jsonl', drift: 'd.json' }, named)).plan).toEqual(plan)
  const usual = await storeOf({ 'monitor/metrics.jsonl': lines(DROPPED), 'drift/latest.json': JSON.stringify(DRIFT) })
  expect((await ask({}, usual)).plan).toEqual(plan)
  expect((await ask(undefined, usual)).plan).toEqual(plan)
})

test('YAML for a client that prefers it, with the same content as the JSON', async () => {
  const { status, headers, text, plan } = await ask({ metrics: DROPPED }, undefined, { accept: 'application/yaml' })
  expect([status, headers]).toEqual([200, { 'content-type': 'application/yaml' }])
  expect(load(text!)).toEqual(plan)
  expect(text).toMatch(/^status: warn\nfindings:\n {2}- roc_auc_drop_pct: 4\n/)
  expect((await ask({ metrics: DROPPED }, undefined, { accept: 'application/json' })).text).toBeUndefined()
})

test('without a report in the body or the store, or with null, there is no drift and a finding says so', async () => {
  const usual = await storeOf({ 'drift/latest.json': JSON.stringify(DRIFT) })
  const { plan } = await ask({ metrics: DROPPED })
  expect([plan.status, finding(plan, 'drift_missing')]).toEqual([
    'warn',
    'there is no sink, and drift/latest.json: no such key in the store',
  ])
  const denied = (await ask({ metrics: DROPPED, drift: null }, usual)).plan
  expect([denied.status, finding(denied, 'drift_missing')]).toEqual(['warn', 'the request says there is none'])
  expect((await ask({ metrics: DROPPED }, usual)).plan.status).toBe('critical')
})

test('a report that cannot be read is no drift; metrics that cannot be read are 503', async () => {
  const broken = { read: () => Promise.reject(new AppError('STORAGE_FAILED', 'gs://secret failed')) }
  const { plan } = await ask({ metrics: DROPPED, drift: 'd.json' }, broken)
  expect(finding(plan, 'drift_missing')).toBe('d.json: the store cannot be read')
  await expect(ask({ metrics: 'm.jsonl' }, broken)).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    message: 'm.jsonl: the store cannot be read',
  })
})

test('an empty list is a plan: a warning without a baseline', async () => {
  expect((await ask({ metrics: [] })).plan).toMatchObject({
    status: 'warn',
    actions: ['open_incident', 'page_oncall=false'],
  })
})

test.each<[string, unknown, string]>([
  [
    '{} and an empty store',
    {},
    'metrics is absent, there is no sink, and monitor/metrics.jsonl: no such key in the store; send a list of points',
  ],
  ['an unknown key', { metrics: 'a.jsonl' }, 'metrics is "a.jsonl", and a.jsonl: no such key in the store'],
  ['an absolute path', { metrics: '/etc/passwd' }, 'metrics is "/etc/passwd"; send a list of points'],
  ['a climbing path', { metrics: '../a.jsonl' }, 'metrics is "../a.jsonl"; send a list of points'],
  ['a URL', { metrics: 'https://example.com/m' }, 'metrics is "https://example.com/m"; send a list of points'],
  ['an address without slashes', { metrics: 'gs:bucket' }, 'metrics is "gs:bucket"; send a list of points'],
  ['a number', { metrics: 3 }, 'metrics is 3; send a list of points'],
  ['null', { metrics: null }, 'metrics is null; send a list of points'],
  ['a URL of a report', { metrics: [], drift: 'file:///d' }, 'drift is "file:///d"; send a drift report, or its key'],
  ['a slip', { metric: [] }, 'the body has the key "metric"; send an object with metrics and drift'],
  ['a list', [], 'the body is a list; send an object with metrics and drift'],
  ['text', 'metrics', 'the body is "metrics"; send an object with metrics and drift'],
  ['broken points', { metrics: [{ ts: 'x' }] }, 'metrics [0]: ts is "x"; allowed: an ISO 8601 time'],
  ['a broken report', { metrics: [], drift: {} }, 'drift is no drift report: overall_drift is absent'],
  ['a report of a list', { metrics: [], drift: [] }, 'drift is no drift report: it is a list'],
])('%s is the fault of the client', async (_, body, message) => {
  const error = await ask(body).catch(thrown => thrown)
  expect(error).toBeInstanceOf(AppError)
  expect([error.status, error.message]).toEqual([400, expect.stringContaining(message)])
})

test('a key to something else in the store is refused without repeating it', async () => {
  const store = await storeOf({ 'model.onnx': Uint8Array.of(8, 255), 'model.json': '{\n"secret": 1\n}' })
  await expect(ask({ metrics: 'model.onnx' }, store)).rejects.toThrow('model.onnx is not UTF-8 text')
  const error = await ask({ metrics: 'model.json' }, store).catch(thrown => thrown)
  expect(JSON.stringify([error.message, error.problems])).not.toContain('secret')
})

test('over an endpoint the YAML arrives as text and a refusal as a problem document', async () => {
  const handler = makeMonitor({ storage: openMemory(), loadRules: async () => DEFAULT_MONITOR_RULES })
  const endpoint = makeEndpoint({
    routes: { '/monitor': { POST: handler } },
    log: { request: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  })
  const post = (value: unknown) =>
    endpoint({
      method: 'POST',
      target: '/monitor',
      headers: { accept: 'application/yaml', 'content-type': 'application/json', 'content-length': '9' },
      readBody: async () => ({ value, bytes: 9 }),
    })
  const plan = await post({ metrics: DROPPED, drift: null })
  expect([plan.status, plan.headers['content-type']]).toEqual([200, 'application/yaml'])
  expect(load(plan.body)).toMatchObject({ status: 'warn' })
  const refusal = await post({})
  expect([refusal.status, refusal.headers['content-type']]).toEqual([400, 'application/problem+json'])
})

test("the rules are those of the champion's contract, and the usual ones without a champion or without such keys", async () => {
  const storage = openMemory()
  const store = await publishChampion(storage)
  expect(await loadMonitorRules(store)).toEqual(DEFAULT_MONITOR_RULES)
  const { contract } = await store.manifest((await store.champion())!)
  const strict = await publishChampion(openMemory(), { contract: { ...contract, monitor: { auc_drop_warn_pct: 1 } } })
  const rules = await loadMonitorRules(strict)
  expect(rules).toEqual({ ...DEFAULT_MONITOR_RULES, aucDropWarnPct: 1 })
  const plan = makePlan({ history: historyOf(points(24, { roc_auc: 0.985 })), drift: NO_DRIFT, rules })
  expect(plan.status).toBe('warn')
})

function recordsOf(overrides: Partial<Records>) {
  const plans: [Plan, version: string | undefined][] = []
  const records: Records = {
    hasSink: true,
    keepDrift: async () => true,
    latestDrift: async () => undefined,
    keepPlan: async (plan, latest) => {
      plans.push([plan, latest?.modelVersion])
      return true
    },
    settle: async () => {},
    served: async () => undefined,
    history: async () => undefined,
    ...overrides,
  }
  return { records, plans }
}

test('what a request does not bring is read from the sink before the store, and the plan is kept there by its model', async () => {
  const { records, plans } = recordsOf({
    history: async () => historyOf(DROPPED.map(point => ({ ...point, model_version: 'v1' }))),
    latestDrift: async () => JSON.stringify(DRIFT),
  })
  const other = await storeOf({ 'monitor/metrics.jsonl': '', 'drift/latest.json': '{"overall_drift":false}' })
  const expected = (await ask({ metrics: DROPPED, drift: DRIFT })).plan
  expect((await ask({}, other, {}, records)).plan).toEqual(expected)
  expect(plans).toEqual([[expected, 'v1']])
  const named = await ask({ metrics: [], drift: null }, other, {}, records)
  expect([named.plan.status, finding(named.plan, 'drift_missing')]).toEqual(['warn', 'the request says there is none'])
})

test('a sink that has nothing leaves the word to the store, one that cannot be read does not', async () => {
  const usual = await storeOf({ 'monitor/metrics.jsonl': lines(DROPPED), 'drift/latest.json': JSON.stringify(DRIFT) })
  const expected = (await ask({ metrics: DROPPED, drift: DRIFT })).plan
  expect((await ask({}, usual, {}, recordsOf({}).records)).plan).toEqual(expected)
  const down = () => Promise.reject(new AppError('SINK_FAILED', 'down'))
  for (const failing of [{ history: down }, { latestDrift: down }]) {
    await expect(ask({}, usual, {}, recordsOf(failing).records)).rejects.toMatchObject({ code: 'SINK_FAILED' })
  }
})

test('of what neither the sink nor the store has it is said that both were asked', async () => {
  const { records } = recordsOf({})
  await expect(ask({}, await storeOf({}), {}, records)).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/^metrics is absent, the sink has none, and monitor\/metrics.jsonl: no such key in/),
  })
  const { plan } = await ask({ metrics: DROPPED }, await storeOf({}), {}, records)
  expect(finding(plan, 'drift_missing')).toBe('the sink has none, and drift/latest.json: no such key in the store')
})
