/** The conformance suite on files, and what only files can do: several processes, a folder that cannot be written. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { afterAll, expect, test } from 'vitest'
import { describeSink } from './sink.conformance.ts'
import { driftReport, metrics, outcome, prediction, timeAt } from './sink.fixture.ts'
import { openSqlite } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'treeline-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const newPath = () => join(folder, `${count++}`, 'treeline.db')

const NOW = () => new Date(timeAt(0))

describeSink('sqlite', async () => openSqlite({ path: newPath(), now: NOW }))

/** Writes `count` batches of 10 rows, each in a call of its own. */
const WRITER = (path: string, writer: number, batches: number) => `
import { openSqlite } from ${JSON.stringify(pathToFileURL(resolve(import.meta.dirname, 'sqlite.ts')).href)}
const sink = openSqlite({ path: ${JSON.stringify(path)} })
for (let batch = 0; batch < ${batches}; batch++) {
  const rows = Array.from({ length: 10 }, (_, i) => ({ ...${JSON.stringify(prediction())}, request_id: 'w${writer}', row_index: 10 * batch + i }))
  const refused = await sink.write('predictions', rows)
  if (refused.length > 0) throw new Error(refused[0].reason)
}
await sink.close()
`

test('four processes that write the same new file at once lose nothing, and print nothing', async () => {
  const path = newPath()
  const runs = await Promise.all(
    [0, 1, 2, 3].map(async writer => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER(path, writer, 15)])
      let said = ''
      child.stderr.on('data', text => {
        said += text
      })
      const [code] = await once(child, 'close')
      return { code, said }
    }),
  )
  expect(runs).toEqual(Array(4).fill({ code: 0, said: '' }))
  const sink = openSqlite({ path })
  const { measured } = await sink.points({ model: 'churn', since: timeAt(-1) })
  await sink.close()
  expect(measured).toMatchObject([{ scored: 600 }])
}, 60_000)

test('after closing nothing keeps the process alive, and neither does a sink that nobody closes', async () => {
  const code = `
${WRITER(newPath(), 0, 1)}
const open = openSqlite({ path: ${JSON.stringify(newPath())} })
await open.latestDrift('churn')
console.log(process.getActiveResourcesInfo().filter(name => name !== 'PipeWrap').join())
`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code])
  let said = ''
  child.stdout.on('data', text => {
    said += text
  })
  expect([(await once(child, 'close'))[0], said]).toEqual([0, '\n'])
})

test('a writer waits for another connection without holding the event loop', async () => {
  const path = newPath()
  const sink = openSqlite({ path })
  await sink.write('predictions', [prediction()])
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  let done = false
  const writing = sink.write('predictions', [prediction({ row_index: 1 })]).then(refused => {
    done = true
    return refused
  })
  const gaps: number[] = []
  for (let turn = 0; turn < 20; turn++) {
    const before = performance.now()
    await new Promise(next => setTimeout(next, 10))
    gaps.push(performance.now() - before)
  }
  expect(done).toBe(false)
  // SQLite's own waiting would have held the loop for all of it. The bound leaves room for a busy machine.
  expect(gaps.toSorted((a, b) => a - b)[10]).toBeLessThan(100)
  other.exec('COMMIT')
  other.close()
  expect(await writing).toEqual([])
  await sink.close()
})

test.each([
  ['a folder that is a file', (path: string) => writeFileSync(resolve(path, '..'), 'x'), /EEXIST|ENOTDIR/],
  ['a file that is no database', (path: string) => writeDatabase(path, 'x'.repeat(5000)), /not a database/],
  ['a table of other columns', (path: string) => otherTable(path), /no column named|has no column/],
])('%s refuses every row with the reason, and reading says SINK_FAILED', async (_, spoil, reason) => {
  const path = newPath()
  spoil(path)
  const sink = openSqlite({ path })
  const refused = await sink.write('predictions', [prediction(), prediction({ row_index: 1 })])
  expect(refused).toEqual([
    { row: 0, reason: expect.stringMatching(reason) },
    { row: 1, reason: expect.stringMatching(reason) },
  ])
  expect(refused[0].reason).toContain(`cannot write sqlite:${path}`)
  await expect(sink.points({ model: 'churn', since: timeAt(0) })).rejects.toMatchObject({
    code: 'SINK_FAILED',
    message: expect.stringContaining(`cannot read sqlite:${path}`),
  })
  await sink.close()
})

function writeDatabase(path: string, content: string): void {
  mkdirSync(resolve(path, '..'), { recursive: true })
  writeFileSync(path, content)
}

function otherTable(path: string): void {
  writeDatabase(path, '')
  const other = new DatabaseSync(path)
  // Indexes of the tables fit, and nothing else does.
  other.exec('CREATE TABLE predictions (model_name TEXT, time TEXT)')
  other.close()
}

test('what one sink wrote, another one reads: the file outlives both', async () => {
  const path = newPath()
  const first = openSqlite({ path })
  await first.write('drift_reports', [driftReport()])
  await first.close()
  const second = openSqlite({ path })
  expect(await second.latestDrift('churn')).toBe(driftReport().report)
  await second.close()
})

const DAY = 24 * 60
const predictionTimes = (path: string) => {
  const database = new DatabaseSync(path)
  const rows = database.prepare('SELECT time FROM predictions ORDER BY time').all()
  database.close()
  return rows.map(({ time }) => time)
}

test('a reading of many rows holds neither the event loop nor a write', async () => {
  const path = newPath()
  const sink = openSqlite({ path, now: NOW })
  const rows = Array.from({ length: 30_000 }, (_, i) => prediction({ request_id: `r-${i}`, time: timeAt(i / 30) }))
  await sink.write('predictions', rows)
  await sink.latestDrift('churn')
  let [isRead, writtenMs, longest] = [false, 0, 0]
  const before = performance.now()
  const reading = sink.points({ model: 'churn', since: timeAt(-1) }).then(({ measured }) => {
    isRead = true
    return measured
  })
  const writing = sink.write('predictions', [prediction({ request_id: 'new' })]).then(() => {
    writtenMs = performance.now() - before
  })
  for (let last = performance.now(); !isRead; last = performance.now()) {
    await new Promise(next => setTimeout(next, 5))
    longest = Math.max(longest, performance.now() - last)
  }
  const took = performance.now() - before
  expect((await reading).reduce((sum, { scored }) => sum + scored, 0)).toBeGreaterThanOrEqual(30_000)
  await writing
  await sink.close()
  // On the event loop the reading would be one gap of its whole length, and on the writer's thread the write would come after.
  expect(longest).toBeLessThan(took / 2)
  expect(writtenMs).toBeLessThan(took / 2)
})

test('what is older than 400 days goes as new rows come, and evidence stays', async () => {
  const path = newPath()
  const old = openSqlite({ path, now: NOW })
  const times = [0, 1, 2, 3].map(day => timeAt(day * DAY))
  await old.write(
    'predictions',
    times.map(time => prediction({ time })),
  )
  await old.write(
    'outcomes',
    times.map(time => outcome({ time })),
  )
  await old.write('metrics', [metrics()])
  await old.close()
  const sink = openSqlite({ path, now: () => new Date(timeAt(402.5 * DAY)) })
  await sink.write('predictions', [prediction({ time: timeAt(402 * DAY) })])
  // One new row looks at the two oldest; the next ones find what is left.
  expect(predictionTimes(path)).toEqual([timeAt(2 * DAY), timeAt(3 * DAY), timeAt(402 * DAY)])
  await sink.write('predictions', [prediction({ time: timeAt(402 * DAY) })])
  await sink.write(
    'outcomes',
    times.map(() => outcome({ time: timeAt(402 * DAY) })),
  )
  expect(predictionTimes(path)).toEqual([timeAt(3 * DAY), timeAt(402 * DAY), timeAt(402 * DAY)])
  expect((await sink.points({ model: 'churn', since: timeAt(-1) })).stored).toEqual([metrics()])
  await sink.close()
})

test('a file that is removed while it is written to is made again, and the rows after that are in it', async () => {
  const path = newPath()
  const sink = openSqlite({ path, now: NOW })
  await sink.write('predictions', [prediction()])
  rmSync(resolve(path, '..'), { recursive: true })
  expect(await sink.write('predictions', [prediction({ time: timeAt(1) })])).toEqual([])
  await sink.close()
  expect(predictionTimes(path)).toEqual([timeAt(1)])
})

test('a thread that dies fails what it was asked, and the next write starts another', async () => {
  const path = newPath()
  const sink = openSqlite({ path, now: NOW })
  const started = once(process, 'worker')
  const first = sink.write('predictions', [prediction()])
  const [thread] = (await started) as [Worker]
  await thread.terminate()
  await expect(first).rejects.toMatchObject({
    code: 'SINK_FAILED',
    message: expect.stringContaining('its thread ended'),
  })
  expect(await sink.write('predictions', [prediction({ time: timeAt(1) })])).toEqual([])
  await sink.close()
  expect(predictionTimes(path)).toContain(timeAt(1))
})

test('closing does not wait for a writer that waits for another process, and then nothing more is taken', async () => {
  const path = newPath()
  const sink = openSqlite({ path, now: NOW })
  await sink.write('predictions', [prediction()])
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  const writing = sink.write('predictions', [prediction()])
  await new Promise(next => setTimeout(next, 50))
  const before = performance.now()
  await Promise.all([sink.close(), expect(writing).rejects.toMatchObject({ code: 'SINK_FAILED' })])
  expect(performance.now() - before).toBeLessThan(3_000)
  other.close()
  await expect(sink.write('predictions', [prediction()])).rejects.toMatchObject({ code: 'SINK_FAILED' })
})
