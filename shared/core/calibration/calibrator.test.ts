import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sigmoid } from '../math/sigmoid.ts'
import { calibrate, fitCalibrator, NO_CALIBRATION } from './calibrator.ts'
import { plattTargets } from './platt.ts'

const rows = fc
  .array(fc.record({ margin: fc.double({ min: -8, max: 8, noNaN: true }), label: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 2,
    maxLength: 60,
  })
  .filter(some => new Set(some.map(row => row.label)).size === 2)

test.each(['none', 'platt', 'isotonic'] as const)(
  '%s: a higher margin never has a lower probability, and all are in [0, 1]',
  method => {
    fc.assert(
      fc.property(rows, some => {
        const labels = Uint8Array.from(some, row => row.label)
        const calibrator = fitCalibrator(
          method,
          Float64Array.from(some, row => row.margin),
          labels,
        )
        if (calibrator === undefined) return
        const at = Float64Array.of(...some.map(row => row.margin), -1e300, 1e300, -1e-45, 0).sort()
        calibrate(calibrator, at).forEach((probability, i, all) => {
          expect(probability >= 0 && probability <= 1 && (i === 0 || probability >= all[i - 1])).toBe(true)
        })
      }),
    )
  },
)

test('isotonic never says 0 or 1: it stays within what so many rows can support', () => {
  const labels = Uint8Array.of(0, 0, 0, 1, 1)
  const calibrator = fitCalibrator('isotonic', Float64Array.of(-2, -1, 0, 1, 2), labels)
  const { negative, positive } = plattTargets(labels)
  expect([negative, positive]).toEqual([1 / 5, 3 / 4])
  expect([...calibrate(calibrator!, Float64Array.of(-9, 9))]).toEqual([negative, positive])
})

test('margins that rank backwards have no calibrator; without one the probability is the sigmoid', () => {
  const margins = Float64Array.of(-2, -1, 1, 2)
  const backwards = Uint8Array.of(1, 1, 0, 0)
  expect(fitCalibrator('platt', margins, backwards)).toBeUndefined()
  expect(fitCalibrator('isotonic', margins, backwards)).toBeUndefined()
  expect(calibrate(NO_CALIBRATION, margins)).toEqual(margins.map(sigmoid))
})
