import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseContract } from '../contract/contract.ts'
import { compareProfiles } from '../drift/compare.ts'
import { type Cell, servedReport, smallContract, smallTable, tableOf } from '../drift/drift.fixture.ts'
import { makeProfile } from '../drift/profile.ts'
import type { DriftReport, ScoreDrift } from '../drift/report.ts'
import { SERVED_NOT_TOLD } from '../drift/served-sample.ts'
import { makeRandom } from '../math/random.ts'
import type { Table } from '../table/table.ts'
import { driftPage } from './drift-page.ts'
import { BROKEN_WORDS, HOSTILE, parsePage } from './report.fixture.ts'

function compare(reference: Table, current: Table, contract = smallContract): DriftReport {
  const sources = {
    reference: { kind: 'table', source: 'old.csv' },
    current: { kind: 'table', source: 'new.csv' },
  } as const
  const createdAt = '2026-01-02T03:04:05.678Z'
  return compareProfiles(makeProfile(reference, contract), makeProfile(current, contract), {
    contract,
    createdAt,
    sources,
  })
}

const shifted = compare(smallTable(500), smallTable(500, { shift: 12, seed: 2 }))

test('the summary has the verdict, the largest PSI, and the sentence on the sample size', async () => {
  const document = parsePage(await driftPage(shifted))
  expect([...document.querySelectorAll('.tiles .value')].map(tile => tile.textContent)).toEqual([
    'yes',
    shifted.features.months?.toFixed(3),
    '–',
    'enough',
  ])
  expect(document.querySelector('.lead')?.textContent).toContain(shifted.details.sample_size.sentence)
  expect(document.querySelector('.look-at li')?.textContent).toContain('1 feature drifted: months (PSI')
})

test('pictures and table rows stand in the order of their PSI, the largest first', async () => {
  const document = parsePage(await driftPage(shifted))
  const order = shifted.details.columns.toSorted((a, b) => (b.psi ?? 0) - (a.psi ?? 0)).map(column => column.feature)
  expect([...document.querySelectorAll('.card strong')].map(name => name.textContent)).toEqual(order)
  expect([...document.querySelectorAll('tbody th')].map(name => name.textContent)).toEqual(order)
  expect(document.querySelectorAll('.card.moved')).toHaveLength(1)
  expect(document.querySelectorAll('.card svg')).toHaveLength(4)
})

test('the table has the chance limit, the adjusted p, the effect and what the contract does not allow', async () => {
  const bad = tableOf({
    months: Array.from({ length: 200 }, (_, i) => (i < 3 ? 120 : i)),
    usage: Array.from({ length: 200 }, (_, i) => i),
    plan: Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 'A' : 'brand new')),
    region: Array.from({ length: 200 }, () => 'r1'),
  })
  const report = compare(smallTable(200), bad)
  const document = parsePage(await driftPage(report))
  const cells = new Map(
    [...document.querySelectorAll('tbody tr')].map(row => {
      const [name, ...values] = [...row.querySelectorAll('th, td')].map(cell => cell.textContent)
      return [name, values]
    }),
  )
  const months = report.details.columns.find(column => column.feature === 'months')
  if (months?.kind !== 'number') throw new Error('months is a number')
  expect(cells.get('months')).toEqual(
    expect.arrayContaining([months.psi?.toFixed(3), months.chance_limit?.toFixed(3), months.ks?.statistic.toFixed(3)]),
  )
  expect(cells.get('months')?.at(-1)).toContain('out of range')
  expect(cells.get('plan')).toContain('1 new level')
  expect(cells.get('region')?.at(-1)).toBe('constant')
})

const score: ScoreDrift = {
  model_version: '20260102.abc1234.1',
  model_threshold: 0.5,
  rows: { reference: 800, current: 790 },
  refused_rows: { reference: 0, current: 10 },
  psi: 0.447,
  chance_limit: 0.054,
  drifted: true,
  ks: { statistic: 0.289, p_value: 1e-30, p_adjusted: 1e-30 },
  mean_score: { reference: 0.323, current: 0.563 },
  positive_rate: { reference: 0.306, current: 0.563 },
  positive_rate_shift: 0.257,
  label_rate: { reference: 0.32, current: null },
  calibration_gap: { reference: 0.003, current: null },
  labelled_rows: { reference: 800, current: 0 },
  bins: [
    { label: '< 0.5', kind: 'range', from: null, to: 0.5, reference: 0.7, current: 0.4 },
    { label: '≥ 0.5', kind: 'range', from: 0.5, to: null, reference: 0.3, current: 0.6 },
  ],
}

test('prediction drift: both sides beside each other, and a dash where there are no labels', async () => {
  const report: DriftReport = { ...shifted, details: { ...shifted.details, prediction: score } }
  const page = await driftPage(report)
  const rows = [...parsePage(page).querySelectorAll('tbody tr')].map(row => row.textContent)
  expect(rows).toContain('called positive30.6\u00a0%56.3\u00a0%')
  expect(rows).toContain('positive labels32.0\u00a0%–')
  expect(page).toContain('+25.7\u00a0points')
  expect(await driftPage(shifted)).toContain('Not compared: no model scored both samples.')
})

test('a page of what was served says since when, why some numbers are missing, and has a test for every feature', async () => {
  const page = await driftPage(servedReport(smallTable(500), smallTable(500, { shift: 12, seed: 2 })))
  const document = parsePage(page)
  expect(document.querySelector('.lead')?.textContent).toContain('served by v1 from 2026-01-01T00:00:00.000Z to ')
  expect(document.querySelector('.lead')?.textContent).toContain(SERVED_NOT_TOLD)
  const [months] = [...document.querySelectorAll('tbody tr')].filter(row => row.textContent.startsWith('months'))
  const [psi, , drifted, effect, , wasserstein] = [...months.querySelectorAll('td')].map(cell => cell.textContent)
  expect([psi, drifted, effect, wasserstein]).toEqual([
    expect.stringMatching(/^\d\.\d{3}$/),
    'yes',
    expect.stringMatching(/^0\.\d{3}$/),
    '–',
  ])
  expect(page.replace(/<dl class="definitions">.*?<\/dl>/gs, '')).not.toMatch(BROKEN_WORDS)
})

test('names, levels, messages and sources are text wherever they stand', async () => {
  const contract = parseContract(
    {
      name: 'small',
      data: 'x.csv',
      target: { column: 't', positive: 1 },
      features: { [HOSTILE]: { type: 'category' } },
    },
    'x.yaml',
  )
  const table = (level: string) => tableOf({ [HOSTILE]: Array.from({ length: 60 }, () => level) })
  const report = compare(table('a'), table(HOSTILE), contract)
  const hostile = { ...report, details: { ...report.details, current: { ...report.details.current, source: HOSTILE } } }
  const page = await driftPage(hostile)
  expect(page).not.toContain('<script')
  expect(parsePage(page).querySelector('.lead b')?.textContent).toBe(HOSTILE)
})

/** A report of many features with long names, half of them numbers and half categories with thirty levels. */
function wideReport(features: number): DriftReport {
  const random = makeRandom(5)
  const names = Array.from({ length: features }, (_, i) => `feature_number_${i}_of_a_wide_table_30d`)
  const contract = parseContract(
    {
      name: 'wide',
      data: 'x.csv',
      target: { column: 't', positive: 1 },
      features: Object.fromEntries(names.map((name, i) => [name, { type: i % 2 === 0 ? 'number' : 'category' }])),
    },
    'x.yaml',
  )
  const table = (shift: number) =>
    tableOf(
      Object.fromEntries(
        names.map((name, i): [string, Cell[]] => {
          const draw = () =>
            i % 2 === 0 ? shift + random.normal() * 1000 : `level_${random.integer(0, 34) + shift}_of_many`
          return [name, Array.from({ length: 300 }, draw)]
        }),
      ),
    )
  return compare(table(0), table(5), contract)
}

test.each([60, 1000])('a page of %i features is below 300 KB', { timeout: 60_000 }, async features => {
  const report = wideReport(features)
  const page = await driftPage(report)
  expect(new TextEncoder().encode(page).length).toBeLessThan(300_000)
  expect(parsePage(page).querySelectorAll('.card svg')).toHaveLength(60)
  expect(report.details.columns).toHaveLength(features)
})

test('whatever the two samples are, no page holds a NaN, undefined or Infinity, and each is alike twice', async () => {
  const cell = (value: fc.Arbitrary<Cell>) => fc.oneof(value, fc.constant(null))
  const rows = fc.array(
    fc.record({
      months: cell(fc.oneof(fc.integer({ min: -5, max: 200 }), fc.constant(1e300), fc.constant(0.5))),
      usage: cell(fc.double({ noNaN: true, noDefaultInfinity: true })),
      plan: cell(fc.constantFrom('A', 'B', 'new', '')),
      region: cell(fc.string()),
    }),
    { minLength: 1, maxLength: 12 },
  )
  const toTable = (some: readonly Record<string, Cell>[]) =>
    tableOf(Object.fromEntries(['months', 'usage', 'plan', 'region'].map(name => [name, some.map(row => row[name])])))
  await fc.assert(
    fc.asyncProperty(rows, rows, async (reference, current) => {
      const report = compare(toTable(reference), toTable(current))
      const page = await driftPage(report)
      // Definitions say "null" of the JSON file; levels may be any text, so they are left out of the search.
      const own = page.replace(
        /<text[^>]*>[^<]*<\/text>|aria-label="[^"]*"|<dl class="definitions">.*?<\/dl>|<li>.*?<\/li>/gs,
        '',
      )
      expect(own).not.toMatch(BROKEN_WORDS)
      expect(await driftPage(report)).toBe(page)
    }),
    { numRuns: 60 },
  )
})

test('too few rows are said before anything else, and findings that do not fit above are listed once, below', async () => {
  const report = compare(smallTable(20), smallTable(20, { shift: 12, seed: 2 }))
  const extra = Array.from({ length: 9 }, (_, i) => ({ code: 'x', message: `finding number ${i}` }))
  const details = { ...report.details, findings: [...report.details.findings, ...extra] }
  const document = parsePage(await driftPage({ ...report, details }))
  const lines = [...document.querySelectorAll('.look-at li')].map(line => line.textContent)
  expect(lines[0]).toBe(report.details.sample_size.sentence)
  expect(lines[1]).toMatch(/^\d features? drifted/)
  expect(document.querySelector('.lead')?.textContent).not.toContain('Too few')
  for (const { message } of details.findings) {
    expect([...document.querySelectorAll('li')].filter(line => line.textContent === message)).toHaveLength(1)
  }
})

test('a drift page needs no plotting library, whose loading would take longer than the comparison', () => {
  const reached = new Set(['drift-page.ts'])
  for (const file of reached) {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8')
    for (const [, next] of text.matchAll(/from '\.\/([^']+)'/g)) reached.add(next)
  }
  expect(reached).toContain('bin-picture.ts')
  expect(reached).not.toContain('canvas.ts')
})
