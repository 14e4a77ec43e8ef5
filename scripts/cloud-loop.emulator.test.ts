/**
 * The whole loop as it runs in the cloud, on a real fake-gcs-server and bqemulator and a stub of Cloud Monitoring, with the
 * bundles that are deployed: train, predict, log, drift, plan, gate, reload, roll back. `npm run e2e:cloud` prints every
 * step's numbers. Each step needs the ones before it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Papa from 'papaparse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServedFunction, serveFunction } from '../functions/framework-process.fixture.ts'
import { type MonitoringStub, startMonitoringStub } from '../shared/adapters/monitoring/monitoring-stub.fixture.ts'
import { newBucket, requireEmulator } from '../shared/adapters/storage/gcs.emulator.ts'
import { openGcs } from '../shared/adapters/storage/gcs.ts'
import type { DriftReport } from '../shared/core/drift/report.ts'
import type { Plan } from '../shared/core/monitor/plan.ts'
import { bundleFunction, type FunctionName } from './bundle-function.ts'

const ROOT = resolve(import.meta.dirname, '..')
const gcs = requireEmulator(process.env.GCS_API_ENDPOINT)
const bigquery = process.env.BIGQUERY_API_ENDPOINT
if (!bigquery) throw new Error('BIGQUERY_API_ENDPOINT is not set; run this with: npm run e2e:cloud')
const PROJECT = 'emulator'

const RELOAD_SECONDS = 2
/** A look at the registry, reading and opening a model, on a busy machine. */
const SLACK_SECONDS = 3

/** Few and small trees: a champion that can be beaten. */
const WEAK_RUN = `contract: churn
seed: 1
explain: false
report: false
families:
  gbt: { trees: 3, leaves: 3 }
`

interface Trained {
  readonly version: string
  readonly roc_auc: number
  readonly champion: boolean
  readonly decision: { readonly verdict: string; readonly reason: string }
}

interface Predicted {
  readonly predictions: readonly { readonly probability: number; readonly class: number }[]
  readonly model: { readonly version: string }
}

type Row = Readonly<Record<string, unknown>>

let folder: string
let bucket: string
let dataset: string
let stub: MonitoringStub
let environment: Record<string, string>
let predict: ServedFunction
let first: Trained
let better: Trained
const cleanups: (() => unknown)[] = []

const say = (text: string): void => void process.stdout.write(`  ${text}\n`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'treeline-loop-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  await cp(join(ROOT, 'data/contracts'), join(folder, 'data/contracts'), { recursive: true })
  await cp(join(ROOT, 'data/runs'), join(folder, 'data/runs'), { recursive: true })
  await writeFile(join(folder, 'weak.yaml'), WEAK_RUN)
  stub = await startMonitoringStub()
  cleanups.push(() => stub.close())
  bucket = await newBucket(gcs)
  dataset = await newDataset()
  environment = {
    CONTRACT: 'churn',
    MODEL_URI: `gs://${bucket}/registry/churn`,
    SINK_URI: `bigquery://${PROJECT}/${dataset}`,
    MODEL_RELOAD_SECONDS: String(RELOAD_SECONDS),
    MONITORING_PROJECT: 'my-project',
    MONITORING_API_ENDPOINT: stub.address,
  }
  await run('data.ts', '--contract', 'churn')
}, 120_000)
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

/** A command in a process of its own; what it printed with --json. Any exit code but those allowed is an error. */
async function run(script: string, ...args: string[]): Promise<unknown> {
  const child = spawn(process.execPath, [join(ROOT, 'scripts', script), ...args, '--json'], {
    cwd: folder,
    env: { ...process.env, ...environment },
  })
  let [out, error] = ['', '']
  child.stdout.on('data', data => (out += data))
  child.stderr.on('data', data => (error += data))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}: ${error}`)
  return JSON.parse(out)
}

/** A function as it is deployed: its bundle, alone in a folder. */
async function serve(target: FunctionName): Promise<ServedFunction> {
  const cwd = join(folder, 'dist', target)
  await bundleFunction(target, { folder: cwd, platform: { os: process.platform, cpu: process.arch } })
  const framework = join(cwd, 'node_modules/@google-cloud/functions-framework/index.js')
  const command = [process.execPath, framework, `--target=${target}`]
  const served = await serveFunction({ source: cwd, target, cwd, environment, command })
  cleanups.push(served.kill)
  return served
}

async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

async function rowsOf(name: string): Promise<Row[]> {
  const text = await readFile(join(folder, 'data', name), 'utf8')
  const { data } = Papa.parse<Record<string, unknown>>(text, {
    header: true,
    dynamicTyping: true,
    skipEmptyLines: true,
  })
  return data.map(({ churned: _, ...row }) => row)
}

/** The rows in requests of 100, and what all of them were answered. */
async function send(rows: readonly Row[]) {
  const scores: number[] = []
  const times: number[] = []
  for (let from = 0; from < rows.length; from += 100) {
    const started = performance.now()
    const { predictions } = (await post(predict.url, rows.slice(from, from + 100))) as Predicted
    times.push(performance.now() - started)
    scores.push(...predictions.map(({ probability }) => probability))
  }
  times.sort((a, b) => a - b)
  return { scores, mean: meanOf(scores), medianMs: times[times.length >> 1] }
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

async function newDataset(): Promise<string> {
  const name = `loop_${Date.now()}`
  const body = { datasetReference: { projectId: PROJECT, datasetId: name } }
  await post(`${bigquery}/bigquery/v2/projects/${PROJECT}/datasets`, body)
  return name
}

/** The one row of a query, as numbers. */
async function numbersOf(select: string): Promise<number[]> {
  const query = `SELECT ${select} FROM \`${PROJECT}.${dataset}.predictions\``
  const answer = (await post(`${bigquery}/bigquery/v2/projects/${PROJECT}/queries`, {
    query,
    useLegacySql: false,
  })) as {
    errors?: unknown
    rows?: [{ f: { v: string }[] }]
  }
  if (!answer.rows) throw new Error(`${query}: ${JSON.stringify(answer.errors)}`)
  return answer.rows[0].f.map(({ v }) => Number(v))
}

const logged = () => numbersOf('COUNT(score), AVG(score)').catch(() => [0, 0])

/** Seconds until predict answers with the version. */
async function secondsUntilServed(version: string, row: Row): Promise<number> {
  const started = performance.now()
  const versionOf = async () => ((await post(predict.url, [row])) as Predicted).model.version
  await expect.poll(versionOf, { timeout: 30_000, interval: 100 }).toBe(version)
  return (performance.now() - started) / 1000
}

test('a first model is trained to gs:// and becomes champion', async () => {
  first = (await run('train.ts', '--run', 'weak.yaml')) as Trained
  expect(first.champion).toBe(true)
  say(`train     ${first.version} to ${environment.MODEL_URI}: ROC-AUC ${first.roc_auc.toFixed(4)}, champion`)
})

test('predict answers from gs://, and BigQuery has every row with its score', async () => {
  predict = await serve('predict')
  const { scores, mean, medianMs } = await send(await rowsOf('churn_ref_sample.csv'))
  await expect.poll(async () => (await logged())[0], { timeout: 20_000, interval: 250 }).toBe(scores.length)
  const [count, average] = await logged()
  expect(average).toBeCloseTo(mean, 6)
  say(
    `predict   ${scores.length} rows, median ${medianMs.toFixed(1)} ms for 100; BigQuery has ${count}, mean ${average.toFixed(6)}`,
  )
})

test('the predict command scores a table through the same code, into the same log', async () => {
  const [before] = await logged()
  await run('predict.ts', '--data', 'data/churn_ref_sample.csv', '--out', 'scored.jsonl', '--limit', '200')
  await expect.poll(async () => (await logged())[0], { timeout: 20_000, interval: 250 }).toBe(before + 200)
  say(`batch     200 rows scored to scored.jsonl; BigQuery has ${before + 200}`)
})

test('shifted traffic moves the answers, and the log shows it', async () => {
  const [before, meanBefore] = await logged()
  const { scores, mean } = await send(await rowsOf('churn_shifted_sample.csv'))
  await expect.poll(async () => (await logged())[0], { timeout: 20_000, interval: 250 }).toBe(before + scores.length)
  expect(mean).not.toBeCloseTo(meanBefore, 2)
  say(`shift     ${scores.length} shifted rows: mean answer ${mean.toFixed(4)} where it was ${meanBefore.toFixed(4)}`)
})

test('drift compares what was served with the profile in gs://, without a sample; PSI and positive rate are at Cloud Monitoring', async () => {
  // Weeks of the new traffic, so that the old is a small part; predict counts them and writes the counts when it ends.
  const shifted = await rowsOf('churn_shifted_sample.csv')
  for (let again = 0; again < 4; again++) await send(shifted)
  predict.child.kill('SIGTERM')
  expect(await predict.ended).toBe(0)
  predict = await serve('predict')
  const { url } = await serve('drift')
  const report = (await post(url, {})) as DriftReport
  const { current, prediction } = report.details
  const answered = 800 + 200 + 5 * shifted.length
  expect([report.overall_drift, current.kind, current.rows]).toEqual([true, 'served', answered])
  if (prediction.absent !== undefined) throw new Error(prediction.absent)
  expect(prediction.rows.current).toBe(answered)
  const published = stub.series.map(({ metric, points: [{ value }] }) => [metric.labels.feature, value.doubleValue])
  expect(published).toEqual([...Object.entries(report.features), [undefined, prediction.positive_rate.current]])
  const above = Object.entries(report.features).filter(([, psi]) => (psi ?? 0) > report.threshold)
  const { reference: before, current: now } = prediction.positive_rate
  say(
    `drift     of ${current.rows} served rows: ${above.map(([feature, psi]) => `${feature} ${psi?.toFixed(3)}`).join(', ')}; called positive ${(100 * before).toFixed(1)} % → ${(100 * now).toFixed(1)} %; ${published.length} series published`,
  )
})

test('the same rows as a sample have the PSI that their counts have', async () => {
  const { url } = await serve('drift')
  const [ref, shifted] = [await rowsOf('churn_ref_sample.csv'), await rowsOf('churn_shifted_sample.csv')]
  const current = [...ref, ...ref.slice(0, 200), ...Array(5).fill(shifted).flat()]
  const sample = (await post(url, { current })) as DriftReport
  const served = (await post(url, { days: 1 })) as DriftReport
  expect(served.features).toEqual(sample.features)
  say(
    `counts    PSI of counts and of the rows themselves are equal, in ${Object.keys(served.features).length} features`,
  )
})

test('the monitor makes a critical plan of the history in gs:// and the drift in BigQuery, and its metrics are at Cloud Monitoring', async () => {
  const history = await readFile(join(folder, 'data/metrics_history.jsonl'))
  await openGcs({ bucket, prefix: 'registry/churn', apiEndpoint: gcs }).write('monitor/metrics.jsonl', history)
  const { url } = await serve('monitor')
  stub.series.length = 0
  const plan = (await post(url, { metrics: 'monitor/metrics.jsonl' })) as Plan
  expect(plan.status).toBe('critical')
  expect(plan.findings).toContainEqual({ drift_overall: true })
  const published = stub.series.map(({ metric, points: [{ value }] }) => [
    metric.type.split('/').at(-1),
    value.doubleValue,
  ])
  expect(published).toContainEqual(['plan_status', 2])
  expect(published.map(([name]) => name)).toEqual(['plan_status', 'roc_auc', 'pr_auc'])
  say(
    `monitor   ${plan.status}: ${plan.actions.join(', ')}; published ${published.map(pair => pair.join(' ')).join(', ')}`,
  )
})

test('a challenger that is no better does not pass the gate', async () => {
  const challenger = (await run('train.ts', '--run', 'weak.yaml')) as Trained
  expect([challenger.champion, challenger.decision.verdict]).toEqual([false, 'refused'])
  say(`gate      ${challenger.version}, ROC-AUC ${challenger.roc_auc.toFixed(4)}: ${challenger.decision.reason}`)
})

test('a better challenger passes the gate, and predict serves it within the reload interval', async () => {
  better = (await run('train.ts')) as Trained
  expect([better.champion, better.decision.verdict]).toEqual([true, 'promoted'])
  say(`gate      ${better.version}, ROC-AUC ${better.roc_auc.toFixed(4)}: ${better.decision.reason}`)
  const [row] = await rowsOf('churn_ref_sample.csv')
  const seconds = await secondsUntilServed(better.version, row)
  expect(seconds).toBeLessThan(RELOAD_SECONDS + SLACK_SECONDS)
  say(`reload    served after ${seconds.toFixed(1)} s (looked for every ${RELOAD_SECONDS} s)`)
})

test('a rollback brings the champion before back within the reload interval, and health is well', async () => {
  await run('registry.ts', 'rollback', '--reason', 'the loop')
  const [row] = await rowsOf('churn_ref_sample.csv')
  const seconds = await secondsUntilServed(first.version, row)
  expect(seconds).toBeLessThan(RELOAD_SECONDS + SLACK_SECONDS)
  const { url } = await serve('health')
  expect((await fetch(url)).status).toBe(200)
  say(`rollback  ${first.version} in place of ${better.version}, served after ${seconds.toFixed(1)} s; health 200`)
})
