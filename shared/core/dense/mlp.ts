/**
 * A multi-layer perceptron on the design matrix of design.ts: one or two hidden layers with ReLU, trained by Adam on
 * minibatches. Minimises
 *
 *   sum over rows of weight x log loss  +  (l2 / 2) x sum of squared weights        (biases are not penalised)
 *
 * which is scikit-learn's MLPClassifier with alpha = l2 x batch_rows / rows. With a validation part it keeps the weights of
 * the epoch with the least validation log loss. The result depends on the rows and the seed, not on the rows' order.
 */
import { deriveSeed, makeRandom } from '../math/random.ts'
import { sigmoid } from '../math/sigmoid.ts'
import { sumOf } from '../math/sum.ts'
import { logLoss } from '../metrics/probability.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { makeAdam } from './adam.ts'
import { compactDesign, type DesignColumn, fitDesign } from './design.ts'
import { type Layer, makeLayers, makePass, type NetworkPass, parameterCount, startParameters } from './network.ts'
import { orderByContent } from './row-order.ts'

export interface MlpOptions {
  /** Units of the first hidden layer. >= 1. */
  readonly hiddenUnits: number
  /** Units of the second hidden layer; 0: there is none. >= 0. */
  readonly secondHiddenUnits: number
  /** Strength of the L2 penalty. >= 0. */
  readonly l2: number
  /** Adam's step. > 0. */
  readonly learningRate: number
  /** Rows of a minibatch. >= 1. */
  readonly batchRows: number
  /** Most passes over the rows. >= 1. */
  readonly epochs: number
  /** Epochs without a better validation log loss before training stops; 0: never. >= 0. */
  readonly earlyStoppingEpochs: number
}

export const DEFAULT_MLP: MlpOptions = Object.freeze({
  hiddenUnits: 32,
  secondHiddenUnits: 0,
  l2: 1,
  learningRate: 0.001,
  batchRows: 200,
  epochs: 200,
  earlyStoppingEpochs: 10,
})

export interface MlpModel {
  readonly columns: readonly DesignColumn[]
  /** Units of each hidden layer. */
  readonly hidden: readonly number[]
  /** Weights and biases as network.ts lays them out. */
  readonly parameters: Float64Array
  /** Passes over the rows that led to the parameters. */
  readonly epochs: number
}

export interface MlpContext {
  readonly seed: number
  /** Rows that decide when to stop; never trained on. */
  readonly validation?: LabelledMatrix
  readonly onProgress?: (done: number, most: number) => void
}

export function fitMlp(train: LabelledMatrix, options: MlpOptions, context: MlpContext): MlpModel {
  const rows = inContentOrder(train, context.seed)
  const columns = fitDesign(rows.matrix)
  const hidden = [options.hiddenUnits, options.secondHiddenUnits].filter(units => units > 0)
  const layers = makeLayers(columns.length, hidden)
  const parameters = startParameters(layers, makeRandom(deriveSeed(context.seed, 'weights')))
  const runEpoch = makeEpoch(rows, { options, columns, layers, seed: context.seed })
  const lossOf = context.validation && makeLoss(context.validation, columns, layers)
  let best = { parameters, epochs: options.epochs, loss: Number.POSITIVE_INFINITY }
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    runEpoch(parameters)
    context.onProgress?.(epoch, options.epochs)
    if (!lossOf) continue
    const loss = lossOf(parameters)
    if (loss < best.loss) best = { parameters: parameters.slice(), epochs: epoch, loss }
    if (options.earlyStoppingEpochs > 0 && epoch - best.epochs >= options.earlyStoppingEpochs) break
  }
  return { columns, hidden, parameters: best.parameters, epochs: best.epochs }
}

function inContentOrder(train: LabelledMatrix, seed: number): LabelledMatrix {
  const order = orderByContent(train, seed)
  const { weights } = train
  return {
    ...selectLabelledRows(train, order),
    ...(weights ? { weights: Float64Array.from(order, i => weights[i]) } : {}),
  }
}

interface EpochSettings {
  readonly options: MlpOptions
  readonly columns: readonly DesignColumn[]
  readonly layers: readonly Layer[]
  readonly seed: number
}

/** A function that passes once over all rows in a new random order, one Adam step for each minibatch. */
function makeEpoch(train: LabelledMatrix, { options, columns, layers, seed }: EpochSettings) {
  const { labels, weights } = train
  const pass = makePass(compactDesign(train.matrix, columns), layers)
  const rowCount = labels.length
  const totalWeight = weights ? sumOf(weights) : rowCount
  const order = Uint32Array.from(labels, (_, row) => row)
  const random = makeRandom(deriveSeed(seed, 'batches'))
  const size = parameterCount(layers)
  const gradient = new Float64Array(size)
  const step = makeAdam(size, options.learningRate)
  return (parameters: Float64Array): void => {
    random.shuffleInto(order)
    for (let start = 0; start < rowCount; start += options.batchRows) {
      const end = Math.min(start + options.batchRows, rowCount)
      // The batch stands for all rows: its mean gradient is theirs, up to chance.
      const scale = rowCount / totalWeight / (end - start)
      gradient.fill(0)
      for (let i = start; i < end; i++) {
        const row = order[i]
        const error = sigmoid(pass.margin(parameters, row)) - labels[row]
        pass.addGradient(gradient, parameters, row, scale * (weights ? weights[row] : 1) * error)
      }
      addPenaltyInto(gradient, parameters, layers, options.l2 / totalWeight)
      step(parameters, gradient)
    }
  }
}

function addPenaltyInto(gradient: Float64Array, parameters: Float64Array, layers: readonly Layer[], l2: number): void {
  for (const { weights, biases } of layers) {
    for (let i = weights; i < biases; i++) gradient[i] += l2 * parameters[i]
  }
}

/** Log loss of the validation rows. */
function makeLoss({ matrix, labels }: LabelledMatrix, columns: readonly DesignColumn[], layers: readonly Layer[]) {
  const pass = makePass(compactDesign(matrix, columns), layers)
  return (parameters: Float64Array): number => logLoss(marginsOf(pass, parameters, labels.length).map(sigmoid), labels)
}

function marginsOf(pass: NetworkPass, parameters: Float64Array, rowCount: number): Float64Array {
  return Float64Array.from({ length: rowCount }, (_, row) => pass.margin(parameters, row))
}

/** Log-odds of every row of `matrix`. */
export function predictMlp({ columns, hidden, parameters }: MlpModel, matrix: FeatureMatrix): Float64Array {
  const pass = makePass(compactDesign(matrix, columns), makeLayers(columns.length, hidden))
  return marginsOf(pass, parameters, matrix.rowCount)
}

/** More rows say little more about how far a feature reaches. */
const MOST_IMPORTANCE_ROWS = 10_000

/**
 * How much each feature moves the log-odds: the standard deviation over rows of what is lost when the feature alone becomes
 * neutral (a number its mean, a category no level), one number >= 0 per feature. For a network without hidden layers this
 * is logistic.ts's contributionDeviation. Of many rows 10,000 evenly spaced ones are taken.
 */
export function maskedDeviation({ columns, hidden, parameters }: MlpModel, matrix: FeatureMatrix): Float64Array {
  const sample = evenlySpaced(matrix)
  const design = compactDesign(sample, columns)
  const layers = makeLayers(columns.length, hidden)
  const margins = marginsOf(makePass(design, layers), parameters, sample.rowCount)
  const [first] = layers
  return Float64Array.from(matrix.features, (_, feature) => {
    // A column whose weights are 0 is as good as a column of zeros.
    const masked = parameters.slice()
    columns.forEach((column, j) => {
      if (column.feature === feature) masked.fill(0, j * first.outputs, (j + 1) * first.outputs)
    })
    const without = marginsOf(makePass(design, layers), masked, sample.rowCount)
    const lost = margins.map((margin, row) => margin - without[row])
    const mean = sumOf(lost) / lost.length
    return Math.sqrt(sumOf(lost.map(loss => (loss - mean) ** 2)) / lost.length)
  })
}

function evenlySpaced(matrix: FeatureMatrix): FeatureMatrix {
  const { rowCount, features, values } = matrix
  if (rowCount <= MOST_IMPORTANCE_ROWS) return matrix
  const width = features.length
  const sample = new Float32Array(MOST_IMPORTANCE_ROWS * width)
  for (let i = 0; i < MOST_IMPORTANCE_ROWS; i++) {
    const row = Math.floor((i * rowCount) / MOST_IMPORTANCE_ROWS)
    sample.set(values.subarray(row * width, (row + 1) * width), i * width)
  }
  return { rowCount: MOST_IMPORTANCE_ROWS, features, values: sample }
}
