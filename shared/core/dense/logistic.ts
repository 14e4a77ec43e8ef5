/**
 * Logistic regression with an L2 penalty, on the design matrix of design.ts. Minimises
 *
 *   sum over rows of weight x log loss  +  (l2 / 2) x sum of squared coefficients        (the intercept is not penalised)
 *
 * which is scikit-learn's LogisticRegression with C = 1 / l2 on the same columns.
 */
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { buildDesign, type DesignColumn, fitDesign } from './design.ts'
import { minimise } from './lbfgs.ts'

export interface LogisticOptions {
  /** Strength of the penalty. >= 0; 0 lets separable data grow without bound, so keep it positive there. */
  readonly l2: number
  /** >= 1. */
  readonly maxIterations: number
  /** Largest gradient entry per row at which the fit is done. > 0. */
  readonly tolerance: number
}

export const DEFAULT_LOGISTIC: LogisticOptions = Object.freeze({ l2: 1, maxIterations: 1000, tolerance: 1e-8 })

export interface LogisticModel {
  readonly columns: readonly DesignColumn[]
  /** One per column. */
  readonly coefficients: Float64Array
  readonly intercept: number
  readonly iterations: number
  readonly converged: boolean
}

/** Fits on every row. */
export function fitLogistic(train: LabelledMatrix, options: LogisticOptions): LogisticModel {
  const { matrix } = train
  const columns = fitDesign(matrix)
  const design = buildDesign(matrix, columns)
  const objective = logisticObjective(design, train, columns.length, options.l2)
  const start = new Float64Array(columns.length + 1)
  const { x, iterations, converged } = minimise(objective, start, options)
  return { columns, coefficients: x.slice(0, columns.length), intercept: x[columns.length], iterations, converged }
}

/** Mean penalised log loss and its gradient; parameters are the coefficients, then the intercept. */
function logisticObjective(design: Float64Array, { labels, weights }: LabelledMatrix, width: number, l2: number) {
  const rowCount = labels.length
  return (x: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0)
    let loss = 0
    for (let row = 0, offset = 0; row < rowCount; row++, offset += width) {
      let margin = x[width]
      for (let j = 0; j < width; j++) margin += x[j] * design[offset + j]
      // log(1 + e^m) - y m, written so that neither side overflows.
      const weight = weights ? weights[row] : 1
      loss += weight * (Math.max(margin, 0) - labels[row] * margin + Math.log1p(Math.exp(-Math.abs(margin))))
      const residual = weight * (1 / (1 + Math.exp(-margin)) - labels[row])
      for (let j = 0; j < width; j++) gradient[j] += residual * design[offset + j]
      gradient[width] += residual
    }
    let penalty = 0
    for (let j = 0; j < width; j++) {
      penalty += x[j] * x[j]
      gradient[j] += l2 * x[j]
    }
    for (let j = 0; j <= width; j++) gradient[j] /= rowCount
    return (loss + (l2 / 2) * penalty) / rowCount
  }
}

/** Log-odds of every row of `matrix`. */
export function predictLogistic(model: LogisticModel, matrix: FeatureMatrix): Float64Array {
  const design = buildDesign(matrix, model.columns)
  const width = model.columns.length
  const margins = new Float64Array(matrix.rowCount)
  for (let row = 0; row < matrix.rowCount; row++) {
    let sum = 0
    for (let j = 0; j < width; j++) sum += model.coefficients[j] * design[row * width + j]
    margins[row] = sum + model.intercept
  }
  return margins
}

/**
 * How much each feature moves the log-odds: the standard deviation over the rows of `matrix` of what its columns add. One
 * number >= 0 per feature, in input order; for a number it is the absolute standardised coefficient, and a category's
 * levels count together.
 */
export function contributionDeviation(model: LogisticModel, matrix: FeatureMatrix): Float64Array {
  const { columns, coefficients } = model
  const design = buildDesign(matrix, columns)
  return Float64Array.from(matrix.features, (_, feature) => {
    const own = columns.flatMap((column, j) => (column.feature === feature ? [j] : []))
    if (own.length === 0) return 0
    const added = new Float64Array(matrix.rowCount)
    for (const j of own) {
      for (let row = 0; row < matrix.rowCount; row++) added[row] += coefficients[j] * design[row * columns.length + j]
    }
    const mean = added.reduce((sum, x) => sum + x, 0) / matrix.rowCount
    return Math.sqrt(added.reduce((sum, x) => sum + (x - mean) ** 2, 0) / matrix.rowCount)
  })
}
