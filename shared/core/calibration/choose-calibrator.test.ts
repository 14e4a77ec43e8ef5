import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import { sigmoid } from '../math/sigmoid.ts'
import { logLoss } from '../metrics/probability.ts'
import { calibrate } from './calibrator.ts'
import { type CalibrationPart, chooseCalibrator } from './choose-calibrator.ts'

/** Margins of true chances bent by `bend`: what a model would say that is as good and wrongly sure. */
function drawPart(rows: number, bend: (margin: number) => number, seed = 1): CalibrationPart {
  const random = makeRandom(seed)
  const truth = Float64Array.from({ length: rows }, () => 2 * random.normal())
  const labels = Uint8Array.from(truth, margin => (random.uniform() < sigmoid(margin) ? 1 : 0))
  return { margins: truth.map(bend), labels }
}

const auto = { method: 'auto', seed: 1 } as const

test('true chances are mostly left as they are, and never changed by much', () => {
  const choices = Array.from({ length: 20 }, (_, seed) =>
    chooseCalibrator(
      drawPart(1500, margin => margin, seed),
      auto,
    ),
  )
  const changed = choices.flatMap(({ calibrator }) => (calibrator.method === 'none' ? [] : [calibrator]))
  // Chance alone bends a sample of these beyond the standard error about once in twenty.
  expect(changed.length).toBeLessThanOrEqual(3)
  for (const calibrator of changed) {
    expect(Math.abs(calibrate(calibrator, Float64Array.of(0))[0] - 0.5)).toBeLessThan(0.05)
  }
})

test('log-odds three times too large and shifted get Platt, which undoes it, and new rows are better by it', () => {
  const bend = (margin: number) => 3 * margin + 1
  const { calibrator, compared } = chooseCalibrator(drawPart(3000, bend), auto)
  if (calibrator.method !== 'platt') throw new Error(`chose ${calibrator.method}`)
  expect(calibrator.slope).toBeCloseTo(1 / 3, 1)
  expect(Math.abs(calibrator.intercept + 1 / 3)).toBeLessThan(0.15)
  const fresh = drawPart(3000, bend, 2)
  const lossOf = (probabilities: Float64Array) => logLoss(probabilities, fresh.labels)
  expect(lossOf(calibrate(calibrator, fresh.margins))).toBeLessThan(lossOf(fresh.margins.map(sigmoid)) - 0.1)
  expect(compared.map(({ method }) => method)).toEqual(['none', 'platt', 'isotonic'])
  expect(compared[2]).toMatchObject({ against: 'platt' })
})

test('a bend that no straight line undoes gets isotonic', () => {
  const { calibrator } = chooseCalibrator(
    drawPart(5000, margin => (margin > 0 ? margin + 4 : margin / 8)),
    auto,
  )
  expect(calibrator.method).toBe('isotonic')
})

test('the same part and seed choose the same, and what the run asks for is done', () => {
  const part = drawPart(1000, margin => 2 * margin)
  expect(chooseCalibrator(part, auto)).toEqual(chooseCalibrator(part, auto))
  expect(chooseCalibrator(part, { method: 'none', seed: 1 })).toMatchObject({
    calibrator: { method: 'none' },
    compared: [],
  })
  expect(chooseCalibrator(part, { method: 'isotonic', seed: 1 }).calibrator.method).toBe('isotonic')
})

test('few rows, one class, equal margins and margins that rank backwards are left as they are, with the reason', () => {
  const few = chooseCalibrator({ margins: Float64Array.of(-1, 0, 1), labels: Uint8Array.of(0, 1, 1) }, auto)
  expect(few).toMatchObject({
    calibrator: { method: 'none' },
    reason: 'the calibration part has 1 rows of the rarer class; needed: 10',
  })
  const alone = { margins: new Float64Array(50), labels: new Uint8Array(50) }
  expect(chooseCalibrator(alone, auto).calibrator).toEqual({ method: 'none' })
  const { labels } = drawPart(200, margin => margin)
  const equal = { margins: new Float64Array(200).fill(0.3), labels }
  expect(chooseCalibrator(equal, { method: 'isotonic', seed: 1 }).reason).toContain('does not rank')
  const backwards = drawPart(2000, margin => -margin)
  expect(chooseCalibrator(backwards, auto).calibrator).toEqual({ method: 'none' })
  expect(chooseCalibrator(backwards, { method: 'platt', seed: 1 })).toMatchObject({
    calibrator: { method: 'none' },
    reason: 'platt was left out: the model does not rank the rows of the calibration part',
  })
})
