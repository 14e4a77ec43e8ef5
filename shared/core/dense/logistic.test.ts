import { expect, test } from 'vitest'
import golden from '../../../data/golden/logistic.json' with { type: 'json' }
import type { FeatureMatrix, FeatureSpec } from '../preprocess/preprocessor.ts'
import { buildDesign, fitDesign } from './design.ts'
import { minimise } from './lbfgs.ts'
import { contributionDeviation, DEFAULT_LOGISTIC, fitLogistic, predictLogistic } from './logistic.ts'

const features: FeatureSpec[] = golden.features.map(feature =>
  typeof feature === 'string'
    ? { name: feature, kind: 'number' }
    : { name: feature.name, kind: 'category', levels: feature.levels, hasOther: false },
)
const matrix: FeatureMatrix = { rowCount: golden.rows.length, features, values: Float32Array.from(golden.rows.flat()) }
const labels = Uint8Array.from(golden.labels)

test.each(golden.fits)(
  'l2 = $l2: coefficients equal scikit-learn with C = 1 / l2 within 1e-5 (data/golden/logistic.json)',
  fit => {
    const model = fitLogistic({ matrix, labels }, { ...DEFAULT_LOGISTIC, l2: fit.l2 })
    expect(model.converged).toBe(true)
    fit.coefficients.forEach((expected, i) => {
      expect(Math.abs(model.coefficients[i] - expected)).toBeLessThan(1e-5)
    })
    expect(Math.abs(model.intercept - fit.intercept)).toBeLessThan(1e-5)
  },
)

test('a missing number counts as the mean, a missing category as no level, and each has a column of its own', () => {
  const some = Float32Array.of(1, 1, 3, 2, Number.NaN, 1, 5, Number.NaN)
  const specs: FeatureSpec[] = [
    { name: 'n', kind: 'number' },
    { name: 'c', kind: 'category', levels: ['a', 'b'], hasOther: false },
  ]
  const holes: FeatureMatrix = { rowCount: 4, features: specs, values: some }
  const columns = fitDesign(holes)
  expect(columns.map(column => column.kind)).toEqual(['number', 'level', 'level', 'missing', 'missing'])
  const design = buildDesign(holes, columns)
  expect([...design.slice(10, 15)]).toEqual([0, 1, 0, 1, 0])
  expect([...design.slice(16, 20)]).toEqual([0, 0, 0, 1])
})

test('only constant columns: the model is the rate alone', () => {
  const constant: FeatureMatrix = {
    rowCount: 10,
    features: [{ name: 'n', kind: 'number' }],
    values: new Float32Array(10).fill(7),
  }
  const model = fitLogistic({ matrix: constant, labels: Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0, 0) }, DEFAULT_LOGISTIC)
  expect(predictLogistic(model, constant)[0]).toBeCloseTo(Math.log(0.25), 6)
})

test('huge numbers do not overflow', () => {
  const huge: FeatureMatrix = {
    rowCount: 6,
    features: [{ name: 'n', kind: 'number' }],
    values: Float32Array.of(-3e38, -1e38, 0, 1e38, 2e38, 3e38),
  }
  const model = fitLogistic({ matrix: huge, labels: Uint8Array.of(0, 0, 1, 0, 1, 1) }, DEFAULT_LOGISTIC)
  expect([...predictLogistic(model, huge)].every(Number.isFinite)).toBe(true)
})

test('the importance of a number is its absolute standardised coefficient', () => {
  const model = fitLogistic({ matrix, labels }, DEFAULT_LOGISTIC)
  const importance = contributionDeviation(model, matrix)
  expect(importance[0]).toBeCloseTo(Math.abs(model.coefficients[0]), 6)
})

test('minimise finds the bottom of a badly scaled bowl', () => {
  const scales = [1, 100, 1e4]
  const { x, converged } = minimise(
    (point, gradient) => {
      let value = 0
      point.forEach((p, i) => {
        value += (scales[i] / 2) * (p - i) ** 2
        gradient[i] = scales[i] * (p - i)
      })
      return value
    },
    new Float64Array(3).fill(9),
    { tolerance: 1e-9, maxIterations: 200 },
  )
  expect(converged).toBe(true)
  x.forEach((p, i) => {
    expect(p).toBeCloseTo(i, 8)
  })
})
