import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import type { FeatureExplanation, ShapSummary } from '../explain/shap-summary.ts'
import { openCanvas } from './canvas.ts'
import { explainSection } from './explain-section.ts'
import { BROKEN_WORDS, calibratedRows, HOSTILE, parsePage, runOf } from './report.fixture.ts'
import { runReport } from './run-report.ts'
import { swarmPicture } from './swarm-picture.ts'

const canvas = await openCanvas()
const rows = calibratedRows(300)

function numberFeature(name: string, further: Partial<FeatureExplanation> = {}): FeatureExplanation {
  const points = Array.from({ length: 100 }, (_, i) => [i, (i - 50) / 100] as const)
  return {
    name,
    kind: 'number',
    mean_abs_shap: 0.25,
    points: [...points, [null, 0.3]],
    roc_auc_drop: { mean: 0.0412, deviation: 0.003 },
    partial_dependence: [
      { value: 0, probability: 0.2 },
      { value: 99, probability: 0.4 },
      { value: null, probability: 0.35 },
    ],
    ...further,
  }
}

const plan: FeatureExplanation = {
  name: 'plan',
  kind: 'category',
  mean_abs_shap: 0.1,
  points: [
    ['a', -0.1],
    ['b', 0.2],
  ],
  roc_auc_drop: { mean: -0.001, deviation: 0.002 },
  partial_dependence: [
    { value: 'a', probability: 0.25 },
    { value: '(other)', probability: 0.35 },
  ],
}

function summaryOf(features: readonly FeatureExplanation[], further: Partial<ShapSummary> = {}): ShapSummary {
  return {
    method: 'tree_path_dependent',
    units: 'log_odds',
    rows: 1234,
    base_value: -1.5,
    permutation: { metric: 'roc_auc', roc_auc: 0.912, repeats: 5 },
    partial_dependence: { rows: 300, probability: 0.3 },
    features,
    ...further,
  }
}

async function sectionOf(explanation: ShapSummary) {
  const page = await runReport(runOf(rows, { explanation }))
  expect(page.replace(/<style>.*?<\/style>/s, '')).not.toMatch(BROKEN_WORDS)
  const sections = [...parsePage(page).querySelectorAll('section[id]')]
  const section = sections.find(one => one.querySelector('h2')?.textContent === 'What moves the answers')
  if (!section) throw new Error('the page has no section of the explanation')
  return { page, section }
}

test('the page of an explained run has the pictures of SHAP, shuffling and partial dependence, and the numbers in a table', async () => {
  const { section } = await sectionOf(summaryOf([numberFeature('age'), plan]))
  const titles = [...section.querySelectorAll('figcaption strong')].map(title => title.textContent)
  expect(titles).toEqual([
    'Mean |SHAP|',
    'SHAP values',
    'Permutation importance: drop from ROC-AUC 0.912',
    'age',
    'plan',
  ])
  const cells = [...section.querySelectorAll('tbody tr')].map(row =>
    [...row.querySelectorAll('th,td')].map(cell => cell.textContent),
  )
  expect(cells).toEqual([
    ['age', '0.2500', '0.0412', '0.0030'],
    ['plan', '0.1000', '-0.0010', '0.0020'],
  ])
  expect(section.textContent).toContain('1,234 held-out rows')
})

test('a run that was not explained has no such section', async () => {
  const page = await runReport(runOf(rows))
  expect(page).not.toContain('What moves the answers')
})

test('estimates are called estimates, with the error of a value', async () => {
  const feature = { ...numberFeature('age'), shap_standard_error: 0.0123 }
  const sampling = { rows: 300, background_rows: 69 }
  const { section } = await sectionOf(summaryOf([feature], { method: 'sampled_permutations', sampling }))
  expect(section.textContent).toContain('estimated')
  expect(section.textContent).toContain('mean over 69 training rows')
  expect(section.textContent).toContain('SHAP values are of 300 rows')
  expect([...section.querySelectorAll('td')].map(cell => cell.textContent)).toContain('0.0123')
  const exact = await sectionOf(summaryOf([numberFeature('age')]))
  expect(exact.section.textContent).not.toContain('error of a value')
})

test('names and levels from contracts are text wherever they stand', async () => {
  const levels = { ...plan, name: HOSTILE, partial_dependence: [{ value: HOSTILE, probability: 0.2 }] }
  const { page } = await sectionOf(summaryOf([numberFeature(HOSTILE), levels]))
  expect(page).not.toContain('<script')
})

test('of many features the pictures show twelve, and the table twenty', async () => {
  const features = Array.from({ length: 30 }, (_, i) => numberFeature(`f${i}`))
  const { section } = await sectionOf(summaryOf(features))
  expect(section.querySelectorAll('figure')).toHaveLength(3 + 12)
  expect(section.querySelectorAll('tbody tr')).toHaveLength(20)
})

test('values that only float64 tells apart are drawn as the one that the model reads', () => {
  const partial_dependence = [-5e-324, -1e-323].map(value => ({ value, probability: 0 }))
  const near = numberFeature('near', { mean_abs_shap: 1, points: [], roc_auc_drop: null, partial_dependence })
  const { body } = explainSection(canvas, summaryOf([near]))
  expect(body.map(({ markup }) => markup).join('')).not.toMatch(BROKEN_WORDS)
})

test('whatever the numbers, the section is drawn without a NaN', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
  const probability = fc.double({ noNaN: true, min: 0, max: 1 })
  const value = fc.option(finite, { nil: null })
  const feature = fc.record({
    mean_abs_shap: fc.double({ noNaN: true, min: 0, max: 1e6 }),
    points: fc.array(fc.tuple(value, finite), { maxLength: 20 }),
    roc_auc_drop: fc.option(fc.record({ mean: finite, deviation: probability }), { nil: null }),
    partial_dependence: fc.array(fc.record({ value, probability }), { maxLength: 5 }),
  })
  fc.assert(
    fc.property(fc.array(feature, { maxLength: 3 }), features => {
      const summary = summaryOf(features.map((one, i) => numberFeature(`f${i}`, one)))
      const { body } = explainSection(canvas, summary)
      expect(body.map(({ markup }) => markup).join('')).not.toMatch(BROKEN_WORDS)
    }),
    { numRuns: 15 },
  )
})

/** [x, y] of every dot of a path. */
function dotsOf(svg: string, stroke: string): [number, number][] {
  const paths = [...parseHTML(svg).document.querySelectorAll('path')].filter(
    path => path.getAttribute('stroke') === stroke,
  )
  return paths.flatMap(path =>
    [...(path.getAttribute('d') ?? '').matchAll(/M([-\d.]+),([-\d.]+)h0/g)].map(([, x, y]): [number, number] => [
      Number(x),
      Number(y),
    ]),
  )
}

test('the swarm has one dot for each point, placed by its SHAP value and coloured by its fifth; levels and missing are grey', () => {
  const { markup } = swarmPicture([numberFeature('age'), plan], 'label')
  const fifths = [0, 25, 50, 75, 100].map(share =>
    dotsOf(markup, `color-mix(in srgb,var(--second) ${share}%,var(--first))`),
  )
  expect(fifths.map(dots => dots.length)).toEqual([20, 20, 20, 20, 20])
  const means = fifths.map(dots => dots.reduce((sum, [x]) => sum + x, 0) / dots.length)
  expect(means).toEqual(means.toSorted((a, b) => a - b))
  // The missing age, and both levels of plan.
  expect(dotsOf(markup, 'var(--muted)')).toHaveLength(3)
})

test('dots of the same SHAP value pile up without leaving their row', () => {
  const points = Array.from({ length: 300 }, (_, i) => [i, 0.5] as const)
  const { markup } = swarmPicture([numberFeature('a', { points }), numberFeature('b', { points })], 'label')
  const heights = [...markup.matchAll(/M[-\d.]+,([-\d.]+)h0/g)].map(([, y]) => Number(y))
  expect(heights.slice(0, 300).every(y => y >= 0 && y <= 26)).toBe(true)
  expect(heights.slice(300).every(y => y >= 26 && y <= 52)).toBe(true)
  expect(new Set(heights.slice(0, 300)).size).toBeGreaterThan(100)
})
