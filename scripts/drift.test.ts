/** The command as a user runs it, in this process, in a folder of its own with the seeded data. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { publishChampion } from '../functions/champion.fixture.ts'
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { startMonitoringStub } from '../shared/adapters/monitoring/monitoring-stub.fixture.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import { readTable } from '../shared/adapters/tables/read-table.ts'
import { makeProfile } from '../shared/core/drift/profile.ts'
import { PROFILE_FILE, profileToDocument } from '../shared/core/drift/profile-document.ts'
import type { DriftReport } from '../shared/core/drift/report.ts'
import { parseDriftReport } from '../shared/core/monitor/drift-evidence.ts'
import { capturedRun } from './captured-run.fixture.ts'
import { writeData } from './data/write-data.ts'
import { driftCommand } from './drift.ts'

const ROOT = resolve(import.meta.dirname, '..')
const REF = 'data/churn_ref_sample.csv'
const NEW = 'data/churn_shifted_sample.csv'
const REPORT = 'artifacts/drift_report.json'

const before = process.cwd()
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'treeline-drift-'))
  cpSync(join(ROOT, 'data/contracts'), join(folder, 'data/contracts'), { recursive: true })
  process.chdir(folder)
  await writeData({ out: 'data', seed: 1, contract: 'churn' })
})
beforeEach(() => {
  for (const name of ['CONTRACT', 'MODEL_URI']) vi.stubEnv(name, '')
  rmSync('artifacts', { recursive: true, force: true })
})
afterAll(() => {
  process.chdir(before)
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const drift = (...argv: string[]) => capturedRun(driftCommand, ...argv)

const readReport = (path = REPORT) => JSON.parse(readFileSync(path, 'utf8')) as DriftReport

/** A champion whose profile is that of the reference sample. */
async function makeChampion(): Promise<void> {
  const contract = await readContract('churn', { root: '' })
  const profile = makeProfile(await readTable(REF, contract, { columns: 'all' }), contract)
  const bytes = new TextEncoder().encode(JSON.stringify(profileToDocument(profile)))
  await publishChampion(openLocal({ root: 'artifacts/registry/churn' }), {}, { [PROFILE_FILE]: bytes })
}

test('two tables without a champion: the report in JSON and Markdown, and why there are no scores', async () => {
  const { code, out, error } = await drift('--ref', REF, '--new', NEW)
  expect([code, error]).toEqual([0, ''])
  const report = readReport()
  expect(Object.keys(report)).toEqual(['threshold', 'overall_drift', 'features', 'details'])
  expect(report.overall_drift).toBe(true)
  expect(report.details.prediction).toEqual({ absent: expect.stringContaining('has no champion yet') })
  expect(report.details.findings).toEqual([])
  expect(parseDriftReport(report, REPORT).features.size).toBe(12)
  expect(readFileSync('artifacts/drift_report.md', 'utf8')).toMatch(
    /^# Drift of churn: \d of 12 features above PSI 0.2\n/,
  )
  expect(out).toContain(
    'of 12 features above PSI 0.2 (data/churn_shifted_sample.csv against data/churn_ref_sample.csv)',
  )
  expect(out).toContain('artifacts/drift_report.json, artifacts/drift_report.md')
})

test('with a champion its answers are compared too, by labels as well', async () => {
  await makeChampion()
  await drift('--ref', REF, '--new', NEW)
  const { prediction } = readReport().details
  expect(prediction).toMatchObject({
    model_version: '20260101.abc1234.1',
    rows: { reference: 800, current: 800 },
    refused_rows: { reference: 0, current: 0 },
    labelled_rows: { reference: 800, current: 800 },
    ks: { statistic: expect.any(Number) },
  })
})

test('without --ref the champion’s profile gives the PSI that its table gives', async () => {
  await drift('--ref', REF, '--new', NEW)
  const { features } = readReport()
  await makeChampion()
  expect((await drift('--new', NEW)).code).toBe(0)
  const report = readReport()
  expect(report.features).toEqual(features)
  expect(report.details.reference).toEqual({ kind: 'profile', source: '20260101.abc1234.1', rows: 800 })
})

test('a damaged champion is a reason in the report of two tables, and an error where it is the reference', async () => {
  await makeChampion()
  writeFileSync('artifacts/registry/churn/20260101.abc1234.1/model.onnx', 'no model')
  expect((await drift('--ref', REF, '--new', NEW)).code).toBe(0)
  expect(readReport().details.prediction).toEqual({
    absent: expect.stringContaining('does not match its recorded SHA-256'),
  })
  writeFileSync('artifacts/registry/churn/20260101.abc1234.1/model.json', '{}')
  expect(await drift('--new', NEW)).toMatchObject({ code: 2, error: expect.stringContaining('model.json') })
})

test('--out names the report, .md and .html go beside it, and --json prints verdict and files', async () => {
  const { out } = await drift('--ref', REF, '--new', REF, '--out', 'artifacts/a/today.json', '--json')
  const { files, ...verdict } = JSON.parse(out)
  expect(files).toEqual(['artifacts/a/today.json', 'artifacts/a/today.md', 'artifacts/a/today.html'])
  expect(files.every(existsSync)).toBe(true)
  expect(verdict).toMatchObject({ threshold: 0.2, overall_drift: false, features: { plan_type: 0 } })
})

test('--fail-on-drift is exit code 1 with drift and 0 without, and the report is written both times', async () => {
  expect((await drift('--ref', REF, '--new', NEW, '--fail-on-drift')).code).toBe(1)
  expect(readReport().overall_drift).toBe(true)
  expect((await drift('--ref', REF, '--new', REF, '--fail-on-drift')).code).toBe(0)
  expect(readReport().overall_drift).toBe(false)
})

test('a table that breaks the contract in every way still gets its report', async () => {
  const [header, first] = readFileSync(REF, 'utf8').split('\n')
  const cells = first.split(',')
  const broken = header.split(',').map((_, i) => (i % 3 === 0 ? '' : i % 3 === 1 ? '-7' : 'oops'))
  writeFileSync('data/broken.csv', `${[header, cells.join(','), broken.join(','), broken.join(',')].join('\n')}\n`)
  const { code } = await drift('--ref', REF, '--new', 'data/broken.csv')
  expect(code).toBe(0)
  const codes = readReport().details.findings.map(finding => finding.code)
  for (const expected of ['too_few_rows', 'missing_not_allowed', 'out_of_range', 'unreadable', 'new_category']) {
    expect(codes).toContain(expected)
  }
  expect(JSON.stringify(readReport())).not.toMatch(/NaN|Infinity/)
})

test.each([
  ['nothing and no champion', [], 'has no champion yet'],
  ['a reference alone', ['--ref', REF], '--ref is there and --new is not'],
  ['days of a table', ['--new', NEW, '--days', '7'], '--days and --new are both there'],
  ['too many days', ['--days', '91'], '--days is "91"; allowed: an integer from 1 to 90'],
  ['a table that is not there', ['--ref', REF, '--new', 'data/none.csv'], 'data/none.csv: no such file'],
  ['no reference and no champion', ['--new', NEW], 'has no champion yet'],
  ['a contract that is not there', ['--new', NEW, '--contract', 'churm'], 'did you mean churn?'],
])('%s is exit code 2 with a clear message', async (_, argv, message) => {
  const { code, error } = await drift(...argv)
  expect([code, error]).toEqual([2, expect.stringContaining(message)])
  expect(existsSync(REPORT)).toBe(false)
})

test('with MONITORING_PROJECT the PSI of each feature and the share of positives are published', async () => {
  await makeChampion()
  const stub = await startMonitoringStub()
  vi.stubEnv('MONITORING_PROJECT', 'my-project')
  vi.stubEnv('MONITORING_API_ENDPOINT', stub.address)
  const { code, error } = await drift('--ref', REF, '--new', NEW)
  vi.unstubAllEnvs()
  stub.close()
  expect([code, error]).toEqual([0, 'Cloud Monitoring of my-project: 13 metrics published\n'])
  const { features, details } = readReport()
  const written = stub.series.map(({ metric, points: [{ value }] }) => [metric.labels.feature, value.doubleValue])
  const { positive_rate } = details.prediction as { positive_rate: { current: number } }
  expect(written).toEqual([...Object.entries(features), [undefined, positive_rate.current]])
})
