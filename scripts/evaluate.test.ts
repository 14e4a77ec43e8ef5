/** The command as a user runs it, in this process, in a folder of its own, on models trained here on the seeded data. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { capturedRun } from './captured-run.fixture.ts'
import { writeData } from './data/write-data.ts'
import { evaluateCommand } from './evaluate.ts'
import type { EvaluationDocument } from './evaluate-model.ts'
import { trainCommand } from './train.ts'

const ROOT = resolve(import.meta.dirname, '..')
const REF = 'data/churn_ref_sample.csv'
const before = process.cwd()
let folder: string

const evaluate = (...argv: string[]) => capturedRun(evaluateCommand, ...argv)
async function evaluation(...argv: string[]): Promise<EvaluationDocument> {
  const { code, out, error } = await evaluate(...argv, '--json')
  expect({ code, error }).toEqual({ code: 0, error: '' })
  return JSON.parse(out)
}

/** A small logistic run, so that the suite is about judging and not about training. */
const runFile = (name: string) =>
  `contract: ${name}\nthreshold: youden\ncalibration: platt\nfamilies: { logistic: {} }\n`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'treeline-evaluate-'))
  cpSync(join(ROOT, 'data/contracts'), join(folder, 'data/contracts'), { recursive: true })
  process.chdir(folder)
  for (const name of ['CONTRACT', 'MODEL_URI']) vi.stubEnv(name, '')
  for (const contract of ['churn', 'adult']) {
    await writeData({ out: 'data', seed: 1, contract })
    writeFileSync(`${contract}.yaml`, runFile(contract))
    const trained = await capturedRun(
      trainCommand,
      '--contract',
      contract,
      '--run',
      `${contract}.yaml`,
      '--outdir',
      `out/${contract}`,
    )
    expect(trained).toMatchObject({ code: 0, error: '' })
  }
}, 120_000)
afterAll(() => {
  process.chdir(before)
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('the champion on a labelled table: the same by champion, by version and by folder, with intervals around the figures', async () => {
  const champion = await evaluation('--data', REF)
  const { roc_auc, pr_auc, intervals, model, rows, confusion } = champion
  expect(rows).toBe(800)
  for (const [name, value] of Object.entries({ roc_auc, pr_auc, accuracy: champion.accuracy, brier: champion.brier })) {
    expect(intervals[name]!.low).toBeLessThan(value)
    expect(intervals[name]!.high).toBeGreaterThan(value)
  }
  expect(Object.values(confusion).reduce((sum, count) => sum + count, 0)).toBe(800)
  expect(model).toMatchObject({ name: 'churn', calibration: 'platt' })
  const figures = ({ roc_auc, log_loss, intervals, model }: EvaluationDocument) => ({
    roc_auc,
    log_loss,
    intervals,
    model,
  })
  expect(figures(await evaluation('--data', REF, '--model', model.version))).toEqual(figures(champion))
  for (const name of ['out/churn', 'out/churn/model.onnx', 'out/churn/model.portable.onnx', 'out/churn/model.json']) {
    expect(figures(await evaluation('--data', REF, '--model', name))).toEqual(figures(champion))
  }
})

test('the threshold is the one that model.json has, chosen by the rule of the run, and the file says how', async () => {
  const manifest = JSON.parse(readFileSync('out/churn/model.json', 'utf8'))
  const metrics = JSON.parse(readFileSync('out/churn/metrics.json', 'utf8'))
  expect(metrics.threshold_choice).toMatchObject({ rule: 'youden', chosen_on: 'validation part' })
  expect(metrics.calibration).toMatchObject({
    method: 'platt',
    asked: 'platt',
    held_out_without: { ece: expect.any(Number) },
  })
  expect(manifest.calibration).toMatchObject({ method: 'platt', slope: expect.any(Number) })
  expect(manifest.metrics).not.toHaveProperty('definitions')
  const { model } = await evaluation('--data', REF)
  expect(model.threshold).toBe(manifest.threshold)
  expect(manifest.threshold).not.toBe(0.5)
})

test('--out writes the same document, the report and, for a table with sensitive columns, the groups', async () => {
  const table = 'data/adult_shifted_sample.csv'
  const document = await evaluation('--contract', 'adult', '--data', table, '--out', 'judged')
  expect(readdirSync('judged').sort()).toEqual([
    'evaluation.json',
    'fairness.json',
    'report.html',
    'threshold_curve.csv',
  ])
  expect(JSON.parse(readFileSync('judged/evaluation.json', 'utf8'))).toEqual(document)
  expect(document.fairness?.columns.length).toBeGreaterThan(0)
  expect(JSON.parse(readFileSync('judged/fairness.json', 'utf8'))).toEqual(document.fairness)
  expect(readFileSync('judged/report.html', 'utf8')).toContain(`rows of ${table}`)
})

test('every rule says which threshold it would choose on these rows, the curve has it, and bins hold all rows', async () => {
  const { thresholds, reliability, f1, model } = await evaluation('--data', REF, '--out', 'ruled')
  expect(thresholds.map(({ rule }) => rule)).toEqual(['in_use', 'f1', 'youden'])
  const [inUse, best] = thresholds
  expect(inUse).toMatchObject({ threshold: model.threshold, f1 })
  expect(best.f1).toBeGreaterThanOrEqual(f1 as number)
  expect(reliability.reduce((sum, { rows }) => sum + rows, 0)).toBe(800)
  const [header, ...points] = readFileSync('ruled/threshold_curve.csv', 'utf8').trim().split('\n')
  expect(header).toBe('threshold,precision,recall,false_positive_rate,f1,youden')
  expect(Math.max(...points.map(line => Number(line.split(',')[4])))).toBeLessThanOrEqual(best.f1)
  expect(readFileSync('out/churn/threshold_curve.csv', 'utf8')).toContain(header)
})

test('a table without the sensitive columns is judged all the same, and says so', async () => {
  const [header, ...lines] = readFileSync('data/adult_ref_sample.csv', 'utf8')
    .trim()
    .split('\n')
    .map(line => line.split(','))
  const { contract } = JSON.parse(readFileSync('out/adult/model.json', 'utf8'))
  const sensitive = Object.keys(contract.sensitive)
  const typed = (cell: string) => (cell === '?' ? null : Number.isNaN(Number(cell)) ? cell : Number(cell))
  const rows = lines.map(cells =>
    Object.fromEntries(
      header.map((name, i) => [name, typed(cells[i])]).filter(([name]) => !sensitive.includes(`${name}`)),
    ),
  )
  writeFileSync('bare.jsonl', rows.map(row => JSON.stringify(row)).join('\n'))
  const document = await evaluation('--contract', 'adult', '--data', 'bare.jsonl')
  expect(document.rows).toBe(lines.length)
  expect(document).not.toHaveProperty('fairness')
  expect(document.notes.join(' ')).toContain(sensitive.join(', '))
})

test('a table of one class is judged as far as it goes', async () => {
  const [header, ...lines] = readFileSync(REF, 'utf8').trim().split('\n')
  const target = header.split(',').indexOf('churned')
  writeFileSync('ones.csv', [header, ...lines.filter(line => line.split(',')[target] === '1')].join('\n'))
  const { roc_auc, recall, intervals, notes } = await evaluation('--data', 'ones.csv', '--out', 'ones')
  expect({ roc_auc, interval: intervals.roc_auc }).toEqual({ roc_auc: null, interval: null })
  expect(recall).toBeGreaterThan(0.5)
  expect(notes.join(' ')).toContain('one class only')
  expect(readFileSync('ones/report.html', 'utf8')).toContain('one class only')
})

test('what cannot be judged is told: no table, an unknown model, another class, a changed file', async () => {
  expect(await evaluate()).toMatchObject({ code: 2, error: expect.stringContaining('--data is absent') })
  expect(await evaluate('--data', REF, '--model', 'nowhere')).toMatchObject({
    code: 2,
    error: expect.stringContaining(
      'the model "nowhere" is unknown; allowed: champion, a version, or a folder with model.json',
    ),
  })
  const text = readFileSync(REF, 'utf8')
  writeFileSync('other.csv', text.replace(/,1\n/, ',7\n'))
  expect(await evaluate('--data', 'other.csv')).toMatchObject({
    code: 2,
    error: expect.stringMatching(/target churned is "7" in row \d+ of 800; allowed: 0, 1/),
  })
  expect(await evaluate('--data', REF, '--out', REF)).toMatchObject({
    code: 2,
    error: expect.stringContaining(`--out is "${REF}" (EEXIST); allowed: a folder that can be written to`),
  })
  cpSync('out/churn', 'broken', { recursive: true })
  writeFileSync('broken/model.onnx', 'x')
  expect(await evaluate('--data', REF, '--model', 'broken')).toMatchObject({
    code: 2,
    error: expect.stringContaining('model.onnx is not the file that model.json records'),
  })
})

test('the lines for a person name every figure, the confusion matrix and what the model says on average', async () => {
  const { out } = await evaluate('--data', REF)
  for (const word of ['roc_auc', 'f1', 'ece', 'ks', 'confusion', 'on average', 'held out']) expect(out).toContain(word)
  expect(out).not.toMatch(/NaN|undefined/)
})
