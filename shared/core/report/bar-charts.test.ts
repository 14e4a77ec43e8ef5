import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { reliability } from '../calibration/reliability.ts'
import { barsOf, fairnessChart, importanceChart, MOST_BARS, MOST_GROUPS } from './bar-charts.ts'
import { openCanvas } from './canvas.ts'
import { reliabilityChart } from './reliability-chart.ts'
import { calibratedRows, fairnessOf, HOSTILE } from './report.fixture.ts'

const canvas = await openCanvas()
const textsOf = (markup: string) =>
  [...parseHTML(`<body>${markup}</body>`).document.querySelectorAll('text')].map(text => text.textContent)
const widthsOf = (markup: string, fill: string) =>
  [...parseHTML(markup).document.querySelectorAll(`g[fill="${fill}"] rect`)].map(bar =>
    Number(bar.getAttribute('width')),
  )

test('bars of importance are as long as their shares, the largest first, each with its name and number', () => {
  const { markup } = importanceChart(canvas, [
    { name: 'small', share: 0.25 },
    { name: HOSTILE, share: 0.75 },
  ])
  const [large, small] = widthsOf(markup, 'var(--first)')
  expect(large / small).toBeCloseTo(3, 2)
  expect(textsOf(markup)).toContain('small')
  expect(textsOf(markup)).toContain('75.0\u00a0%')
  expect(markup).not.toContain('<script')
})

test('beyond twenty bars the smallest become one, and all shares still add up to 1', () => {
  const shares = Array.from({ length: 60 }, (_, i) => ({ name: `f${i}`, share: (i + 1) / 1830 }))
  const bars = barsOf(shares)
  expect(bars).toHaveLength(MOST_BARS)
  expect(bars.at(-1)?.name).toBe('41 others')
  expect(bars.reduce((sum, bar) => sum + bar.share, 0)).toBeCloseTo(1, 12)
  expect(barsOf(shares.slice(0, 2)).map(bar => bar.name)).toEqual(['f1', 'f0'])
})

test('two long names that are shortened to the same text keep a bar each', () => {
  const long = 'a_name_that_goes_on_and_on_and_on_'
  const { markup } = importanceChart(canvas, [
    { name: `${long}1`, share: 0.6 },
    { name: `${long}2`, share: 0.4 },
  ])
  expect(widthsOf(markup, 'var(--first)')).toHaveLength(2)
})

test('groups have a bar for each rate that is measured, and the words "too few" for each that is not', () => {
  const rows = calibratedRows(400)
  const sex = rows.labels.map((_, i) => (i < 3 ? 'rare' : i % 2 === 0 ? 'f' : 'm'))
  const report = fairnessOf(rows, { sex })
  const { markup } = fairnessChart(canvas, report.columns[0].at[0].groups)
  expect(widthsOf(markup, 'var(--first)')).toHaveLength(4)
  expect(textsOf(markup).filter(text => text === 'too few')).toHaveLength(2)
  expect(textsOf(markup)).toEqual(expect.arrayContaining(['selection rate', 'true positive rate', 'rare']))
})

test('of many groups the picture shows the first twelve', () => {
  const rows = calibratedRows(2000)
  const country = rows.labels.map((_, i) => `c${i % 30}`)
  const groups = fairnessOf(rows, { country }).columns[0].at[0].groups
  const { markup } = fairnessChart(canvas, groups)
  expect(textsOf(markup).filter(text => /^c\d+$/.test(text))).toHaveLength(MOST_GROUPS)
})

test('calibration has a dot per bin with rows, at what was said and what happened, and all ten counts below', () => {
  const { markup } = reliabilityChart(canvas, reliability([0.15, 0.15, 0.75, 0.75, 0.75, 0.75], [0, 1, 1, 1, 1, 0]))
  const dots = [...parseHTML(`<body>${markup}</body>`).document.querySelectorAll('circle')].map(dot => {
    return [Number(dot.getAttribute('cx')), Number(dot.getAttribute('cy'))]
  })
  const [width, height] = [340 - 34 - 14, 230 - 24 - 20]
  expect(dots).toHaveLength(2)
  expect(dots[0][0]).toBeCloseTo(34 + 0.15 * width, 1)
  expect(dots[0][1]).toBeCloseTo(210 - 0.5 * height, 1)
  expect(dots[1][1]).toBeCloseTo(210 - 0.75 * height, 1)
  expect(textsOf(markup).filter(text => ['0', '2', '4'].includes(text)).length).toBeGreaterThanOrEqual(10)
})
