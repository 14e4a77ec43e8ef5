import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import { chanceCalibrationError, reliability } from './reliability.ts'

test('bins and ECE by hand: 2/6 x |0.5 - 0.15| + 3/6 x |2/3 - 0.75| + 1/6 x |1 - 1| = 0.158333…', () => {
  const found = reliability([0.12, 0.18, 0.72, 0.75, 0.78, 1], [0, 1, 1, 1, 0, 1])
  expect(found.expectedCalibrationError).toBeCloseTo((2 * 0.35 + 3 * (0.75 - 2 / 3)) / 6, 12)
  expect(found.bins.map(bin => bin.rows)).toEqual([0, 2, 0, 0, 0, 0, 0, 3, 0, 1])
  expect(found.bins[1]).toMatchObject({ from: 0.1, to: 0.2, positives: 1, positiveRate: 0.5 })
  expect(found.bins[1].meanProbability).toBeCloseTo(0.15, 12)
  expect(found.bins[0]).toMatchObject({ meanProbability: null, positiveRate: null })
  expect(found.positiveRate).toBeCloseTo(4 / 6, 12)
  expect(found.meanProbability).toBeCloseTo(3.55 / 6, 12)
})

test('a bound belongs to the bin above it, as a float32 too; 1 belongs to the last bin', () => {
  for (let i = 0; i <= 10; i++) {
    for (const bound of [i / 10, Math.fround(i / 10)]) {
      const { bins } = reliability([bound], [1])
      expect(bins.findIndex(bin => bin.rows === 1)).toBe(Math.min(i, 9))
    }
  }
})

test('scores that say exactly what happens have no calibration error, and the worst ones have 1', () => {
  expect(reliability([0.25, 0.25, 0.25, 0.25], [0, 1, 0, 0]).expectedCalibrationError).toBe(0)
  expect(reliability([1, 1, 0], [0, 0, 1]).expectedCalibrationError).toBe(1)
})

test('every row is in one bin, and the error is between the gap of the whole and 1', () => {
  const row = fc.record({ p: fc.double({ min: 0, max: 1, noNaN: true }), label: fc.integer({ min: 0, max: 1 }) })
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 100 }), rows => {
      const found = reliability(
        rows.map(one => one.p),
        rows.map(one => one.label),
      )
      expect(found.bins.reduce((sum, bin) => sum + bin.rows, 0)).toBe(rows.length)
      const whole = Math.abs(found.meanProbability! - found.positiveRate!)
      expect(found.expectedCalibrationError).toBeGreaterThanOrEqual(whole - 1e-12)
      expect(found.expectedCalibrationError).toBeLessThanOrEqual(1)
    }),
  )
})

test('no rows: nothing is known; a probability outside 0 to 1 and unequal lengths are refused', () => {
  expect(reliability([], [])).toMatchObject({ expectedCalibrationError: null, meanProbability: null })
  expect(() => reliability([0.5, 1.5], [1, 0])).toThrow('probability 1 is 1.5; allowed: 0 to 1')
  expect(() => reliability([Number.NaN], [1])).toThrow('probability 0 is NaN')
  expect(() => reliability([0.5], [])).toThrow('1 probabilities for 0 labels')
})

test('the error of chance alone is that of labels drawn by the very probabilities, on average, within 3 %', () => {
  const random = makeRandom(3)
  const probabilities = Float32Array.from({ length: 400 }, () => random.uniform())
  let sum = 0
  for (let draw = 0; draw < 500; draw++) {
    const labels = Uint8Array.from(probabilities, probability => (random.uniform() < probability ? 1 : 0))
    sum += reliability(probabilities, labels).expectedCalibrationError!
  }
  expect(Math.abs(sum / 500 / chanceCalibrationError(probabilities) - 1)).toBeLessThan(0.03)
  expect(chanceCalibrationError([0, 1, 1])).toBe(0)
})
