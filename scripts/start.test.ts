/** `npm start` and its sink: what waits at SIGTERM is written before the process ends. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startBucketServer } from '../functions/bucket-server.fixture.ts'
import { churnRow, profileFile, publishChampion } from '../functions/champion.fixture.ts'
import { openSqlite } from '../shared/adapters/sinks/sqlite.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'

const ROOT = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'treeline-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('start keeps its predictions in artifacts/treeline.db, those of the last moment too, drift sees them at once, and it warns of nothing', async () => {
  cpSync(join(ROOT, 'data/contracts'), join(folder, 'data/contracts'), { recursive: true })
  const rows = Array.from({ length: 300 }, (_, i) => churnRow({ tenure_months: i % 40 }))
  await publishChampion(openLocal({ root: join(folder, 'artifacts/registry/churn') }), {}, await profileFile(rows))
  const child = spawn(process.execPath, [join(ROOT, 'scripts/start.ts')], {
    cwd: folder,
    env: { ...process.env, MODEL_URI: '', CONTRACT: '', LOG_LEVEL: '', SINK_URI: '', PORT: '0' },
  })
  let said = ''
  child.stderr.on('data', text => {
    said += text
  })
  const ended = once(child, 'exit')
  try {
    await expect.poll(() => said, { timeout: 20_000 }).toContain('is served at')
    const [url] = /http:\/\/localhost:\d+/.exec(said) ?? []
    const post = (path: string, body: unknown) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    expect((await post('/predict', rows)).status).toBe(200)
    const answer = await post('/drift', {})
    expect([answer.status, await answer.json()]).toMatchObject([200, { details: { current: { rows: 300 } } }])
    expect((await post('/predict', [churnRow(), churnRow()])).status).toBe(200)
    child.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
  expect(said.trim().split('\n')).toHaveLength(1)
  const sink = openSqlite({ path: join(folder, 'artifacts/treeline.db') })
  const { measured } = await sink.points({ model: 'churn', since: '2026-01-01T00:00:00.000Z' })
  await sink.close()
  expect(measured).toMatchObject([{ scored: 302 }])
}, 60_000)

test('start ends at SIGTERM also while the registry does not answer', async () => {
  const storage = openMemory()
  await publishChampion(storage)
  const bucket = await startBucketServer(storage)
  const child = spawn(process.execPath, [join(ROOT, 'scripts/start.ts')], {
    cwd: folder,
    env: {
      ...process.env,
      CONTRACT: '',
      PORT: '0',
      SINK_URI: 'none',
      MODEL_URI: 'gs://bucket',
      MODEL_CACHE: join(folder, 'cache'),
      MODEL_RELOAD_SECONDS: '1',
      GCS_API_ENDPOINT: bucket.address,
    },
  })
  let said = ''
  child.stderr.on('data', text => {
    said += text
  })
  const ended = once(child, 'exit')
  try {
    await expect.poll(() => said, { timeout: 20_000 }).toContain('is served at')
    bucket.hang()
    await expect.poll(() => bucket.hanging, { timeout: 10_000 }).toBeGreaterThan(0)
    const asked = performance.now()
    child.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
    expect(performance.now() - asked).toBeLessThan(10_000)
  } finally {
    child.kill('SIGKILL')
    bucket.close()
  }
}, 60_000)
