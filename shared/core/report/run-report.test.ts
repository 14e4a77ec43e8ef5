import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseThreshold } from '../metrics/choose-threshold.ts'
import { rankingCurve } from '../metrics/ranking.ts'
import { awkwardRows, BROKEN_WORDS, calibratedRows, fairnessOf, HOSTILE, parsePage, runOf } from './report.fixture.ts'
import { runReport } from './run-report.ts'

const rows = calibratedRows(5000)
const sex = rows.labels.map((_, i) => (i % 3 === 0 ? 'f' : 'm'))
const fairness = fairnessOf(rows, { sex })

test('the summary has the numbers of metrics.json, and every section its heading', async () => {
  const input = runOf(rows, { fairness, version: '20260102.abc1234.1' })
  const document = parsePage(await runReport(input))
  const tiles = [...document.querySelectorAll('.tiles .value')].map(tile => tile.textContent)
  expect(tiles.slice(0, 2)).toEqual([input.metrics.roc_auc.toFixed(3), input.metrics.pr_auc.toFixed(3)])
  expect([...document.querySelectorAll('section[id] > h2')].map(heading => heading.textContent)).toEqual([
    'How good it is',
    'Ranking',
    'Threshold',
    'Calibration',
    'Features',
    'Fairness',
    'How it was chosen',
    'How it was made',
  ])
  expect(document.querySelectorAll('h1')).toHaveLength(1)
  expect([...document.querySelectorAll('table')].every(table => table.querySelector('caption') !== null)).toBe(true)
})

test('a page is one file: no script, nothing fetched, no id twice, and its own policy says so', async () => {
  const page = await runReport(runOf(rows, { fairness }))
  expect(page).not.toMatch(/<script|<link|<img|<iframe|src=|@import|url\(|https?:\/\/(?!www\.w3\.org)/)
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(match => match[1])
  expect(new Set(ids).size).toBe(ids.length)
  const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(match => match[1])
  expect(targets).toEqual(ids)
})

test('names from contracts are text wherever they stand', async () => {
  const hostile = rows.labels.map((_, i) => (i % 2 === 0 ? HOSTILE : 'other'))
  const input = runOf(rows, {
    name: HOSTILE,
    title: HOSTILE,
    version: HOSTILE,
    target: { column: HOSTILE, classes: [HOSTILE, `${HOSTILE}!`] },
    gitSha: HOSTILE,
    timestamp: HOSTILE,
    importances: { kind: HOSTILE, features: [{ name: HOSTILE, value: 2 }] },
    fairness: fairnessOf(rows, { [HOSTILE]: hostile }),
    notes: [HOSTILE],
  })
  const page = await runReport(input)
  const document = parsePage(page)
  expect(document.querySelectorAll('script')).toHaveLength(0)
  expect(page).not.toContain('<script')
  expect(document.querySelector('h1')?.textContent).toBe(HOSTILE)
})

test('what stands out is said: few rows, a ROC-AUC too good to be true, one feature that does it all', async () => {
  const perfect = { labels: [0, 0, 0, 1, 1], probabilities: [0.01, 0.02, 0.03, 0.97, 0.98] }
  const features = ['id', 'b', 'c'].map((name, i) => ({ name, value: i === 0 ? 98 : 1 }))
  const page = await runReport(runOf(perfect, { importances: { kind: 'gain', features } }))
  const lines = [...parsePage(page).querySelectorAll('.look-at li')].map(line => line.textContent)
  expect(lines).toHaveLength(3)
  expect(lines[0]).toContain('only 2 positive rows')
  expect(lines[1]).toContain('ROC-AUC of 1.000 is rarely true')
  expect(lines[2]).toContain('id alone has 98\u00a0% of the importance')
})

test('what stands out is said: chance, a bad calibration, a better threshold, far from the folds, wide gaps', async () => {
  const noise = calibratedRows(600)
  const flat = { labels: noise.labels, probabilities: noise.labels.map((_, i) => (i % 10) / 10) }
  const crossValidation = {
    folds: 3,
    roc_auc_mean: 0.9,
    roc_auc_std: 0.01,
    roc_auc: [0.9, 0.9, 0.9],
    families: ['gbt', 'gbt', 'gbt'] as const,
  }
  const group = flat.probabilities.map(probability => (probability >= 0.5 ? 'high' : 'low'))
  const page = await runReport(runOf(flat, { crossValidation, fairness: fairnessOf(flat, { group }), threshold: 0.5 }))
  const lines = [...parsePage(page).querySelectorAll('.look-at li')].map(line => line.textContent).join('\n')
  expect(lines).toContain('may be no better than chance')
  expect(lines).toContain('Probabilities are off by')
  expect(lines).toContain('the highest F1 on these rows')
  expect(lines).toContain('is far from that of the folds')
  expect(lines).toContain('group: high is 1.000 above low in demographic parity')
})

test('a good run of a calibrated model has nothing that stands out', async () => {
  // Half of the rows are called at 0.25 and half at 0.75, and that is how often they are positive.
  const probabilities = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 0.25 : 0.75))
  const labels = probabilities.map((probability, i) => Number(Math.floor(i / 2) % 4 < 4 * probability))
  const document = parsePage(await runReport(runOf({ labels, probabilities })))
  expect(document.querySelector('.look-at')?.textContent).toContain('Nothing stands out')
})

test('the page says how the model came about: families, runner-up, trials, calibration, threshold', async () => {
  const trial = (family: 'gbt' | 'logistic', rocAuc: number[], settings: object, chosen = false) => ({
    family,
    options: settings,
    rocAuc,
    meanRocAuc: rocAuc.reduce((sum, score) => sum + score, 0) / rocAuc.length,
    chosen,
  })
  const trials = [
    trial('gbt', [0.9, 0.92], { leaves: 31 }),
    trial('gbt', [0.93, 0.95], { leaves: 4 }, true),
    trial('gbt', [0.6], { leaves: 60 }),
    trial('logistic', [0.9, 0.93], { l2: 1 }, true),
  ]
  const curve = rankingCurve(rows.probabilities.map(Math.fround), rows.labels)
  const input = runOf(rows, {
    trials,
    candidates: [
      { family: 'gbt', options: { leaves: 4 }, validationRocAuc: 0.94 },
      { family: 'logistic', options: { l2: 1 }, validationRocAuc: 0.915 },
    ],
    runnerUp: { family: 'logistic', difference: 0.025, standardError: 0.005, low: 0.015, high: 0.035, z: 5, p: 5.7e-7 },
    thresholdChoice: chooseThreshold(curve, { rule: 'f1' }),
    calibration: {
      calibrator: { method: 'platt', slope: 1.1, intercept: 0.2 },
      asked: 'auto',
      rows: 800,
      compared: [
        { method: 'none', log_loss: 0.41 },
        { method: 'platt', log_loss: 0.4, against: 'none', gain: 0.01, standard_error: 0.002 },
      ],
      reason: 'its cross-fitted log loss is lower',
      uncalibrated: { log_loss: 0.42, brier: 0.2, ece: 0.09, roc_auc: 0.8 },
    },
  })
  const document = parsePage(await runReport(input))
  const headings = [...document.querySelectorAll('h2')].map(heading => heading.textContent)
  expect(headings).toContain('How it was chosen')
  const text = document.querySelector('main')?.textContent ?? ''
  expect(text).toContain('Runner-up: logistic regression, 0.0250 behind')
  expect(text).toContain('Chosen for the highest F1')
  expect(text).toContain('Decided on 800 validation rows: its cross-fitted log loss is lower.')
  const tables = [...document.querySelectorAll('table')].map(table =>
    [...table.querySelectorAll('tbody tr')].map(row => [...row.children].map(cell => cell.textContent)),
  )
  // Those that ran both folds first, by their mean.
  expect(tables).toContainEqual([
    ['2 (chosen)', 'gbt', '2', '0.9400', 'leaves 4'],
    ['4 (chosen)', 'logistic', '2', '0.9150', ''],
    ['1', 'gbt', '2', '0.9100', 'leaves 31'],
    ['3', 'gbt', '1', '0.6000', 'leaves 60'],
  ])
  expect(tables).toContainEqual([
    ['none', '0.41000', '', '', ''],
    ['platt (in use)', '0.40000', 'none', '0.01000', '0.00200'],
  ])
  expect(tables.flat()).toContainEqual(['log loss', '0.4200', input.metrics.log_loss.toFixed(4)])
  const picture = [...document.querySelectorAll('svg')].map(svg => svg.getAttribute('aria-label'))
  expect(picture).toContain('Mean ROC-AUC of 4 trials; the best that ran every fold has 0.9400')
})

test('the first rows have their precision and lift with the intervals of metrics.json', async () => {
  const input = runOf(rows)
  const [first] = input.metrics.top
  const { low, high } = input.metrics.intervals.lift_at_1_pct ?? { low: 0, high: 0 }
  const text = parsePage(await runReport(input)).querySelector('main')?.textContent ?? ''
  expect(text).toContain(`${first.lift.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`)
})

test('whatever the held-out rows are, no page holds a NaN, undefined or Infinity', { timeout: 60_000 }, async () => {
  const features = fc.array(
    fc.record({ name: fc.constantFrom('a', 'b', 'c'), value: fc.constantFrom(0, 1e-9, 1, 1e9) }),
    {
      maxLength: 4,
    },
  )
  await fc.assert(
    fc.asyncProperty(awkwardRows, features, fc.constantFrom(0, 0.3, 0.5, 1), async (some, named, threshold) => {
      const group = some.labels.map((_, i) => `g${i % 3}`)
      const page = await runReport(
        runOf(some, {
          threshold,
          importances: { kind: 'gain', features: named },
          fairness: fairnessOf(some, { group }, threshold),
        }),
      )
      expect(page).not.toMatch(BROKEN_WORDS)
    }),
    {
      numRuns: 25,
      examples: [
        [{ labels: [0, 1], probabilities: [0.5, 0.5] }, [{ name: 'a', value: 1 }], 0.5],
        [{ labels: [1], probabilities: [1] }, [], 0],
        [{ labels: [0, 0], probabilities: [0, 1] }, [], 1],
      ],
    },
  )
})

test('5,000 rows make less than 150 KB, and a wide contract with many sensitive columns less than 300 KB', async () => {
  expect((await runReport(runOf(rows, { fairness }))).length).toBeLessThan(150_000)
  const groups = Array.from({ length: 14 }, (_, column) => [
    `column_${column}_${'x'.repeat(40)}`,
    rows.labels.map((_, i) => `group_${(i * (column + 3)) % 40}_${'y'.repeat(60)}`),
  ])
  const features = Array.from({ length: 300 }, (_, i) => ({ name: `f${i}_${'z'.repeat(50)}`, value: i }))
  const wide = runOf(rows, {
    fairness: fairnessOf(rows, Object.fromEntries(groups)),
    importances: { kind: 'gain', features },
  })
  expect(new TextEncoder().encode(await runReport(wide)).length).toBeLessThan(300_000)
})

test('the same input gives the same bytes', async () => {
  const input = runOf(rows, { fairness })
  expect(await runReport(input)).toBe(await runReport(input))
})
