/** The command as a user runs it, in this process, on a registry and a sink in a folder. */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { churnRow, expectedProbability, profileFile, publishChampion } from '../functions/champion.fixture.ts'
import { loadChampion } from '../functions/load-champion.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import { openNamedModel } from '../shared/adapters/registry/named-model.ts'
import { makePredictionLog } from '../shared/adapters/sinks/prediction-log.ts'
import { openSqlite } from '../shared/adapters/sinks/sqlite.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import { capturedRun } from './captured-run.fixture.ts'
import { monitorCommand } from './monitor.ts'
import { predictCommand } from './predict.ts'
import { ANSWER_FORMATS, predictTable } from './predict-table.ts'

const ROOT = resolve(import.meta.dirname, '..')

let folder: string
let store: ModelStore
const before = process.cwd()
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'treeline-predict-'))
  cpSync(join(ROOT, 'data/contracts'), join(folder, 'data/contracts'), { recursive: true })
  process.chdir(folder)
  for (const name of ['CONTRACT', 'MODEL_URI', 'SINK_URI']) vi.stubEnv(name, '')
  store = await publishChampion(openLocal({ root: 'artifacts/registry/churn' }), {}, await profileFile([churnRow()]))
})
afterEach(() => {
  process.chdir(before)
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const predict = (...argv: string[]) => capturedRun(predictCommand, ...argv)

/** Rows whose tenure goes from 0 to 99 and round again; `churned` is 1 for the shorter half, but for some. */
function writeTable(count: number, { labelled = false } = {}): Record<string, unknown>[] {
  const rows = Array.from({ length: count }, (_, i) => churnRow({ tenure_months: i % 100 }))
  const header = [...Object.keys(rows[0]), ...(labelled ? ['churned'] : [])]
  const lines = rows.map((row, i) => [
    ...Object.values(row),
    ...(labelled ? [Number(i % 100 < 10 !== (i % 7 === 0))] : []),
  ])
  writeFileSync('table.csv', [header, ...lines].map(cells => `${cells.join(',')}\n`).join(''))
  return rows
}

const sinkRows = async () => {
  const sink = openSqlite({ path: 'artifacts/treeline.db' })
  const points = await sink.points({ model: 'churn', since: '2026-01-01T00:00:00.000Z' })
  await sink.close()
  return points.measured
}

test('CSV: a line for each row, in order, equal to what predict answers; and the log has them', async () => {
  const rows = writeTable(12_000)
  const { code, out, error } = await predict('--data', 'table.csv', '--out', 'new/answers.csv')
  expect({ code, error }).toEqual({ code: 0, error: '' })
  const [header, ...lines] = readFileSync('new/answers.csv', 'utf8').trimEnd().split('\n')
  expect(header).toBe('request_id,row_index,probability,class')
  expect(lines).toHaveLength(12_000)
  const model = await loadChampion(store)
  const { values, rowCount } = model.encodeRows(rows)
  const expected = await model.run(values, rowCount)
  lines.forEach((line, i) => {
    const [id, row, probability, label] = line.split(',')
    if (i === 0) expect(out).toContain(`request_id ${id}`)
    expect([Number(row), Math.fround(Number(probability)), label]).toEqual([
      i,
      expected[i],
      expected[i] >= 0.5 ? '1' : '0',
    ])
  })
  expect(out).toMatch(
    /^churn 20260101\.abc1234\.1: 12000 rows in [\d.]+ s, 1320 called positive\n {2}written {3}new\/answers\.csv\n/,
  )
  expect(out).toContain('logged to sqlite:artifacts/treeline.db')
  const points = await sinkRows()
  expect(points.reduce((sum, { scored }) => sum + scored, 0)).toBe(12_000)
  expect(points[0]).toMatchObject({ latency_p95_ms: null, error_rate: null, labelled: 0 })
  const database = new DatabaseSync('artifacts/treeline.db')
  const [counted] = database.prepare('SELECT counted, counts FROM feature_counts').all()
  database.close()
  // Of the profile's one row and its months, 10: below, equal, above, missing.
  expect([counted.counted, JSON.parse(String(counted.counts)).tenure_months]).toEqual([12_000, [1200, 120, 10_680, 0]])
})

test('JSON Lines and --limit: the first rows only', async () => {
  writeTable(30)
  const { code, out } = await predict('--data', 'table.csv', '--out', 'a.jsonl', '--limit', '7', '--json')
  expect([code, JSON.parse(out)]).toMatchObject([
    0,
    { rows: 7, out: 'a.jsonl', model: '20260101.abc1234.1', lost_rows: 0 },
  ])
  const answers = readFileSync('a.jsonl', 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(answers).toHaveLength(7)
  expect(answers[3]).toMatchObject({ row_index: 3, class: 1, request_id: JSON.parse(out).request_id })
  expect(answers[3].probability).toBeCloseTo(expectedProbability(3), 6)
  expect((await sinkRows()).reduce((sum, { scored }) => sum + scored, 0)).toBe(7)
  // More rows asked for than there are is all of them.
  expect(
    JSON.parse((await predict('--data', 'table.csv', '--out', 'a.jsonl', '--limit', '99', '--json')).out).rows,
  ).toBe(30)
})

test('--labelled logs what came true, and the monitor reads its history from there', async () => {
  writeTable(200, { labelled: true })
  expect((await predict('--data', 'table.csv', '--out', 'a.csv', '--labelled')).code).toBe(0)
  // That the numbers are right is the conformance suite's to show.
  const [point] = await sinkRows()
  expect(point).toMatchObject({ scored: 200, labelled: 200 })
  expect(point.roc_auc).toBeGreaterThan(0.5)
  const { code, out, error } = await capturedRun(monitorCommand)
  expect([code, error]).toEqual([0, 'metrics: 1 point of the sink\n'])
  expect(out).toMatch(/^warn: open_incident/)
  const sink = openSqlite({ path: 'artifacts/treeline.db' })
  const { stored } = await sink.points({ model: 'churn', since: '2026-01-01T00:00:00.000Z' })
  await sink.close()
  expect(stored).toEqual([point])
  const database = new DatabaseSync('artifacts/treeline.db')
  const plans = database.prepare('SELECT status, model_version FROM plans').all()
  database.close()
  expect(plans).toEqual([{ status: 'warn', model_version: '20260101.abc1234.1' }])
})

test('what came true later is recorded by the monitor, from the answers with the target added; a later word counts', async () => {
  writeTable(40)
  await predict('--data', 'table.csv', '--out', 'a.csv')
  const [header, ...lines] = readFileSync('a.csv', 'utf8').trimEnd().split('\n')
  const tell = (label: (row: number) => number) =>
    writeFileSync('came.csv', [`${header},churned`, ...lines.map((line, i) => `${line},${label(i)}.0`)].join('\n'))
  // First the opposite of the truth, then the truth: all answers are right, and the order of scores is that of labels.
  for (const [isRight, auc] of [
    [false, 0],
    [true, 1],
  ] as const) {
    tell(row => Number(row <= 10 === isRight))
    const { code, error } = await capturedRun(monitorCommand, '--outcomes', 'came.csv')
    expect([code, error]).toEqual([0, expect.stringContaining('outcomes: 40 rows of came.csv recorded\n')])
    expect(await sinkRows()).toMatchObject([{ labelled: 40, acc: auc, roc_auc: auc }])
  }
  vi.stubEnv('SINK_URI', 'none')
  expect((await capturedRun(monitorCommand, '--outcomes', 'came.csv')).code).toBe(2)
  vi.stubEnv('SINK_URI', '')
  writeFileSync('came.csv', 'request_id,row_index,churned\nx,-1,1\n')
  const { code, error } = await capturedRun(monitorCommand, '--outcomes', 'came.csv')
  expect([code, error]).toEqual([2, expect.stringContaining('row_index is "-1"; allowed: an integer of at least 0')])
  for (const [rows, message] of [
    ['x,0,1\nx,1,0\nx,0,0\n', 'came.csv: row 0 of request "x" is "1" and "0"; allowed: one value'],
    ['x,0,1\nx,1,0\nx,2,2\n', 'came.csv: beside the positive class there are "0" and "2"; allowed: one other class'],
  ]) {
    writeFileSync('came.csv', `request_id,row_index,churned\n${rows}`)
    const { code, error } = await capturedRun(monitorCommand, '--outcomes', 'came.csv')
    expect([code, error]).toEqual([2, expect.stringContaining(message)])
  }
})

test.each<[string, string[], string]>([
  ['no --data', ['--out', 'a.csv'], 'predict: --data is absent; allowed: the table to score\n'],
  ['no --out', ['--data', 'table.csv'], 'predict: --out is absent; allowed: a file that ends in .csv or .jsonl\n'],
  ['another ending', ['--data', 'table.csv', '--out', 'a.txt'], '--out is "a.txt"; allowed: a file that ends in .csv'],
  ['a table that is not there', ['--data', 'none.csv', '--out', 'a.csv'], 'predict: none.csv: no such file'],
  ['a table that breaks the contract', ['--data', 'bad.csv', '--out', 'a.csv'], 'bad.csv:2'],
  [
    '--limit 0',
    ['--data', 'table.csv', '--out', 'a.csv', '--limit', '0'],
    '--limit is "0"; allowed: an integer from 1',
  ],
  ['a folder that is a file', ['--data', 'table.csv', '--out', 'table.csv/a.csv'], '--out is table.csv/a.csv'],
  ['a folder', ['--data', 'table.csv', '--out', 'folder.csv'], 'predict: --out is folder.csv, which is a folder;'],
  ['labels that are not there', ['--data', 'table.csv', '--out', 'a.csv', '--labelled'], 'churned'],
])('%s ends with code 2 and writes no answers', async (_, argv, message) => {
  writeTable(5)
  mkdirSync('folder.csv')
  writeFileSync('bad.csv', readFileSync('table.csv', 'utf8').replace('Basic', 'Gold'))
  const { code, error } = await predict(...argv)
  expect([code, error]).toEqual([2, expect.stringContaining(message)])
  expect(error).not.toContain('rows were scored')
  expect([existsSync('a.csv'), readdirSync('.').filter(name => name.endsWith('.part'))]).toEqual([false, []])
})

/** Scores table.csv as a batching sink would see it; the most rows that waited for it. */
async function mostWaiting({ labelled = false } = {}): Promise<{ rows: number; most: number }> {
  let [waiting, most] = [0, 0]
  const writer = {
    add(_: string, { count }: { readonly count: number }) {
      waiting += count
      most = Math.max(most, waiting)
    },
    flush: async () => {
      waiting = 0
    },
    get waiting() {
      return waiting
    },
  }
  const { rows } = await predictTable(await openNamedModel('champion', store), {
    data: 'table.csv',
    out: 'a.csv',
    format: ANSWER_FORMATS['.csv']!,
    limit: undefined,
    labelled,
    requestId: 'r',
    writer,
    predictions: makePredictionLog(writer),
    progress: { start: () => {}, update: () => {} },
    onFailure: () => {},
  })
  return { rows, most }
}

// batching.ts takes 50,000 rows and loses what comes beyond that.
test('outcomes that the sink does not take are an error that says how many and why, and no plan is made', async () => {
  mkdirSync('artifacts', { recursive: true })
  const database = new DatabaseSync('artifacts/treeline.db')
  database.exec('CREATE TABLE outcomes (request_id TEXT, row_index INTEGER)')
  database.close()
  writeFileSync('came.csv', 'request_id,row_index,churned\nx,0,1\nx,1,0\n')
  const { code, error } = await capturedRun(monitorCommand, '--outcomes', 'came.csv')
  expect([code, error]).toEqual([
    2,
    expect.stringMatching(/^monitor: 2 of 2 rows of came\.csv are not recorded: outcomes: cannot write.* column/m),
  ])
  expect(error).not.toContain('came.csv recorded')
  expect(existsSync('artifacts/agent_plan.yaml')).toBe(false)
})

test('a table of more rows than the sink takes at once waits for it, and loses none', async () => {
  writeTable(60_000)
  const { rows, most } = await mostWaiting()
  expect(rows).toBe(60_000)
  expect(most).toBeLessThan(50_000)
})

test('neither does a table of rows so short that one piece of the file has more than the sink takes', async () => {
  const target = { column: 'churned', positive: 1 }
  const types = { tenure_months: { type: 'integer' as const }, is_promo_user: { type: 'category' as const } }
  store = await publishChampion(openLocal({ root: 'artifacts/registry/churn' }), {
    contract: { name: 'churn', data: 'table.csv', target, features: types },
    features: [
      { name: 'tenure_months', kind: 'number' },
      { name: 'is_promo_user', kind: 'category', levels: ['No', 'Yes'], hasOther: false },
    ],
  })
  writeFileSync('table.csv', `tenure_months,is_promo_user,churned\n${'7,No,0\n8,No,1\n'.repeat(40_000)}`)
  const { rows, most } = await mostWaiting({ labelled: true })
  expect(rows).toBe(80_000)
  expect(most).toBeLessThan(50_000)
})

test("--limit reads no further: what is wrong after the last row is nobody's concern", async () => {
  writeTable(50)
  writeFileSync('table.csv', `${readFileSync('table.csv', 'utf8')}nonsense\n`)
  expect((await predict('--data', 'table.csv', '--out', 'a.csv', '--limit', '50')).code).toBe(0)
  expect((await predict('--data', 'table.csv', '--out', 'b.csv')).code).toBe(2)
})

test('a row that is wrong late in the table leaves no answers, and it is said what was logged before', async () => {
  writeTable(30_000)
  writeFileSync('table.csv', readFileSync('table.csv', 'utf8').replace(/Basic(?=[^\n]*\n[^\n]*\n$)/, 'Gold'))
  const { code, error } = await predict('--data', 'table.csv', '--out', 'a.csv')
  expect([code, error]).toEqual([2, expect.stringContaining('table.csv:30000')])
  const [, told] = /^(\d+) rows were scored as request_id [0-9a-f-]{36}; no answers are written/.exec(error) ?? []
  expect(Number(told)).toBeGreaterThan(5_000)
  expect((await sinkRows()).reduce((sum, { scored }) => sum + scored, 0)).toBe(Number(told))
  expect(readdirSync('.').filter(name => name.startsWith('a.csv'))).toEqual([])
})

test('a target that is wrong is named by its row in the table, whatever piece it is in', async () => {
  writeTable(20_000, { labelled: true })
  const lines = readFileSync('table.csv', 'utf8').split('\n')
  lines[15_000] = lines[15_000].replace(/[01]$/, '7')
  writeFileSync('table.csv', lines.join('\n'))
  const { code, error } = await predict('--data', 'table.csv', '--out', 'a.csv', '--labelled')
  expect([code, error]).toEqual([2, expect.stringContaining('target churned is "7" in row 15000; allowed: 0, 1')])
})

test('the answers never replace the table, under whatever name', async () => {
  writeTable(5)
  symlinkSync('table.csv', 'other.csv')
  const { code, error } = await predict('--data', 'table.csv', '--out', './other.csv')
  expect([code, error]).toEqual([2, expect.stringContaining('--out is "./other.csv", which is the table')])
})

test('two commands with one target write one of the two, whole', async () => {
  writeTable(12_000)
  vi.stubEnv('SINK_URI', 'none')
  const runs = await Promise.all([1, 2].map(() => predict('--data', 'table.csv', '--out', 'a.csv', '--json')))
  expect(runs.map(({ code }) => code)).toEqual([0, 0])
  const [, ...lines] = readFileSync('a.csv', 'utf8').trimEnd().split('\n')
  expect(lines.map(line => Number(line.split(',')[1]))).toEqual(lines.map((_, i) => i))
  expect(new Set(lines.map(line => line.split(',')[0])).size).toBe(1)
  expect([lines.length, readdirSync('.').filter(name => name.endsWith('.part'))]).toEqual([12_000, []])
})

test.each<[NodeJS.Signals, number]>([
  ['SIGTERM', 0],
  ['SIGKILL', 1],
])('%s in the middle leaves the answers of before, and %i parts beside them', async (signal, parts) => {
  writeTable(20_000)
  writeFileSync('a.csv', 'of before')
  // A table that does not end while the test wants it not to.
  execFileSync('mkfifo', ['pipe.csv'])
  const argv = [join(ROOT, 'scripts/predict.ts'), '--data', 'pipe.csv', '--out', 'a.csv']
  const child = spawn(process.execPath, argv, { env: { ...process.env, SINK_URI: 'none' }, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const pipe = createWriteStream('pipe.csv')
  pipe.on('error', () => {})
  pipe.write(readFileSync('table.csv'))
  const part = () => readdirSync('.').find(name => name.endsWith('.part'))
  await expect.poll(() => statSync(part() ?? 'a.csv').size, { timeout: 20_000 }).toBeGreaterThan(1_000)
  child.kill(signal)
  expect((await ended)[1]).toBe(signal)
  pipe.destroy()
  expect(readFileSync('a.csv', 'utf8')).toBe('of before')
  expect(readdirSync('.').filter(name => name.endsWith('.part'))).toHaveLength(parts)
})

test('a sink that cannot be written costs the log and not the answers, and both are said', async () => {
  writeTable(5)
  writeFileSync('file', '')
  vi.stubEnv('SINK_URI', 'sqlite:file/treeline.db')
  const { code, out, error } = await predict('--data', 'table.csv', '--out', 'a.csv')
  // Five answers, and one row that says how many fell into each bin.
  expect([code, out]).toEqual([0, expect.stringContaining('; 6 rows of it were lost')])
  expect(error).toContain('the sink sqlite:file/treeline.db lost 5 rows')
  vi.stubEnv('SINK_URI', 'none')
  expect((await predict('--data', 'table.csv', '--out', 'b.csv')).out).toContain('not logged (SINK_URI=none)')
  const digest = (file: string) =>
    createHash('sha256')
      .update(readFileSync(file, 'utf8').replaceAll(/^[0-9a-f-]{36}/gm, ''))
      .digest('hex')
  expect(digest('a.csv')).toBe(digest('b.csv'))
  expect(readdirSync('.').filter(name => name.endsWith('.part'))).toEqual([])
})
