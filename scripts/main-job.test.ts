/**
 * The main job as a user does it, in processes of their own in an empty folder: start writes data, trains and serves; a
 * training killed at any moment leaves the champion served; a flipped byte is refused by name; a run.yaml replays.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'

const ROOT = resolve(import.meta.dirname, '..')
const REGISTRY = 'artifacts/registry/churn'
const folder = mkdtempSync(join(tmpdir(), 'treeline-main-job-'))
const started: ChildProcess[] = []

/** The request of the README, so that what newcomers paste is what is tested. */
function readmeRows(): string {
  const body = readFileSync(join(ROOT, 'README.md'), 'utf8').match(
    /curl [^']*'content-type: application\/json' -d '([^']+)'/,
  )?.[1]
  if (!body) throw new Error('README.md has no request to paste')
  return body
}

function launch(script: string, args: readonly string[] = [], environment: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [join(ROOT, 'scripts', script), ...args], {
    cwd: folder,
    env: { ...process.env, MODEL_URI: '', CONTRACT: '', LOG_LEVEL: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  return child
}

async function run(
  script: string,
  args: readonly string[] = [],
): Promise<{ code: number; out: string; error: string }> {
  const child = launch(script, args)
  let out = ''
  let error = ''
  child.stdout?.on('data', chunk => {
    out += chunk
  })
  child.stderr?.on('data', chunk => {
    error += chunk
  })
  const [code] = await once(child, 'close')
  return { code, out, error }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function serve(environment: Record<string, string> = {}): Promise<{ url: string; stop(): Promise<number> }> {
  const port = await freePort()
  const child = launch('start.ts', [], { PORT: String(port), ...environment })
  let note = ''
  child.stderr?.on('data', chunk => {
    note += chunk
  })
  while (!note.includes('is served at')) {
    if (child.exitCode !== null) throw new Error(`start ended: ${note}`)
    await wait(20)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      return code
    },
  }
}

interface Answer {
  readonly predictions: readonly { readonly probability: number; readonly class: number }[]
  readonly model: { readonly version: string }
}

const answerOf = async (response: Response) => (await response.json()) as Answer
const predict = (url: string, body: string) =>
  fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
const pointers = () => readdirSync(join(folder, REGISTRY)).filter(name => name.startsWith('champion.'))
const champion = (): string => {
  const numberOf = (name: string) => Number(name.split('.')[1])
  const newest =
    pointers()
      .sort((a, b) => numberOf(a) - numberOf(b))
      .at(-1) ?? ''
  return JSON.parse(readFileSync(join(folder, REGISTRY, newest), 'utf8')).version
}

beforeAll(() => {
  for (const kind of ['contracts', 'runs'])
    cpSync(join(ROOT, 'data', kind), join(folder, 'data', kind), { recursive: true })
})

afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('start in an empty folder ends in a server that answers the rows of the README, and stops when told to', async () => {
  const { url, stop } = await serve()
  expect(existsSync(join(folder, 'data/customer_churn_synth.csv'))).toBe(true)
  const response = await predict(url, readmeRows())
  expect(response.status).toBe(200)
  const { predictions, model } = await answerOf(response)
  expect(predictions.map(prediction => prediction.class)).toEqual([1, 0])
  expect(model).toMatchObject({ name: 'churn', version: champion(), threshold: 0.5 })
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
  expect(await stop()).toBe(0)
}, 120_000)

test('a second start serves the same champion without training again', async () => {
  const before = champion()
  const { url, stop } = await serve()
  const response = await predict(url, readmeRows())
  expect((await answerOf(response)).model.version).toBe(before)
  expect(pointers()).toHaveLength(1)
  await stop()
}, 60_000)

test('run.yaml replays to the same bytes of both ONNX files, and another table under its name is refused', async () => {
  const version = join(REGISTRY, champion())
  const replay = await run('train.ts', ['--run', join(version, 'run.yaml'), '--outdir', 'again', '--threads', '1'])
  expect(replay).toMatchObject({ code: 0 })
  for (const name of ['model.onnx', 'model.portable.onnx', 'run.yaml']) {
    expect(readFileSync(join(folder, 'again', name)).equals(readFileSync(join(folder, version, name)))).toBe(true)
  }
  const table = join(folder, 'data/customer_churn_synth.csv')
  const text = readFileSync(table, 'utf8')
  writeFileSync(table, text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1))
  const other = await run('train.ts', ['--run', join(version, 'run.yaml')])
  expect(other).toMatchObject({ code: 2, error: expect.stringContaining('is not the table this run was trained on') })
  writeFileSync(table, text)
}, 120_000)

test('a training that is killed at any moment leaves the old champion, and the registry without a half version', async () => {
  const before = champion()
  const store = openModelStore(openLocal({ root: join(folder, REGISTRY) }))
  // How long a whole training takes on this machine, so that the kills spread over all of it.
  const begun = performance.now()
  await run('train.ts', ['--promote'])
  const whole = performance.now() - begun
  expect(champion()).not.toBe(before)
  for (let kill = 1; kill <= 8; kill++) {
    const old = champion()
    const child = launch('train.ts', ['--promote'])
    await wait((whole * kill) / 8)
    child.kill('SIGKILL')
    if (child.exitCode === null) await once(child, 'exit')
    // The old champion, or a new one of which every file is what its manifest recorded.
    const pointer = await store.champion()
    if (!pointer) throw new Error('the champion is gone')
    const manifest = await store.manifest(pointer)
    for (const name of Object.keys(manifest.files)) await store.readFile(manifest, name)
    expect(pointer.version === old || pointer.previous === old).toBe(true)
    expect(await store.versions()).toContain(pointer.version)
  }
  const { url, stop } = await serve()
  expect((await predict(url, readmeRows())).status).toBe(200)
  await stop()
}, 240_000)

test('a rollback while the server runs is served within the interval, and no request in between fails', async () => {
  const { url, stop } = await serve({ MODEL_RELOAD_SECONDS: '1' })
  // Picked alone, this test has only the first champion that the server has just made, and nothing to go back to.
  if (pointers().length < 2) expect(await run('train.ts', ['--promote'])).toMatchObject({ code: 0 })
  const left = champion()
  const rollingBack = run('registry.ts', ['rollback', '--reason', 'the new one is worse', '--json'])
  const answers: { readonly version: string; readonly status: number }[] = []
  const askedUntil = performance.now() + 15_000
  for (;;) {
    const response = await predict(url, readmeRows())
    answers.push({ status: response.status, version: (await answerOf(response)).model.version })
    if (champion() !== left && answers.at(-1)?.version === champion()) break
    if (performance.now() > askedUntil) throw new Error(`the server still serves ${left}: ${(await rollingBack).error}`)
    await wait(20)
  }
  expect(await rollingBack).toMatchObject({ code: 0 })
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(answers.at(-1)?.version).toBe(champion())
  const info = (await (await fetch(`${url}/model/info`)).json()) as { version: string; promotion: object }
  expect(info).toMatchObject({
    version: champion(),
    promotion: { verdict: 'rolled_back', reason: 'the new one is worse' },
  })
  const { models } = (await (await fetch(`${url}/models`)).json()) as {
    models: { version: string; champion: boolean }[]
  }
  expect(models.filter(model => model.champion)).toEqual([{ version: champion(), champion: true }])
  expect((await fetch(`${url}/model/reload`, { method: 'POST' })).status).toBe(403)
  await stop()
}, 120_000)

test('a model file with one flipped byte is refused with its name: 503, and the reason in /health', async () => {
  const file = join(folder, REGISTRY, champion(), 'model.onnx')
  const bytes = readFileSync(file)
  bytes[100] ^= 1
  writeFileSync(file, bytes)
  const port = await freePort()
  const child = launch('start.ts', [], { PORT: String(port) })
  const url = `http://127.0.0.1:${port}`
  let health: Response | undefined
  while (!health) {
    health = await fetch(`${url}/health`).catch(() => undefined)
    if (child.exitCode !== null) throw new Error('start ended')
    await wait(20)
  }
  expect(health.status).toBe(503)
  expect(await health.text()).toContain(`${champion()}: file model.onnx does not match`)
  expect((await predict(url, readmeRows())).status).toBe(503)
  child.kill('SIGTERM')
}, 60_000)

test('a contract that is wrong, a table that is wrong and an unknown option end with code 2 and say where', async () => {
  expect(await run('train.ts', ['--dta', 'x'])).toMatchObject({ code: 2, error: expect.stringContaining('--data') })
  expect(await run('train.ts', ['--data', 'nowhere.csv'])).toMatchObject({
    code: 2,
    error: expect.stringContaining('nowhere.csv: no such file'),
  })
  writeFileSync(join(folder, 'bad.csv'), 'plan_type\nGold\n')
  expect(await run('train.ts', ['--data', 'bad.csv'])).toMatchObject({
    code: 2,
    error: expect.stringContaining('bad.csv'),
  })
  expect(await run('train.ts', ['--contract', 'chrun'])).toMatchObject({
    code: 2,
    error: expect.stringContaining('churn'),
  })
}, 60_000)
