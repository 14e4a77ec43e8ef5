/**
 * SHAP values of a logistic regression in log-odds, in closed form: a feature's value is what its columns add to the log-odds
 * of the row, minus what they add on average over the background, the training rows:
 *
 *   value of feature f = sum over the columns j of f of  coefficient_j x (x_j - mean_j)
 *
 * (interventional SHAP values, Lundberg and Lee, 2017, for a linear model; the SHAP library's LinearExplainer). All levels of
 * a category and the column of a missing value belong to their feature, and a missing number counts as the mean it is
 * predicted with.
 */
import { sumOf } from '../math/sum.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { compactDesign, NO_COLUMN } from './design.ts'
import type { LogisticModel } from './logistic.ts'

type Coefficients = Pick<LogisticModel, 'columns' | 'coefficients' | 'intercept'>

/** The base value + a row's values = its log-odds, to rounding. `values`: [rowCount x features], row-major. */
export function logisticShap(
  model: Coefficients,
  matrix: FeatureMatrix,
  background: FeatureMatrix,
): { readonly values: Float64Array; readonly baseValue: number } {
  const width = matrix.features.length
  const means = new Float64Array(width)
  featureParts(model, background).forEach((part, i) => {
    means[i % width] += part / background.rowCount
  })
  const values = featureParts(model, matrix)
  for (let i = 0; i < values.length; i++) values[i] -= means[i % width]
  return { values, baseValue: model.intercept + sumOf(means) }
}

/** What each feature's columns add to the log-odds of each row: [rowCount x features]. */
function featureParts({ columns, coefficients }: Coefficients, matrix: FeatureMatrix): Float64Array {
  const width = matrix.features.length
  const { rowCount, numberCount, numbers, slotCount, active } = compactDesign(matrix, columns)
  const parts = new Float64Array(rowCount * width)
  for (let row = 0; row < rowCount; row++) {
    for (let j = 0; j < numberCount; j++) {
      parts[row * width + columns[j].feature] += coefficients[j] * numbers[row * numberCount + j]
    }
    for (let slot = 0; slot < slotCount; slot++) {
      const j = active[row * slotCount + slot]
      if (j !== NO_COLUMN) parts[row * width + columns[j].feature] += coefficients[j]
    }
  }
  return parts
}
