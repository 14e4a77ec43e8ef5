/**
 * What every model family must hold, on rows with missing values, boundary-exact numbers, categories and values that no
 * training row had. ONNX files are run by today's onnxruntime and by 1.12, which BigQuery ML has.
 */
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { type OnnxRuntime, openPortableSession, openSession } from '../../adapters/onnx/session.ts'
import { fitCalibrator } from '../calibration/calibrator.ts'
import { makeRandom } from '../math/random.ts'
import { rocAuc } from '../metrics/ranking.ts'
import { exportModel, exportPortableModel } from '../onnx/export.ts'
import { decodeMatrix } from '../preprocess/decode.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix, FeatureSpec } from '../preprocess/preprocessor.ts'
import type { Family } from './family.ts'
import { probabilitiesFromMargins } from './score.ts'

const require = createRequire(import.meta.url)
export const RUNTIMES: readonly { readonly name: string; readonly runtime: OnnxRuntime }[] = [
  { name: 'onnxruntime 1.30', runtime: require('onnxruntime-node') },
  { name: 'onnxruntime 1.12', runtime: require('onnxruntime-node-1-12') },
]

const FEATURES: readonly FeatureSpec[] = [
  { name: 'amount', kind: 'number' },
  { name: 'probability of rain', kind: 'number' },
  { name: 'colour', kind: 'category', levels: ['red', 'green', 'blue, "navy"'], hasOther: false },
  { name: 'features', kind: 'category', levels: ['x', 'ü', 'z'], hasOther: true },
  { name: 'count', kind: 'number' },
  { name: 'region', kind: 'category', levels: Array.from({ length: 70 }, (_, i) => `region ${i}`), hasOther: true },
]

/** Rows whose labels follow a rule that both trees and straight lines can learn in part. */
export function labelledRows(seed: number, rowCount: number): LabelledMatrix {
  const random = makeRandom(seed)
  const missing = (value: number) => (random.uniform() < 0.08 ? Number.NaN : value)
  const values = new Float32Array(rowCount * FEATURES.length)
  const labels = new Uint8Array(rowCount)
  for (let row = 0; row < rowCount; row++) {
    const amount = missing(100 + 40 * random.normal())
    const rain = missing(random.uniform())
    const colour = missing(random.integer(1, 3))
    const letter = missing(random.integer(1, 4))
    const region = missing(Math.ceil(71 * random.uniform() ** 2))
    values.set([amount, rain, colour, letter, random.integer(0, 6), region], row * FEATURES.length)
    const margin =
      (Number.isNaN(amount) ? 1 : (amount - 100) / 30) +
      (colour === 2 ? 1 : 0) -
      (letter === 4 ? 1.5 : 0) +
      Math.sin(7 * (region || 0)) -
      0.5
    labels[row] = random.uniform() < 1 / (1 + Math.exp(-margin)) ? 1 : 0
  }
  return { matrix: { rowCount, features: FEATURES, values }, labels }
}

/** New rows full of values that sit on a boundary: training values, their float32 neighbours, extremes and missing. */
function awkwardRows(train: FeatureMatrix, rowCount: number): FeatureMatrix {
  const random = makeRandom(99)
  const width = FEATURES.length
  const neighbour = new DataView(new ArrayBuffer(4))
  const values = Float32Array.from({ length: rowCount * width }, (_, i) => {
    const spec = FEATURES[i % width]
    const seen = train.values[random.integer(0, train.rowCount - 1) * width + (i % width)]
    if (random.uniform() < 0.1) return Number.NaN
    if (spec.kind === 'category') return spec.hasOther ? random.integer(1, spec.levels.length + 1) : seen
    if (random.uniform() < 0.05)
      return [0, -0, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45][random.integer(0, 4)]
    neighbour.setFloat32(0, seen)
    if (seen > 0) neighbour.setUint32(0, neighbour.getUint32(0) + random.integer(-1, 1))
    return neighbour.getFloat32(0)
  })
  return { rowCount, features: FEATURES, values }
}

export function describeFamily<Options, Model>(family: Family<Options, Model>, options: Options): void {
  const train = labelledRows(1, 3000)
  const validation = labelledRows(2, 1000)
  const fit = () => family.fit(train, options, { seed: 3, validation })
  const model = fit()
  const body = (features: string) => family.toGraph(model, features)
  const parts = { features: FEATURES, body, metadata: { family: family.name } }

  describe(`family ${family.name}`, () => {
    test('the same seed gives the same bytes of both ONNX files', () => {
      const again = fit()
      const partsAgain = { ...parts, body: (features: string) => family.toGraph(again, features) }
      expect(exportModel(partsAgain)).toEqual(exportModel(parts))
      expect(exportPortableModel(partsAgain)).toEqual(exportPortableModel(parts))
    })

    test('it learns: unseen rows are ranked far better than by chance', () => {
      expect(rocAuc(family.predict(model, validation.matrix), validation.labels)).toBeGreaterThan(0.75)
    })

    test('the order of training rows does not matter beyond rounding', () => {
      const width = FEATURES.length
      const order = Uint32Array.from({ length: train.matrix.rowCount }, (_, row) => row)
      makeRandom(4).shuffleInto(order)
      const values = Float32Array.from(
        { length: train.matrix.values.length },
        (_, i) => train.matrix.values[order[Math.floor(i / width)] * width + (i % width)],
      )
      const shuffled = { matrix: { ...train.matrix, values }, labels: Uint8Array.from(order, row => train.labels[row]) }
      const other = family.fit(shuffled, options, { seed: 3, validation })
      const margins = family.predict(model, validation.matrix)
      family.predict(other, validation.matrix).forEach((margin, row) => {
        expect(Math.abs(margin - margins[row])).toBeLessThan(1e-4)
      })
    })

    test('a row of weight 2 counts as the row twice, and weights far from 1 fit as well', () => {
      const once = labelledRows(5, 600)
      const doubled = Uint32Array.from({ length: 900 }, (_, i) => (i < 600 ? i : i - 600))
      const twice = selectLabelledRows(once, doubled)
      const weights = Float64Array.from({ length: 600 }, (_, row) => (row < 300 ? 2 : 1))
      const byWeight = family.predict(family.fit({ ...once, weights }, options, { seed: 3 }), validation.matrix)
      const byRows = family.predict(family.fit(twice, options, { seed: 3 }), validation.matrix)
      expect(rocAuc(byWeight, validation.labels)).toBeCloseTo(rocAuc(byRows, validation.labels), 1)
      const heavy = family.fit({ ...once, weights: weights.map(weight => 1e6 * weight) }, options, { seed: 3 })
      expect(family.predict(heavy, validation.matrix).every(Number.isFinite)).toBe(true)
    })

    test('importances are finite, not negative, one per feature, and some are positive', () => {
      const { values } = family.importance(model, train.matrix)
      expect(values).toHaveLength(FEATURES.length)
      expect(values.every(value => Number.isFinite(value) && value >= 0)).toBe(true)
      expect(Math.max(...values)).toBeGreaterThan(0)
    })

    test('SHAP values, where the family has them, sum to the log-odds of every row and are 0 just for features it does not use', () => {
      if (!family.shap) return expect(family.name).toBe('mlp')
      const { values, baseValue } = family.shap(model, validation.matrix, train.matrix)
      family.predict(model, validation.matrix).forEach((margin, row) => {
        const own = values.subarray(row * FEATURES.length, (row + 1) * FEATURES.length)
        // Log-odds of trees are float32 sums, SHAP values float64 ones.
        expect(Math.abs(own.reduce((sum, value) => sum + value, baseValue) - margin)).toBeLessThan(1e-5)
      })
      const { values: importances } = family.importance(model, train.matrix)
      importances.forEach((importance, f) => {
        const used = values.some((value, i) => i % FEATURES.length === f && value !== 0)
        expect(used).toBe(importance > 0)
      })
    })

    test('a refit at the found size without a validation part has that size', () => {
      const refit = family.fit(train, family.refitOptions(model, options), { seed: 3 })
      expect(family.describe(refit)).toEqual(family.describe(model))
    })

    test('rows that nothing can be learnt from give a constant model that both runtimes load', async () => {
      const { matrix } = labelledRows(7, 60)
      const constant = { ...matrix, values: new Float32Array(matrix.values.length).fill(1) }
      const flat = family.fit({ matrix: constant, labels: labelledRows(7, 60).labels }, options, { seed: 1 })
      const probabilities = probabilitiesFromMargins(family.predict(flat, constant))
      for (const { runtime } of RUNTIMES) {
        const bytes = exportModel({ ...parts, body: features => family.toGraph(flat, features) })
        expect(await (await openSession(bytes, runtime)).run(constant.values, 60)).toEqual(probabilities)
      }
    })

    const rows = awkwardRows(train.matrix, 5000)
    const margins = family.predict(model, rows)
    const own = probabilitiesFromMargins(margins)
    const validationMargins = family.predict(model, validation.matrix)
    describe.each(RUNTIMES)('$name', ({ runtime }) => {
      test.each([1, 2, 100, 5000])(
        'model.onnx gives the very bits of our own prediction for %i rows',
        async rowCount => {
          const session = await openSession(exportModel(parts), runtime)
          const answer = await session.run(rows.values.slice(0, rowCount * FEATURES.length), rowCount)
          expect(answer).toEqual(own.slice(0, rowCount))
        },
      )

      test('model.portable.onnx gives the very bits from raw columns: "" and unlisted strings included', async () => {
        const session = await openPortableSession(exportPortableModel(parts), runtime)
        expect(await session.run(decodeMatrix(rows), rows.rowCount)).toEqual(own)
      })

      test.each(['platt', 'isotonic'] as const)(
        'both files give the very bits with %s calibration inside',
        async method => {
          const calibrator = fitCalibrator(method, validationMargins, validation.labels)
          if (calibrator === undefined) throw new Error('the model ranks the validation rows')
          const calibrated = { ...parts, calibrator }
          const expected = probabilitiesFromMargins(margins, calibrator)
          expect(expected).not.toEqual(own)
          const session = await openSession(exportModel(calibrated), runtime)
          expect(await session.run(rows.values, rows.rowCount)).toEqual(expected)
          const portable = await openPortableSession(exportPortableModel(calibrated), runtime)
          expect(await portable.run(decodeMatrix(rows), rows.rowCount)).toEqual(expected)
        },
      )
    })
  })
}
