import { expect, test } from 'vitest'
import elastic from '../../../data/golden/elastic.json' with { type: 'json' }
import golden from '../../../data/golden/logistic.json' with { type: 'json' }
import { sigmoid } from '../math/sigmoid.ts'
import { logLoss } from '../metrics/probability.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix, FeatureSpec } from '../preprocess/preprocessor.ts'
import { compactDesign, type DesignColumn, fitDesign, NO_COLUMN } from './design.ts'
import { minimise } from './lbfgs.ts'
import {
  contributionDeviation,
  DEFAULT_LOGISTIC,
  fitLogistic,
  type LogisticModel,
  predictLogistic,
} from './logistic.ts'

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

test.each(elastic.fits)(
  'l1 = $l1, l2 = $l2: coefficients equal scikit-learn’s elastic net within 1e-5, zeros exactly (data/golden/elastic.json)',
  fit => {
    const model = fitLogistic({ matrix, labels }, { ...DEFAULT_LOGISTIC, l1: fit.l1, l2: fit.l2 })
    expect(model.converged).toBe(true)
    fit.coefficients.forEach((expected, i) => {
      expect(Math.abs(model.coefficients[i] - expected)).toBeLessThan(1e-5)
      if (expected === 0) expect(model.coefficients[i]).toBe(0)
    })
    expect(Math.abs(model.intercept - fit.intercept)).toBeLessThan(1e-5)
  },
)

test('a path keeps the strength with the least validation log loss, and gives the very model of that strength', () => {
  const part = (from: number, to: number): LabelledMatrix =>
    selectLabelledRows(
      { matrix, labels },
      Uint32Array.from({ length: to - from }, (_, i) => from + i),
    )
  const [train, validation] = [part(0, 50), part(50, 400)]
  const options = { ...DEFAULT_LOGISTIC, l1: 0.5, l2: 0.5 }
  const lossOf = (model: LogisticModel) =>
    logLoss(predictLogistic(model, validation.matrix).map(sigmoid), validation.labels)
  const chosen = fitLogistic(train, { ...options, path: 7 }, validation)
  const factors = [1000, 100, 10, 1, 0.1, 0.01, 0.001]
  const each = factors.map(factor => fitLogistic(train, { ...options, l1: 0.5 * factor, l2: 0.5 * factor }))
  const losses = each.map(lossOf)
  const best = losses.indexOf(Math.min(...losses))
  expect(chosen.l1).toBeCloseTo(0.5 * factors[best], 12)
  each[best].coefficients.forEach((expected, j) => {
    expect(chosen.coefficients[j]).toBeCloseTo(expected, 5)
  })
  // Both ends of the path are worse, so that the choice was one.
  expect(best).toBeGreaterThan(0)
  expect(best).toBeLessThan(6)
})

test('without a validation part a path is its own strengths', () => {
  const straight = fitLogistic({ matrix, labels }, DEFAULT_LOGISTIC)
  expect(fitLogistic({ matrix, labels }, { ...DEFAULT_LOGISTIC, path: 9 })).toEqual(straight)
})

test('5,000 levels take a moment and not a gigabyte', () => {
  const levels = Array.from({ length: 5000 }, (_, i) => `level ${i}`)
  const many: FeatureMatrix = {
    rowCount: 20_000,
    features: [{ name: 'c', kind: 'category', levels, hasOther: false }],
    values: Float32Array.from({ length: 20_000 }, (_, row) => 1 + (row % 5000)),
  }
  const model = fitLogistic(
    { matrix: many, labels: Uint8Array.from({ length: 20_000 }, (_, row) => row % 2) },
    DEFAULT_LOGISTIC,
  )
  expect(predictLogistic(model, many)[1]).toBeGreaterThan(1)
  expect(contributionDeviation(model, many)[0]).toBeGreaterThan(1)
})

/** Every column of every row, zeros included: [rowCount x columns.length], row-major. */
function buildDesign(
  { rowCount, features: specs, values }: FeatureMatrix,
  columns: readonly DesignColumn[],
): Float64Array {
  const cellOf = (column: DesignColumn, x: number): number => {
    if (column.kind === 'number') return Number.isNaN(x) ? 0 : (x - column.mean) / column.scale
    return Number(column.kind === 'level' ? x === column.code : Number.isNaN(x))
  }
  return Float64Array.from({ length: rowCount * columns.length }, (_, i) => {
    const column = columns[i % columns.length]
    return cellOf(column, values[Math.floor(i / columns.length) * specs.length + column.feature])
  })
}

test('the compact design holds the very columns of the dense one', () => {
  const holed: FeatureMatrix = { ...matrix, values: matrix.values.map((x, i) => (i % 11 === 0 ? Number.NaN : x)) }
  const columns = fitDesign(holed)
  const dense = buildDesign(holed, columns)
  const { width, numberCount, numbers, slotCount, active } = compactDesign(holed, columns)
  const unfolded = new Float64Array(dense.length)
  for (let row = 0; row < holed.rowCount; row++) {
    for (let j = 0; j < numberCount; j++) unfolded[row * width + j] = numbers[row * numberCount + j]
    for (const column of active.subarray(row * slotCount, (row + 1) * slotCount)) {
      if (column !== NO_COLUMN) unfolded[row * width + column] = 1
    }
  }
  expect(unfolded).toEqual(dense)
})

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
