/** The entry as the framework's own command runs it, in a process of its own, on a registry in a folder. */
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { openSqlite } from '../shared/adapters/sinks/sqlite.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import { churnRow, expectedProbability, profileFile, publishChampion } from './champion.fixture.ts'
import { runFunction, serveFunction } from './framework-process.fixture.ts'

const ENTRY = fileURLToPath(new URL('index.ts', import.meta.url))

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'treeline-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return folder
}

async function serve(target: string, modelUri: string, environment: Record<string, string> = {}) {
  const served = await serveFunction({ source: ENTRY, target, environment: { ...environment, MODEL_URI: modelUri } })
  cleanups.push(served.kill)
  return served
}

interface Health {
  readonly details?: { readonly sink?: { readonly lost_rows: number } }
}

const post = (url: string, body: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

test('predict answers at the root and at its name with the champion, and writes one line per request', async () => {
  const folder = await temporaryFolder()
  await publishChampion(openLocal({ root: folder }))
  const { url, output } = await serve('predict', folder)
  for (const path of ['/', '/predict']) {
    const response = await post(url + path, JSON.stringify([churnRow({ tenure_months: 30 })]))
    expect(response.status).toBe(200)
    const answer = (await response.json()) as { predictions: [{ probability: number; class: number }]; model: unknown }
    expect(answer.predictions[0].probability).toBeCloseTo(expectedProbability(30), 6)
    expect(answer.predictions[0].class).toBe(0)
    expect(answer.model).toEqual({ name: 'churn', version: '20260101.abc1234.1', threshold: 0.5 })
  }
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
  expect((await fetch(`${url}/drift`)).status).toBe(404)
  const lines = output()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.filter(line => line.model_version === '20260101.abc1234.1')).toHaveLength(2)
  expect(lines.every(line => line.severity && line.httpRequest.status)).toBe(true)
}, 30_000)

test('predict without a champion is 503, and serves as soon as there is one', async () => {
  const folder = await temporaryFolder()
  const { url } = await serve('predict', folder)
  const before = await post(url, JSON.stringify(churnRow()))
  expect([before.status, before.headers.get('content-type')]).toEqual([503, 'application/problem+json'])
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'unavailable' })
  await publishChampion(openLocal({ root: folder }))
  expect((await post(url, JSON.stringify(churnRow()))).status).toBe(200)
}, 30_000)

test('a promoted version is served within the interval, and one that cannot be loaded leaves it, with the reason in /health', async () => {
  const folder = await temporaryFolder()
  const storage = openLocal({ root: folder })
  await publishChampion(storage)
  const { url, output } = await serve('predict', folder, { MODEL_RELOAD_SECONDS: '1' })
  const answered = async () => {
    const response = await post(url, JSON.stringify(churnRow()))
    expect(response.status).toBe(200)
    return ((await response.json()) as { model: { version: string } }).model.version
  }
  expect(await answered()).toBe('20260101.abc1234.1')
  await publishChampion(storage)
  await expect.poll(answered, { timeout: 10_000, interval: 50 }).toBe('20260101.abc1234.2')
  const store = await publishChampion(storage, { features: [{ name: 'height', kind: 'number' }] })
  const health = async () => (await fetch(`${url}/health`)).json()
  const details = {
    champion: { serving: '20260101.abc1234.2', reason: expect.stringContaining('20260101.abc1234.3') },
  }
  await expect.poll(health, { timeout: 10_000, interval: 50 }).toEqual({ status: 'ok', details })
  expect(await answered()).toBe('20260101.abc1234.2')
  expect(output()).toContain('the newest champion cannot be served; 20260101.abc1234.2 goes on')
  await store.promote('20260101.abc1234.1', { at: '2026-01-02T00:00:00Z', by: 'ada', reason: 'back' })
  await expect.poll(answered, { timeout: 10_000, interval: 50 }).toBe('20260101.abc1234.1')
  expect(await health()).toEqual({ status: 'ok' })
}, 60_000)

test('malformed JSON is a problem document with its line in the log, and a broken path no stack', async () => {
  const { url, output } = await serve('predict', await temporaryFolder())
  const response = await post(url, '[{"secret": oops}]')
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { detail: expect.stringContaining('column 13') },
  ])
  expect((await post(`${url}/%zz`, '[]')).status).toBe(400)
  await expect.poll(output).toContain('the framework refused a request: 400 URIError')
  expect(output()).toContain('"error_code":"MALFORMED_JSON"')
  expect(output()).not.toMatch(/secret|node_modules/)
}, 30_000)

/** A process in which onnxruntime cannot be imported. */
const WITHOUT_ONNXRUNTIME = {
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier.startsWith('onnxruntime')) throw new Error('onnxruntime is not to be imported')
        return next(specifier, context)
      },
    })`)}`,
}

test('health reads the champion without importing onnxruntime, and predict does import it', async () => {
  const folder = await temporaryFolder()
  const { url } = await serve('health', folder, WITHOUT_ONNXRUNTIME)
  const before = await fetch(`${url}/health`)
  expect([before.status, await before.json()]).toMatchObject([503, { status: 'unavailable' }])
  await publishChampion(openLocal({ root: folder }))
  for (const path of ['/', '/health']) {
    const response = await fetch(url + path)
    expect([response.status, await response.text()]).toEqual([200, '{"status":"ok"}'])
  }
  expect((await post(`${url}/predict`, '[]')).status).toBe(404)
  const predict = await serve('predict', folder, WITHOUT_ONNXRUNTIME)
  expect((await fetch(`${predict.url}/health`)).status).toBe(503)
  expect(predict.output()).toContain('onnxruntime is not to be imported')
}, 30_000)

test('monitor answers at the root and at its name without onnxruntime and without a champion, YAML on request', async () => {
  const folder = await temporaryFolder()
  const body = JSON.stringify({ metrics: [{ ts: '2026-01-01T00:00Z', roc_auc: 0.9 }], drift: null })
  const { url } = await serve('monitor', folder, WITHOUT_ONNXRUNTIME)
  for (const path of ['/', '/monitor']) {
    const response = await post(url + path, body)
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'warn' }])
  }
  const headers = { 'content-type': 'application/json', accept: 'application/yaml' }
  const yaml = await fetch(url, { method: 'POST', headers, body })
  expect([yaml.headers.get('content-type'), await yaml.text()]).toEqual([
    'application/yaml',
    expect.stringMatching(/^status: warn\n/),
  ])
  expect((await fetch(`${url}/health`)).status).toBe(200)
  expect((await post(`${url}/predict`, '[]')).status).toBe(404)
}, 30_000)

test('drift compares, keeps its report and answers with it, without importing onnxruntime', async () => {
  const { url } = await serve('drift', await temporaryFolder(), WITHOUT_ONNXRUNTIME)
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
  expect((await fetch(url)).status).toBe(404)
  const body = { reference: [churnRow()], current: [churnRow({ tenure_months: 30 })] }
  const posted = await post(`${url}/drift`, JSON.stringify(body))
  const report = (await posted.json()) as { features: object }
  expect([posted.status, Object.keys(report.features).length]).toEqual([200, 12])
  expect(await (await fetch(url)).json()).toEqual(report)
  expect((await post(url, '{"current":"../x.csv"}')).status).toBe(400)
}, 30_000)

test('a wrong variable ends the start with its name', async () => {
  const environment = { PORT: '1', LOG_LEVEL: 'loud' }
  const { ended, output } = runFunction({ source: ENTRY, target: 'predict', environment })
  expect(await ended).toBe(1)
  expect(output()).toContain('LOG_LEVEL is "loud"; allowed: trace, debug')
}, 30_000)

test('on SIGTERM predict writes the rows that wait before it ends', async () => {
  const folder = await temporaryFolder()
  await publishChampion(openLocal({ root: folder }))
  const path = join(folder, 'sink', 'treeline.db')
  const { url, child, ended } = await serve('predict', folder, { SINK_URI: `sqlite:${path}` })
  expect((await post(url, JSON.stringify([churnRow(), churnRow()]))).status).toBe(200)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  const sink = openSqlite({ path })
  const { measured } = await sink.points({ model: 'churn', since: '2026-01-01T00:00:00.000Z' })
  await sink.close()
  expect(measured).toMatchObject([{ scored: 2, error_rate: 0, model_version: '20260101.abc1234.1' }])
}, 30_000)

test('what predict answered and counted before SIGTERM, drift compares without a sample', async () => {
  const folder = await temporaryFolder()
  const rows = Array.from({ length: 300 }, (_, i) => churnRow({ tenure_months: i % 40 }))
  await publishChampion(openLocal({ root: folder }), {}, await profileFile(rows))
  const environment = { SINK_URI: `sqlite:${join(folder, 'sink', 'treeline.db')}` }
  const { url, child, ended } = await serve('predict', folder, environment)
  expect((await post(url, JSON.stringify(rows))).status).toBe(200)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  const drift = await serve('drift', folder, environment)
  const answer = await post(drift.url, '{}')
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    { overall_drift: false, features: { tenure_months: 0 }, details: { current: { kind: 'served', rows: 300 } } },
  ])
}, 30_000)

test('on SIGTERM every request that has come is answered and logged, and a kept connection is told that it ends', async () => {
  const folder = await temporaryFolder()
  await publishChampion(openLocal({ root: folder }))
  const path = join(folder, 'sink', 'treeline.db')
  const { url, child, ended } = await serve('predict', folder, { SINK_URI: `sqlite:${path}` })
  const agent = new Agent({ keepAlive: true })
  const open = () => {
    const request = httpRequest(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } })
    const answer = new Promise<IncomingMessage>((resolve, reject) =>
      request.on('response', resolve).on('error', reject),
    )
    request.write('[')
    return { answer, finish: () => request.end(`${JSON.stringify(churnRow())}]`) }
  }
  const slow = [open(), open(), open()]
  await new Promise(resolve => setTimeout(resolve, 200))
  child.kill('SIGTERM')
  await new Promise(resolve => setTimeout(resolve, 600))
  for (const { finish } of slow) finish()
  const answers = await Promise.all(slow.map(({ answer }) => answer))
  expect(answers.map(({ statusCode, headers }) => [statusCode, headers.connection])).toEqual(
    Array(3).fill([200, 'close']),
  )
  expect(await ended).toBe(0)
  const sink = openSqlite({ path })
  const { measured } = await sink.points({ model: 'churn', since: '2026-01-01T00:00:00.000Z' })
  await sink.close()
  expect(measured).toMatchObject([{ scored: 3, error_rate: 0 }])
}, 30_000)

test('a sink that cannot be written is one line in the log, and predict, drift and monitor answer', async () => {
  const folder = await temporaryFolder()
  await publishChampion(openLocal({ root: folder }))
  const environment = { SINK_URI: 'sqlite:/dev/null/none/treeline.db' }
  const { url, output } = await serve('predict', folder, environment)
  for (let i = 0; i < 5; i++) expect((await post(url, JSON.stringify(churnRow()))).status).toBe(200)
  await expect.poll(output).toContain('the sink sqlite:/dev/null/none/treeline.db lost')
  const lines = output().trim().split('\n')
  expect(lines.map(line => JSON.parse(line)).filter(line => line.sink_lost_rows > 0)).toHaveLength(1)
  const lost = async (at: string) => ((await (await fetch(`${at}/health`)).json()) as Health).details?.sink?.lost_rows
  expect(await lost(url)).toBeGreaterThan(0)
  const drift = await serve('drift', folder, environment)
  const body = JSON.stringify({ reference: [churnRow()], current: [churnRow({ tenure_months: 30 })] })
  const report = await (await post(drift.url, body)).json()
  expect(await (await fetch(drift.url)).json()).toEqual(report)
  expect(await lost(drift.url)).toBe(1)
  const monitor = await serve('monitor', folder, environment)
  expect((await post(monitor.url, JSON.stringify({ metrics: [], drift: null }))).status).toBe(200)
  expect(await lost(monitor.url)).toBe(1)
  // What it would have to read is not taken for absent.
  expect((await post(monitor.url, '{}')).status).toBe(503)
}, 60_000)
