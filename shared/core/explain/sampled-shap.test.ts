import { expect, test } from 'vitest'
import { DEFAULT_LOGISTIC, fitLogistic, predictLogistic } from '../dense/logistic.ts'
import { logisticShap } from '../dense/logistic-shap.ts'
import { DEFAULT_MLP, fitMlp, predictMlp } from '../dense/mlp.ts'
import { labelledRows } from '../model/family.conformance.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { type SampledShapOptions, sampledShap } from './sampled-shap.ts'

const train = labelledRows(1, 1500)
const { matrix } = labelledRows(2, 40)
const width = matrix.features.length
const network = fitMlp(train, { ...DEFAULT_MLP, epochs: 20 }, { seed: 3 })
const predict = (rows: FeatureMatrix) => predictMlp(network, rows)
const options: SampledShapOptions = { predict, budget: 1e6, mostRows: 30, seed: 7 }
/** As many rows as are drawn at most, so that all of them are. */
const background: FeatureMatrix = { ...train.matrix, rowCount: 100, values: train.matrix.values.slice(0, 100 * width) }
const shap = sampledShap(matrix, background, options)

/** Shapley values by every subset of features, unknown ones taken from each background row in turn: the definition. */
function naiveShap(row: number): Float64Array {
  const payoffs = Float64Array.from({ length: 1 << width }, (_, known) => {
    const values = background.values.map((value, i) =>
      (known >> (i % width)) & 1 ? matrix.values[row * width + (i % width)] : value,
    )
    return predict({ ...background, values }).reduce((sum, margin) => sum + margin, 0) / background.rowCount
  })
  const weights = [1 / width]
  for (let size = 1; size < width; size++) weights[size] = (weights[size - 1] * size) / (width - size)
  return Float64Array.from({ length: width }, (_, feature) => {
    let value = 0
    for (let known = 0; known < 1 << width; known++) {
      if ((known >> feature) & 1) continue
      const size = [...known.toString(2)].filter(bit => bit === '1').length
      value += weights[size] * (payoffs[known | (1 << feature)] - payoffs[known])
    }
    return value
  })
}

test('base and values sum to the log-odds of every row within 1e-9', () => {
  expect([shap.rowCount, shap.backgroundRows]).toEqual([30, 100])
  predict(matrix)
    .subarray(0, 30)
    .forEach((margin, row) => {
      const own = shap.values.subarray(row * width, (row + 1) * width)
      expect(Math.abs(own.reduce((sum, value) => sum + value, shap.baseValue) - margin)).toBeLessThan(1e-9)
    })
})

test('values are those of the definition, as far as the standard error says', () => {
  const squares = new Float64Array(width)
  for (let row = 0; row < 30; row++) {
    naiveShap(row).forEach((value, feature) => {
      squares[feature] += (shap.values[row * width + feature] - value) ** 2 / 30
    })
  }
  squares.forEach((square, feature) => {
    // Background rows are all there are, so only the orders are left to chance: less than the error that counts both.
    expect(Math.sqrt(square)).toBeLessThan(shap.standardErrors[feature])
  })
  expect(Math.max(...squares)).toBeGreaterThan(0)
  expect(Math.max(...shap.standardErrors)).toBeLessThan(0.2)
})

test('where features only add up the order does not matter: the values are the closed form of logistic regression', () => {
  const model = fitLogistic(train, DEFAULT_LOGISTIC)
  const sampled = sampledShap(matrix, background, { ...options, predict: rows => predictLogistic(model, rows) })
  const exact = logisticShap(model, matrix, background)
  expect(Math.abs(sampled.baseValue - exact.baseValue)).toBeLessThan(1e-9)
  sampled.values.forEach((value, i) => {
    expect(Math.abs(value - exact.values[i])).toBeLessThan(1e-9)
  })
})

test('the same seed gives the same values, another seed others', () => {
  expect(sampledShap(matrix, background, options)).toEqual(shap)
  expect(sampledShap(matrix, background, { ...options, seed: 8 }).values).not.toEqual(shap.values)
})

test('the answers taken stay near the budget, however small it is', () => {
  for (const budget of [1, 1000, 20_000]) {
    let answers = 0
    const counting = (rows: FeatureMatrix) => {
      answers += rows.rowCount
      return predict(rows)
    }
    const { rowCount, backgroundRows } = sampledShap(matrix, train.matrix, { ...options, budget, predict: counting })
    expect(rowCount).toBeGreaterThanOrEqual(1)
    expect(backgroundRows).toBeGreaterThanOrEqual(10)
    expect(answers).toBeLessThan(Math.max(budget, 2 * width * 10) + 200)
  }
})

test('a single feature gets all of it', () => {
  const one: FeatureMatrix = { rowCount: 2, features: [{ name: 'x', kind: 'number' }], values: Float32Array.of(1, 4) }
  const double = (rows: FeatureMatrix) => Float64Array.from(rows.values, x => 2 * x)
  const { values, baseValue } = sampledShap(one, one, { ...options, predict: double })
  expect([baseValue, ...values]).toEqual([5, -3, 3])
})
