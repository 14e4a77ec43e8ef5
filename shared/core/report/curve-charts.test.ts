import { expect, test } from 'vitest'
import { rankingCurve } from '../metrics/ranking.ts'
import { confusionAt, ratesOf } from '../metrics/threshold.ts'
import { CANVAS_WIDTH, openCanvas } from './canvas.ts'
import { gainChart, liftChart, precisionRecallChart, rocChart, thresholdChart } from './curve-charts.ts'
import { calibratedRows, pathPoints } from './report.fixture.ts'

const canvas = await openCanvas()
const labels = [1, 1, 0, 1, 0, 0]
const probabilities = Float32Array.from([0.9, 0.8, 0.7, 0.4, 0.3, 0.1])
const curve = rankingCurve(probabilities, labels)
const chosen = { threshold: 0.5, rates: ratesOf(confusionAt(probabilities, labels, 0.5)) }

/** The drawing room of the charts: shares 0 and 1 in pixels. */
const [LEFT, RIGHT, BOTTOM, TOP] = [34, CANVAS_WIDTH - 14, 270 - 34, 24]
const at = (x: number, y: number) => [LEFT + x * (RIGHT - LEFT), BOTTOM - y * (BOTTOM - TOP)]
const near = (point: readonly number[], expected: readonly number[]) => {
  expect(point[0]).toBeCloseTo(expected[0], 1)
  expect(point[1]).toBeCloseTo(expected[1], 1)
}

test('the ROC path goes through the points of the curve, from (0, 0) to (1, 1)', () => {
  const points = pathPoints(rocChart(canvas, curve, chosen).markup, 'var(--first)')
  const expected = [at(0, 0), at(0, 1 / 3), at(0, 2 / 3), at(1 / 3, 2 / 3), at(1 / 3, 1), at(2 / 3, 1), at(1, 1)]
  expect(points).toHaveLength(expected.length)
  for (const [i, point] of points.entries()) near(point, expected[i])
})

test('the precision-recall path begins at precision 1 and ends at recall 1 and the base rate', () => {
  const points = pathPoints(precisionRecallChart(canvas, curve, chosen).markup, 'var(--first)')
  near(points[0], at(1 / 3, 1))
  near(points.at(-1)!, at(1, 0.5))
})

test('the gain path goes from (0, 0) over half of the rows with two thirds of the positives to (1, 1)', () => {
  const points = pathPoints(gainChart(canvas, curve).markup, 'var(--first)')
  near(points[0], at(0, 0))
  near(points[3], at(0.5, 2 / 3))
  near(points.at(-1)!, at(1, 1))
})

test('the lift path ends at lift 1 with all rows', () => {
  const { markup } = liftChart(canvas, curve)
  const points = pathPoints(markup, 'var(--first)')
  const [top, one] = [points[0][1], points.at(-1)![1]]
  // The first sixth of the rows is one positive of three: lift 2, twice as far above 0 as lift 1.
  expect((BOTTOM - top) / (BOTTOM - one)).toBeCloseTo(2, 1)
  expect(markup).toContain('>2.0<')
})

test('the threshold lines begin at the lowest score with recall 1, and the threshold in use is marked', () => {
  const { markup } = thresholdChart(canvas, curve, chosen)
  const recall = pathPoints(markup, 'var(--second)')
  near(recall[0], at(0.1, 1))
  near(recall.at(-1)!, at(0.9, 1 / 3))
  near(pathPoints(markup, 'var(--first)')[0], at(0.1, 0.5))
  expect(markup).toContain('>in use: 0.5<')
  for (const name of ['precision', 'recall', 'F1']) expect(markup).toContain(`>${name}</text>`)
})

test('a picture has a name for those who do not see it, no id, no style, no fixed colour and no warning', () => {
  for (const chart of [rocChart, precisionRecallChart, thresholdChart]) {
    const { markup } = chart(canvas, curve, chosen)
    expect(markup).toMatch(/^<svg role="img" aria-label="[^"]{20,}"/)
    expect(markup).not.toMatch(/ id=|<style|#[0-9a-f]{3}|⚠|url\(/)
  }
})

test('a curve of 5,000 rows is drawn with at most 200 points, and twice alike', () => {
  const rows = calibratedRows(5000)
  const many = rankingCurve(rows.probabilities, rows.labels)
  const first = rocChart(canvas, many, chosen)
  expect(pathPoints(first.markup, 'var(--first)').length).toBeLessThanOrEqual(200)
  expect(rocChart(canvas, many, chosen)).toEqual(first)
})
