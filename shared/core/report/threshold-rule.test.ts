import { expect, test } from 'vitest'
import { chooseThreshold, type ThresholdRule } from '../metrics/choose-threshold.ts'
import { rankingCurve } from '../metrics/ranking.ts'
import { CANVAS_WIDTH, openCanvas } from './canvas.ts'
import { pathPoints } from './report.fixture.ts'
import { thresholdRuleFigure } from './threshold-rule.ts'

const canvas = await openCanvas()
const labels = [1, 1, 0, 1, 0, 0]
const curve = rankingCurve(Float32Array.from([0.9, 0.8, 0.7, 0.4, 0.3, 0.1]), labels)
const costs = { false_positive: 1, false_negative: 5 }
const choose = (rule: ThresholdRule | number) => chooseThreshold(curve, { rule, ...(rule === 'cost' ? { costs } : {}) })

test.each([
  // At 0.4 and above all three positives and one of three negatives are called; the other steps are counted alike.
  ['cost', 1 / 6, 'Chosen for the lowest cost of mistakes: 0.4'],
  // 0.8 (two of three, none) and 0.4 (three of three, one of three) are equal: the higher one is taken.
  ['youden', 2 / 3, 'Chosen for the highest true positive rate less false positive rate: 0.8'],
  ['f1', 6 / 7, 'Chosen for the highest F1: 0.4'],
] as const)('rule %s: the picture names what the rule found, and its value', (rule, value, title) => {
  const choice = choose(rule)
  const figure = thresholdRuleFigure(canvas, choice)?.markup ?? ''
  expect(figure).toContain(title)
  expect(figure).toContain(`it is ${value.toFixed(3)}`)
  expect(figure.includes('A false positive costs 1, a false negative 5.')).toBe(rule === 'cost')
})

test('the path is the cost of every threshold: that of calling all on the left, of calling none on the right', () => {
  const choice = choose('cost')
  const points = pathPoints(thresholdRuleFigure(canvas, choice)?.markup ?? '', 'var(--first)')
  const all = choice.curve.map(point => point.cost ?? Number.NaN)
  // Calling everyone makes 3 false positives, calling no one 3 false negatives.
  expect(all.at(0)).toBeCloseTo(3 / 6, 12)
  expect(all.at(-1)).toBeCloseTo(15 / 6, 12)
  const [bottom, top] = [270 - 34, 24]
  const heightOf = (cost: number) => bottom - (cost / (1.1 * (15 / 6))) * (bottom - top)
  expect(points[0][1]).toBeCloseTo(heightOf(3 / 6), 0)
  expect(points.at(-1)?.[1]).toBeCloseTo(heightOf(15 / 6), 0)
  expect(points.every(([x]) => x >= 40 && x <= CANVAS_WIDTH)).toBe(true)
})

test('there is no picture of a choice that was not made: a fixed threshold, one class only, a finished model', () => {
  expect(thresholdRuleFigure(canvas, choose(0.3))).toBeUndefined()
  expect(thresholdRuleFigure(canvas, chooseThreshold(rankingCurve([0.1, 0.2], [1, 1]), { rule: 'f1' }))).toBeUndefined()
  expect(thresholdRuleFigure(canvas, undefined)).toBeUndefined()
})
