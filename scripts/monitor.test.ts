/** The command as a user runs it, in this process; --act also over a real registry, webhook and train command. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { load } from 'js-yaml'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { publishChampion } from '../functions/champion.fixture.ts'
import { makeMonitor } from '../functions/monitor.ts'
import { startMonitoringStub } from '../shared/adapters/monitoring/monitoring-stub.fixture.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import { points, RULES } from '../shared/core/monitor/history.fixture.ts'
import type { Plan } from '../shared/core/monitor/plan.ts'
import { capturedRun } from './captured-run.fixture.ts'
import { writeData } from './data/write-data.ts'
import { monitorCommand } from './monitor.ts'

const ROOT = resolve(import.meta.dirname, '..')

let folder: string
const before = process.cwd()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'treeline-monitor-'))
  cpSync(join(ROOT, 'data/contracts'), join(folder, 'data/contracts'), { recursive: true })
  process.chdir(folder)
  for (const name of ['CONTRACT', 'MODEL_URI', 'INCIDENT_WEBHOOK_URL']) vi.stubEnv(name, '')
})
afterEach(() => {
  process.chdir(before)
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const monitor = (...argv: string[]) => capturedRun(monitorCommand, ...argv)

const USUAL = { metrics: 'data/metrics_history.jsonl', drift: 'data/drift_latest.json' }
const USUAL_FILES = `metrics: ${USUAL.metrics}\ndrift: ${USUAL.drift}\n`
const act = (...argv: string[]) => monitor('--act', '--metrics', USUAL.metrics, '--drift', USUAL.drift, ...argv)

const lines = (list: readonly object[]) => list.map(one => `${JSON.stringify(one)}\n`).join('')
const readPlan = (path = 'artifacts/agent_plan.yaml') => load(readFileSync(path, 'utf8')) as Plan

/** The two files at their usual places. */
function writeInput(list: readonly object[], overallDrift = false): void {
  writeFileSync('data/metrics_history.jsonl', lines(list))
  writeFileSync('data/drift_latest.json', JSON.stringify({ threshold: 0.2, overall_drift: overallDrift, features: {} }))
}

test('the seeded data gives a critical plan, printed and written; exit code 1 only on request', async () => {
  await writeData({ out: 'data', contract: 'churn', seed: 1 })
  const { code, out, error } = await monitor()
  expect({ code, error }).toEqual({ code: 0, error: USUAL_FILES })
  const plan = readPlan()
  expect(plan.status).toBe('critical')
  expect(Object.keys(plan)).toEqual(['status', 'findings', 'actions', 'rationale'])
  expect(out).toBe(
    `critical: ${plan.actions.join(', ')}\n${plan.rationale}\nplan written to artifacts/agent_plan.yaml\n`,
  )
  expect((await monitor('--fail-on-critical')).code).toBe(1)
  expect(existsSync('artifacts/monitor_actions.jsonl')).toBe(false)
})

test('--json prints the plan as one line, equal to the file and to what POST /monitor answers', async () => {
  const list = points(24, { roc_auc: 0.96, pr_auc: 0.4 })
  writeInput(list, true)
  const { out } = await monitor('--json', '--out', 'plans/one.yaml')
  expect(out.trimEnd().split('\n')).toHaveLength(1)
  const plan = readPlan('plans/one.yaml')
  expect(JSON.parse(out)).toEqual(plan)
  const handler = makeMonitor({
    storage: openLocal({ root: 'data' }),
    loadRules: async () => RULES,
  })
  const request = { method: 'POST', path: '/monitor', bodyBytes: 9, requestId: 'r' }
  const body = { metrics: 'metrics_history.jsonl', drift: 'drift_latest.json' }
  const { text } = await handler({ ...request, body, headers: { accept: 'application/yaml' } })
  expect(text).toBe(readFileSync('plans/one.yaml', 'utf8'))
})

test('with MONITORING_PROJECT the plan is published, and a service that refuses changes neither plan nor exit code', async () => {
  writeInput(points(24, { roc_auc: 0.9, pr_auc: 0.4 }), true)
  const stub = await startMonitoringStub(call => (call === 1 ? 'ok' : { code: 7, details: 'no role' }))
  vi.stubEnv('MONITORING_PROJECT', 'my-project')
  vi.stubEnv('MONITORING_API_ENDPOINT', stub.address)
  const first = await monitor('--json')
  const second = await monitor('--json')
  stub.close()
  const values = stub.series.map(({ metric, points: [{ value }] }) => [
    metric.type.split('/').at(-1),
    value.doubleValue,
  ])
  expect(values).toEqual([
    ['plan_status', 2],
    ['roc_auc', 0.9],
    ['pr_auc', 0.4],
  ])
  expect(first.error).toBe(`${USUAL_FILES}Cloud Monitoring of my-project: 3 metrics published\n`)
  expect(second.error).toBe(
    `${USUAL_FILES}Cloud Monitoring of my-project: 0 metrics published, 3 lost: 7 PERMISSION_DENIED: no role\n`,
  )
  expect([second.code, second.out]).toEqual([0, first.out])
})

test('a drift report that is not there is a finding, one that is not JSON an error; the old plan stays', async () => {
  writeInput(points(24, {}))
  expect((await monitor('--drift', 'none.json')).code).toBe(0)
  expect(readPlan().findings).toContainEqual({ drift_missing: 'none.json: no such file' })
  writeFileSync('data/drift_latest.json', 'overall_drift: true')
  const { code, error } = await monitor()
  expect({ code, error }).toEqual({
    code: 2,
    error: `metrics: ${USUAL.metrics}\nmonitor: data/drift_latest.json is not JSON; allowed: the JSON of a drift report\n`,
  })
  expect(readPlan().findings).toContainEqual({ drift_missing: 'none.json: no such file' })
})

test('metrics that are not there, or broken, are named by file and line', async () => {
  const missing = 'data/metrics_history.jsonl: no such file; name some with --metrics\n'
  vi.stubEnv('SINK_URI', '')
  expect(await monitor()).toMatchObject({ code: 2, error: `monitor: the sink has no metrics, and ${missing}` })
  vi.stubEnv('SINK_URI', 'none')
  expect(await monitor()).toMatchObject({ code: 2, error: `monitor: there is no sink, and ${missing}` })
  writeFileSync('data/metrics_history.jsonl', `${lines(points(1))}{"ts": 1}\n`)
  const { code, error } = await monitor()
  expect([code, error]).toEqual([2, expect.stringContaining('data/metrics_history.jsonl line 2: ts is 1; allowed:')])
})

test('an empty history is a warning', async () => {
  writeInput([])
  const { code, out } = await monitor()
  expect([code, out]).toEqual([0, expect.stringMatching(/^warn: open_incident, page_oncall=false\n/)])
})

test('--now leaves out later points; a time that is none, and a wrong webhook, are refused', async () => {
  writeInput(points(24, {}, { roc_auc: 0.5 }))
  expect((await monitor()).out).toMatch(/^critical/)
  expect((await monitor('--now', '2026-01-02T00:30:00Z')).out).toMatch(/^healthy/)
  expect((await monitor('--now', 'today')).error).toContain('--now is "today"; allowed: an ISO 8601 time')
  const wrong = await monitor('--webhook', 'hooks/secret')
  expect([wrong.code, wrong.error]).toEqual([
    2,
    'monitor: --webhook is no address; allowed: an http:// or https:// URL\n',
  ])
})

test('--contract names the bounds', async () => {
  writeInput(points(24, { roc_auc: 0.985 }))
  const churn = readFileSync('data/contracts/churn.yaml', 'utf8')
  writeFileSync('data/contracts/strict.yaml', `${churn}monitor: { auc_drop_warn_pct: 1 }\n`)
  expect((await monitor()).out).toMatch(/^healthy/)
  expect((await monitor('--contract', 'strict')).out).toMatch(/^warn: trigger_retraining\n/)
})

/** All signals step: every action of a critical plan. */
const DEPLOY = { roc_auc: 0.9, pr_auc: 0.3, latency_p95_ms: 500, error_rate: 0.2 }

test('--act tells the webhook, goes back and trains, once; the address is in no output and no file', async () => {
  writeInput(points(24, DEPLOY, DEPLOY), true)
  const registry = openLocal({ root: 'artifacts/registry/churn' })
  const first = await publishChampion(registry)
  const bad = (await (await publishChampion(registry)).champion())!.version
  const posts: unknown[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    posts.push(JSON.parse(body))
    response.end()
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret`
  vi.stubEnv('INCIDENT_WEBHOOK_URL', url)
  // No table to train on: the train command ends with 2, which is a failed action and exit code 1.
  const acted = await act()
  expect(acted.code).toBe(1)
  expect(acted.out).toContain('  open_incident: done, the webhook answered 200\n')
  expect(acted.out).toContain(`  roll_back_model: done, champion 20260101.abc1234.1 again, in place of ${bad}\n`)
  expect(acted.out).toContain('  trigger_retraining: failed, the training ended with exit code 2\n')
  expect(acted.error).toContain('customer_churn_synth.csv: no such file')
  expect(posts).toEqual([
    expect.objectContaining({ subject: 'churn', status: 'critical', latest: '2026-01-02T01:00:00Z' }),
  ])
  expect(await first.champion()).toMatchObject({
    n: 3,
    by: 'monitor',
    reason: expect.stringContaining('critical at 2026-01'),
  })
  const again = await act('--json')
  server.close()
  const { deeds } = JSON.parse(again.out)
  expect(deeds.before).toEqual(['open_incident', 'roll_back_model', 'page_oncall=false'])
  expect(deeds.lines).toMatchObject([{ action: 'trigger_retraining', outcome: 'failed' }])
  expect(posts).toHaveLength(1)
  expect((await first.champion())?.n).toBe(3)
  const written = readdirSync('artifacts', { recursive: true, encoding: 'utf8' }).filter(name =>
    /\.(jsonl|yaml)$/.test(name),
  )
  expect(written).toContain('monitor_actions.jsonl')
  for (const name of written) expect(readFileSync(join('artifacts', name), 'utf8')).not.toContain('secret')
  expect(acted.out + acted.error + again.out + again.error).not.toContain('secret')
}, 30_000)

test('--act does not go by files that nobody named, and nothing goes by a sink that cannot be read', async () => {
  await writeData({ out: 'data', contract: 'churn', seed: 1 })
  expect(await monitor('--act')).toMatchObject({
    code: 2,
    error: 'monitor: --act has nothing to go by: the sink has no metrics; name some with --metrics\n',
  })
  const named = await monitor('--act', '--metrics', USUAL.metrics)
  expect(named.error).not.toContain(USUAL.drift)
  expect(readPlan().findings).toContainEqual({ drift_missing: 'the sink has none' })
  rmSync('artifacts', { recursive: true })
  writeFileSync('blocked', '')
  vi.stubEnv('SINK_URI', 'sqlite:blocked/treeline.db')
  const blocked = await monitor()
  expect([blocked.code, blocked.error]).toEqual([2, expect.stringContaining('monitor: cannot read sqlite:blocked')])
  expect(existsSync('artifacts')).toBe(false)
})

test('--act of a healthy plan does nothing and says so; of a done plan too', async () => {
  writeInput(points(24, {}))
  expect((await act()).out).toContain('\n  nothing to act on\n')
  expect(existsSync('artifacts/monitor_actions.jsonl')).toBe(false)
  writeInput(points(24, { latency_p95_ms: 500 }, { latency_p95_ms: 500 }))
  expect((await act()).out).toContain('\n  raise_thresholds: advice, a person must find out')
  const again = await act()
  expect([again.code, again.out]).toEqual([
    0,
    expect.stringContaining('raise_thresholds: nothing to do, it was done before'),
  ])
  expect(readFileSync('artifacts/monitor_actions.jsonl', 'utf8').trim().split('\n')).toHaveLength(1)
})

test('trigger_retraining trains a version that is registered, and the gate lets the better one through', async () => {
  await writeData({ out: 'data', contract: 'churn', seed: 1 })
  mkdirSync('data/runs')
  writeFileSync('data/runs/churn.yaml', 'contract: churn\nfamilies: { logistic: {} }\n')
  const store = await publishChampion(openLocal({ root: 'artifacts/registry/churn' }))
  writeInput(points(24, { roc_auc: 0.96 }))
  const { code, out } = await act()
  expect([code, out]).toEqual([0, expect.stringContaining('trigger_retraining: done, a new version was trained')])
  expect(await openModelStore(openLocal({ root: 'artifacts/registry/churn' })).versions()).toHaveLength(2)
  expect((await store.log()).decisions.at(-1)).toMatchObject({ verdict: 'promoted', by: 'gate', champion: 2 })
}, 60_000)
