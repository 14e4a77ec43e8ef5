/**
 * The folders of `npm run build`, each copied to an empty folder and taken through what Google's buildpack does with it
 * there (cmd/nodejs of GoogleCloudPlatform/buildpacks), without any registry: within its size, and answering.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { churnRow, expectedProbability, publishChampion } from '../functions/champion.fixture.ts'
import { type ServedFunction, serveFunction } from '../functions/framework-process.fixture.ts'
import { type MonitoringStub, startMonitoringStub } from '../shared/adapters/monitoring/monitoring-stub.fixture.ts'
import { openSqlite } from '../shared/adapters/sinks/sqlite.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import { point } from '../shared/core/monitor/history.fixture.ts'
import { buildCommand } from './build.ts'
import { bundleFunction, FUNCTIONS, type FunctionName } from './bundle-function.ts'
import { capturedRun } from './captured-run.fixture.ts'

const MB = 1e6

/** Unpacked. */
const LIMITS: Readonly<Record<FunctionName, number>> = {
  predict: 64 * MB,
  health: 3 * MB,
  drift: 10 * MB,
  monitor: 10 * MB,
}

const NAMES = Object.keys(FUNCTIONS) as FunctionName[]

/** Of the machine that runs the test, which is to start what it has built; where that is linux/x64 it is what is deployed. */
const PLATFORM = { os: process.platform, cpu: process.arch }

let built: string
let registry: string
let stub: MonitoringStub
const sizes: Partial<Record<FunctionName, number>> = {}
const cleanups: (() => unknown)[] = []

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'treeline-build-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return folder
}

beforeAll(async () => {
  stub = await startMonitoringStub()
  cleanups.push(() => stub.close())
  built = await temporaryFolder()
  registry = await temporaryFolder()
  await publishChampion(openLocal({ root: registry }))
  for (const name of NAMES) {
    sizes[name] = await bundleFunction(name, { folder: join(built, name), platform: PLATFORM })
  }
}, 60_000)
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

/** The buildpack's steps over node_modules that it is told to keep, and the command that it starts the container with. */
async function serveCopy(name: FunctionName): Promise<ServedFunction & { sinkFile: string }> {
  const cwd = await temporaryFolder()
  await cp(join(built, name), cwd, { recursive: true })
  const sinkFile = join(cwd, 'kept', 'treeline.db')
  const environment = {
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    MODEL_URI: registry,
    SINK_URI: `sqlite:${sinkFile}`,
    MONITORING_PROJECT: 'my-project',
    MONITORING_API_ENDPOINT: stub.address,
    FUNCTION_TARGET: name,
    // Nothing of this checkout: packages are found beside the bundle or not at all.
    NODE_PATH: '',
    NODE_OPTIONS: '',
  }
  const offline = {
    ...process.env,
    ...environment,
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_offline: 'true',
  }
  for (const args of [['install', '--package-lock-only', '--quiet'], ['rebuild']]) {
    execFileSync('npm', args, { cwd, env: { ...offline, NODE_ENV: 'production' }, stdio: 'pipe' })
  }
  execFileSync(process.execPath, ['--check', 'index.js'], { cwd })
  const command = ['/bin/bash', '-c', 'node_modules/.bin/functions-framework']
  const served = await serveFunction({ source: cwd, target: name, environment, cwd, command })
  cleanups.push(served.kill)
  return { ...served, sinkFile }
}

async function post(url: string, body: unknown) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> }
}

test.each(NAMES)('%s is within its size', name => {
  expect(sizes[name]).toBeLessThan(LIMITS[name])
  expect(sizes[name]).toBeGreaterThan(0.1 * MB)
})

test.each(NAMES)('%s declares the framework it is tested with, or the buildpack brings another', async name => {
  const { dependencies } = JSON.parse(await readFile(join(built, name, 'package.json'), 'utf8'))
  const root = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8'))
  for (const [dependency, version] of Object.entries(dependencies)) expect(version).toBe(root.dependencies[dependency])
  expect(Object.keys(dependencies)).toEqual([
    '@google-cloud/functions-framework',
    ...(name === 'predict' ? ['onnxruntime-node'] : []),
  ])
})

test('predict scores rows with the champion, and writes them down on the thread that the bundle brings', async () => {
  const { url, sinkFile } = await serveCopy('predict')
  const { status, answer } = await post(url, [churnRow({ tenure_months: 30 })])
  expect(status).toBe(200)
  const [{ probability }] = answer.predictions as { probability: number }[]
  expect(probability).toBeCloseTo(expectedProbability(30), 6)
  const sink = openSqlite({ path: sinkFile })
  const scored = async () =>
    (await sink.points({ model: 'churn', since: '2026-01-01T00:00:00.000Z' })).measured[0]?.scored
  await expect.poll(scored, { timeout: 10_000 }).toBe(1)
  await sink.close()
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
})

test('a body that is no JSON is told its place, by the bundle under the framework that it brings', async () => {
  const { url } = await serveCopy('monitor')
  const broken = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{oops}' })
  expect([broken.status, await broken.json()]).toMatchObject([400, { detail: expect.stringContaining('column 2') }])
})

test('health reads the champion', async () => {
  const { url } = await serveCopy('health')
  expect(await (await fetch(url)).json()).toEqual({ status: 'ok' })
})

test('the command of the container hands SIGTERM on to the function, which ends', async () => {
  const { child } = await serveCopy('health')
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})

test('drift compares rows and publishes its numbers over gRPC', async () => {
  const { url } = await serveCopy('drift')
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
  stub.series.length = 0
  const { status, answer } = await post(url, { reference: [churnRow()], current: [churnRow({ tenure_months: 30 })] })
  expect([status, Object.keys(answer.features as object).length]).toEqual([200, 12])
  expect(stub.series.length).toBe(12)
  // 64-bit numbers are what a bundled protobuf may lose.
  const { seconds } = stub.series[0].points[0].interval.endTime
  expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60)
})

test('monitor plans and publishes its numbers over gRPC, in YAML too', async () => {
  const { url } = await serveCopy('monitor')
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
  stub.series.length = 0
  const body = { metrics: [point(0)], drift: null }
  expect(await post(url, body)).toMatchObject({ status: 200, answer: { status: 'warn' } })
  expect(stub.series.map(({ metric }) => metric.type.split('/').at(-1))).toEqual(['plan_status', 'roc_auc', 'pr_auc'])
  const headers = { 'content-type': 'application/json', accept: 'application/yaml' }
  const yaml = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(await yaml.text()).toMatch(/^status: warn\n/)
})

test('a folder that no build wrote is not emptied: the command ends before it writes any, and takes its own again', async () => {
  const out = await temporaryFolder()
  await mkdir(join(out, 'drift'), { recursive: true })
  await writeFile(join(out, 'drift', 'compare.ts'), 'precious')
  const { code, error } = await capturedRun(buildCommand, '--out', out)
  expect([code, error]).toEqual([
    2,
    expect.stringContaining('drift" has files that no build wrote; allowed: an empty folder'),
  ])
  expect([await readdir(out), await readdir(join(out, 'drift'))]).toEqual([['drift'], ['compare.ts']])
  await rm(join(out, 'drift'), { recursive: true })
  await mkdir(join(out, 'monitor'))
  await writeFile(join(out, 'monitor', 'index.js'), 'precious')
  await writeFile(join(out, 'health'), 'precious')
  for (const name of ['health', 'monitor']) {
    const { code, error } = await capturedRun(buildCommand, '--out', out)
    expect([code, error]).toEqual([2, expect.stringContaining(`${name}" `)])
    await rm(join(out, name), { recursive: true })
  }
  for (let build = 0; build < 2; build++) expect((await capturedRun(buildCommand, '--out', out)).code).toBe(0)
})
