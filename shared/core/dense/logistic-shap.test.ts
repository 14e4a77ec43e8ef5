import { expect, test } from 'vitest'
import { labelledRows } from '../model/family.conformance.ts'
import { DEFAULT_LOGISTIC, fitLogistic, predictLogistic } from './logistic.ts'
import { logisticShap } from './logistic-shap.ts'

const train = labelledRows(1, 800)
const model = fitLogistic(train, DEFAULT_LOGISTIC)
const { matrix } = labelledRows(2, 200)
const width = matrix.features.length

test('values and the base sum to the log-odds of every row within 1e-12, missing values and unseen codes included', () => {
  const values = matrix.values.map((value, i) => (i % 11 === 0 ? Number.NaN : value))
  const rows = { ...matrix, values }
  const shap = logisticShap(model, rows, train.matrix)
  predictLogistic(model, rows).forEach((margin, row) => {
    const sum = shap.values.subarray(row * width, (row + 1) * width).reduce((total, value) => total + value, 0)
    expect(Math.abs(sum + shap.baseValue - margin)).toBeLessThan(1e-12)
  })
})

test('values equal the definition: Shapley values over all subsets, unknown features taken from the background rows', () => {
  const background = { ...train.matrix, rowCount: 60, values: train.matrix.values.slice(0, 60 * width) }
  const shap = logisticShap(model, matrix, background)
  for (const row of [0, 7, 31]) {
    /** The mean log-odds of the background rows with this row's known features. */
    const payoff = (known: number): number => {
      const values = background.values.map((value, i) =>
        (known >> (i % width)) & 1 ? matrix.values[row * width + (i % width)] : value,
      )
      return predictLogistic(model, { ...background, values }).reduce((sum, margin) => sum + margin, 0) / 60
    }
    const pays = Array.from({ length: 1 << width }, (_, known) => payoff(known))
    expect(shap.baseValue).toBeCloseTo(pays[0], 12)
    const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1))
    for (let feature = 0; feature < width; feature++) {
      let value = 0
      for (let known = 0; known < 1 << width; known++) {
        if ((known >> feature) & 1) continue
        const size = [...known.toString(2)].filter(bit => bit === '1').length
        const weight = (factorial(size) * factorial(width - size - 1)) / factorial(width)
        value += weight * (pays[known | (1 << feature)] - pays[known])
      }
      expect(shap.values[row * width + feature]).toBeCloseTo(value, 10)
    }
  }
})

test('over the background itself the values of every feature average 0', () => {
  const { values } = logisticShap(model, train.matrix, train.matrix)
  const means = new Float64Array(width)
  values.forEach((value, i) => {
    means[i % width] += value / train.matrix.rowCount
  })
  means.forEach(mean => {
    expect(Math.abs(mean)).toBeLessThan(1e-12)
  })
})
