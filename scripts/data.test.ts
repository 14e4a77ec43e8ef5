import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { capturedRun } from './captured-run.fixture.ts'
import { dataCommand } from './data.ts'

const FILES = [
  'churn_ref_sample.csv',
  'churn_shifted_sample.csv',
  'customer_churn_synth.csv',
  'drift_latest.json',
  'metrics_history.jsonl',
]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'treeline-data-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const data = (...argv: string[]) => capturedRun(dataCommand, ...argv)

test('two runs write the same bytes and leave nothing else behind; another seed writes others', async () => {
  const read = () => FILES.map(file => readFileSync(join(folder, 'new', file), 'utf8'))
  const { code, error } = await data('--out', join(folder, 'new'), '--contract', 'churn')
  expect({ code, error }).toEqual({ code: 0, error: '' })
  expect(readdirSync(join(folder, 'new')).sort()).toEqual(FILES)
  const first = read()
  writeFileSync(join(folder, 'new', FILES[0]), 'a line that is not there any more after the second run')
  await data('--out', join(folder, 'new'), '--contract', 'churn')
  expect(read()).toEqual(first)
  await data('--out', join(folder, 'new'), '--contract', 'churn', '--seed', '2')
  expect(read()).not.toEqual(first)
  expect(readdirSync(join(folder, 'new')).sort()).toEqual(FILES)
})

test('prints a line per file with rows and bytes, and the best reachable ROC-AUC', async () => {
  const lines = (await data('--out', folder, '--contract', 'churn')).out.trimEnd().split('\n')
  expect(lines).toHaveLength(6)
  const bytes = readFileSync(join(folder, 'customer_churn_synth.csv')).length.toLocaleString('en-US')
  expect(lines[0].replace(/ +/g, ' ')).toBe(`${join(folder, 'customer_churn_synth.csv')} 24,000 rows ${bytes} bytes`)
  expect(lines[5]).toMatch(/^churn: best reachable ROC-AUC 0\.9[34]\d\d /)
})

test('--json prints the same as one line of JSON', async () => {
  const { out } = await data('--out', folder, '--contract', 'churn', '--json')
  expect(out.trimEnd().split('\n')).toHaveLength(1)
  const { contracts } = JSON.parse(out)
  const size = readFileSync(join(folder, 'metrics_history.jsonl')).length
  expect(contracts[0].files[3]).toEqual({ path: join(folder, 'metrics_history.jsonl'), rows: 240, bytes: size })
  expect(contracts[0].best_roc_auc).toBeGreaterThan(0.93)
})

test('an unknown contract and a folder that cannot be one are refused with exit code 2', async () => {
  const unknown = await data('--out', folder, '--contract', 'chrn')
  expect(unknown).toMatchObject({ code: 2, error: expect.stringContaining('contract "chrn"; allowed:') })
  expect(unknown.error).toContain('churn')
  writeFileSync(join(folder, 'file'), '')
  const blocked = await data('--out', join(folder, 'file'), '--contract', 'churn')
  expect(blocked).toMatchObject({ code: 2, error: expect.stringContaining('cannot write') })
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('')
})
