import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/calibration.json' with { type: 'json' }
import { sigmoid } from '../math/sigmoid.ts'
import { fitPlatt, plattTargets } from './platt.ts'

test.each(golden.cases)('$name: slope and intercept equal scikit-learn (data/golden/calibration.json)', one => {
  const { slope, intercept } = fitPlatt(one.margins, one.labels)
  // scikit-learn stops its L-BFGS at a gradient of 1e-6 or so; probabilities agree much closer than parameters.
  one.at.forEach(margin => {
    const theirs = sigmoid(one.platt.slope * margin + one.platt.intercept)
    expect(sigmoid(slope * margin + intercept)).toBeCloseTo(theirs, 4)
  })
})

const part = fc
  .array(fc.record({ margin: fc.double({ min: -30, max: 30, noNaN: true }), label: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 2,
    maxLength: 60,
  })
  .filter(rows => new Set(rows.map(row => row.label)).size === 2)

test('at the fit the cross-entropy to the targets is flat: no small step in any direction lowers it', () => {
  fc.assert(
    fc.property(part, rows => {
      const margins = rows.map(row => row.margin)
      const labels = rows.map(row => row.label)
      const { negative, positive } = plattTargets(labels)
      const lossOf = (slope: number, intercept: number) =>
        rows.reduce((sum, { margin, label }) => {
          const x = slope * margin + intercept
          return sum + Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0) - (label === 1 ? positive : negative) * x
        }, 0)
      const { slope, intercept } = fitPlatt(margins, labels)
      const best = lossOf(slope, intercept)
      for (const [ds, di] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
        [1, 1],
        [-1, -1],
      ]) {
        expect(lossOf(slope + ds * 1e-3, intercept + di * 1e-3)).toBeGreaterThan(best - 1e-9)
      }
    }),
  )
})

test('equal margins leave the share of the targets, and one class alone a finite fit', () => {
  const { slope, intercept } = fitPlatt([2, 2, 2, 2], [1, 0, 0, 0])
  const { negative, positive } = plattTargets([1, 0, 0, 0])
  expect(sigmoid(2 * slope + intercept)).toBeCloseTo((positive + 3 * negative) / 4, 9)
  const alone = fitPlatt([-1, 0, 1], [1, 1, 1])
  expect(sigmoid(alone.slope * 0 + alone.intercept)).toBeCloseTo(4 / 5, 9)
})

test('margins of the wrong order have a falling fit, and huge ones a finite one', () => {
  expect(fitPlatt([-2, -1, 1, 2], [1, 1, 0, 0]).slope).toBeLessThan(0)
  const { slope, intercept } = fitPlatt([-1e6, -1e5, 1e5, 1e6], [0, 0, 1, 1])
  expect(Number.isFinite(slope) && Number.isFinite(intercept)).toBe(true)
  expect(slope).toBeGreaterThan(0)
})
