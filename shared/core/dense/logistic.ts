/**
 * Logistic regression with an L1 and an L2 penalty (elastic net), on the design matrix of design.ts. Minimises
 *
 *   sum over rows of weight x log loss  +  l1 x sum of |coefficient|  +  (l2 / 2) x sum of squared coefficients
 *
 * (the intercept is not penalised), which is scikit-learn's LogisticRegression with C = 1 / (l1 + l2) and
 * l1_ratio = l1 / (l1 + l2) on the same columns.
 */
import { sigmoid } from '../math/sigmoid.ts'
import { logLoss } from '../metrics/probability.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { type CompactDesign, compactDesign, type DesignColumn, fitDesign, NO_COLUMN } from './design.ts'
import { minimise } from './lbfgs.ts'

export interface LogisticOptions {
  /** Strength of the L1 penalty, which makes coefficients exactly 0. >= 0. */
  readonly l1: number
  /** Strength of the L2 penalty. >= 0; with both 0 separable data grow without bound. */
  readonly l2: number
  /**
   * Strengths to try where there is a validation part: l1 and l2 times 1000 down to a thousandth, evenly in the logarithm;
   * the one with the least validation log loss is kept. 0: l1 and l2 as they are. >= 0.
   */
  readonly path: number
  /** >= 1. */
  readonly maxIterations: number
  /** Largest gradient entry per row at which the fit is done. > 0. */
  readonly tolerance: number
}

export const DEFAULT_LOGISTIC: LogisticOptions = Object.freeze({
  l1: 0,
  l2: 1,
  path: 0,
  maxIterations: 1000,
  tolerance: 1e-8,
})

/** The path runs from this factor down to one part in it. */
const PATH_REACH = 1000

export interface LogisticModel {
  readonly columns: readonly DesignColumn[]
  /** One per column. */
  readonly coefficients: Float64Array
  readonly intercept: number
  /** The strengths it was fitted with. */
  readonly l1: number
  readonly l2: number
  readonly iterations: number
  readonly converged: boolean
}

/** Fits on every row of `train`; `validation` only chooses among the strengths of a path. */
export function fitLogistic(
  train: LabelledMatrix,
  options: LogisticOptions,
  validation?: LabelledMatrix,
): LogisticModel {
  const columns = fitDesign(train.matrix)
  const design = compactDesign(train.matrix, columns)
  const start = new Float64Array(columns.length + 1)
  const fitFrom = (from: Float64Array, factor: number): LogisticModel => {
    const l1 = factor * options.l1
    const l2 = factor * options.l2
    const perRow = new Float64Array(from.length).fill(l1 / design.rowCount)
    perRow[columns.length] = 0
    const { tolerance, maxIterations } = options
    const stop = { tolerance, maxIterations, ...(l1 > 0 ? { l1: perRow } : {}) }
    const { x, ...how } = minimise(logisticObjective(design, train, l2), from, stop)
    return { columns, coefficients: x.slice(0, columns.length), intercept: x[columns.length], l1, l2, ...how }
  }
  if (!validation || options.path === 0) return fitFrom(start, 1)
  let best: { readonly model: LogisticModel; readonly loss: number } | undefined
  let from = start
  for (let step = 0; step < options.path; step++) {
    const share = options.path === 1 ? 0.5 : step / (options.path - 1)
    const model = fitFrom(from, PATH_REACH ** (1 - 2 * share))
    const loss = logLoss(predictLogistic(model, validation.matrix).map(sigmoid), validation.labels)
    if (!best || loss < best.loss) best = { model, loss }
    // The next strength is near, and so is its solution.
    from = Float64Array.of(...model.coefficients, model.intercept)
  }
  if (!best) throw new Error('a path has at least one strength')
  return best.model
}

/** Mean log loss with the L2 penalty, and its gradient; parameters are the coefficients, then the intercept. */
function logisticObjective(design: CompactDesign, { labels, weights }: LabelledMatrix, l2: number) {
  const { rowCount, width, numberCount, numbers, slotCount, active } = design
  return (x: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0)
    let loss = 0
    for (let row = 0; row < rowCount; row++) {
      const margin = marginOf(design, x, row)
      // log(1 + e^m) - y m, written so that neither side overflows.
      const weight = weights ? weights[row] : 1
      loss += weight * (Math.max(margin, 0) - labels[row] * margin + Math.log1p(Math.exp(-Math.abs(margin))))
      const residual = weight * (1 / (1 + Math.exp(-margin)) - labels[row])
      for (let j = 0, i = row * numberCount; j < numberCount; j++, i++) gradient[j] += residual * numbers[i]
      for (let i = row * slotCount, end = i + slotCount; i < end; i++) {
        if (active[i] !== NO_COLUMN) gradient[active[i]] += residual
      }
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

/** Numbers, then 0/1 columns, the intercept last: near the order of additions in onnxruntime. */
function marginOf(design: CompactDesign, x: Float64Array, row: number): number {
  const { width, numberCount, numbers, slotCount, active } = design
  let margin = 0
  for (let j = 0, i = row * numberCount; j < numberCount; j++, i++) margin += x[j] * numbers[i]
  for (let i = row * slotCount, end = i + slotCount; i < end; i++) if (active[i] !== NO_COLUMN) margin += x[active[i]]
  return margin + x[width]
}

/** Log-odds of every row of `matrix`. */
export function predictLogistic(model: LogisticModel, matrix: FeatureMatrix): Float64Array {
  const design = compactDesign(matrix, model.columns)
  const parameters = new Float64Array(design.width + 1)
  parameters.set(model.coefficients)
  parameters[design.width] = model.intercept
  return Float64Array.from({ length: matrix.rowCount }, (_, row) => marginOf(design, parameters, row))
}

/**
 * How much each feature moves the log-odds: the standard deviation over the rows of `matrix` of what its columns add. One
 * number >= 0 per feature, in input order; for a number it is the absolute standardised coefficient, and a category's
 * levels count together.
 */
export function contributionDeviation(model: LogisticModel, matrix: FeatureMatrix): Float64Array {
  const design = compactDesign(matrix, model.columns)
  const added = new Float64Array(matrix.features.length)
  const means = new Float64Array(matrix.features.length)
  const squares = new Float64Array(matrix.features.length)
  for (let row = 0; row < matrix.rowCount; row++) {
    contributionsInto(added, { model, design, row })
    for (let f = 0; f < added.length; f++) means[f] += added[f] / matrix.rowCount
  }
  for (let row = 0; row < matrix.rowCount; row++) {
    contributionsInto(added, { model, design, row })
    for (let f = 0; f < added.length; f++) squares[f] += (added[f] - means[f]) ** 2
  }
  return squares.map(square => Math.sqrt(square / matrix.rowCount))
}

/** What each feature's columns add to the log-odds of a row; with the intercept their sum is the margin. */
function contributionsInto(
  out: Float64Array,
  { model, design, row }: { readonly model: LogisticModel; readonly design: CompactDesign; readonly row: number },
): void {
  const { columns, coefficients } = model
  const { numberCount, numbers, slotCount, active } = design
  out.fill(0)
  for (let j = 0; j < numberCount; j++) out[columns[j].feature] += coefficients[j] * numbers[row * numberCount + j]
  for (let i = row * slotCount, end = i + slotCount; i < end; i++) {
    if (active[i] !== NO_COLUMN) out[columns[active[i]].feature] += coefficients[active[i]]
  }
}
