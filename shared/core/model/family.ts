/**
 * The model families behind one interface. A family turns labelled rows into a model (plain data: it crosses threads), and
 * a model into log-odds, an ONNX graph and importances. Every family passes family.conformance.ts.
 */
import {
  contributionDeviation,
  DEFAULT_LOGISTIC,
  fitLogistic,
  type LogisticModel,
  type LogisticOptions,
  predictLogistic,
} from '../dense/logistic.ts'
import { logisticShap } from '../dense/logistic-shap.ts'
import { DEFAULT_MLP, fitMlp, type MlpModel, type MlpOptions, maskedDeviation, predictMlp } from '../dense/mlp.ts'
import { type BoostOptions, DEFAULT_BOOST, fitTrees } from '../gbt/boost.ts'
import type { CrewPlan } from '../gbt/crew.ts'
import { gainImportance } from '../gbt/importance.ts'
import { treeBaseValue, treeShap } from '../gbt/shap.ts'
import { predictMargins, type TreeEnsemble } from '../gbt/tree.ts'
import { graphFromLogistic, graphFromMlp } from '../onnx/from-dense.ts'
import { graphFromTrees } from '../onnx/from-trees.ts'
import type { GraphPart } from '../onnx/graph.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import type { FamilyName } from './manifest.ts'

export interface FitContext {
  readonly seed: number
  /** Rows a family may use to choose its size; never trained on. */
  readonly validation?: LabelledMatrix
  readonly onProgress?: (done: number, most: number) => void
  /** Who else may work on this one fit; the model does not depend on it. Default: this thread alone. */
  readonly crew?: CrewPlan
}

export interface Importance {
  /** What the numbers are, for the artifact's header. */
  readonly kind: 'gain' | 'log_odds_deviation'
  /** One number >= 0 per feature, in input order. */
  readonly values: Float64Array
}

/** Exact SHAP values in log-odds: the base value + a row's values = its log-odds. */
export interface ShapValues {
  /** What is taken for a feature that is not known: the covers of a tree's nodes, or the means of the training rows. */
  readonly method: 'tree_path_dependent' | 'linear_training_means'
  /** [rowCount x features], row-major. */
  readonly values: Float64Array
  readonly baseValue: number
}

export interface Family<Options, Model> {
  readonly name: FamilyName
  readonly defaults: Options
  /** Whether its answer can be made to rise, or to fall, with a number (FeatureSpec.monotone). */
  readonly keepsDirections: boolean
  fit(train: LabelledMatrix, options: Options, context: FitContext): Model
  /** Options that fit the same size of model again without a validation part. */
  refitOptions(model: Model, options: Options): Options
  /** Log-odds, one per row. */
  predict(model: Model, matrix: FeatureMatrix): Float64Array
  /** Nodes from the float [N,F] value called `features` to MARGIN. */
  toGraph(model: Model, features: string): GraphPart
  /** `matrix`: rows to measure on, the training rows. */
  importance(model: Model, matrix: FeatureMatrix): Importance
  /** `background`: the training rows. Absent: no exact values at a bearable cost; explain/ then estimates them. */
  shap?(model: Model, matrix: FeatureMatrix, background: FeatureMatrix): ShapValues
  /** Figures of size for reports, for example the number of trees. */
  describe(model: Model): Record<string, number>
}

export const gbtFamily: Family<BoostOptions, TreeEnsemble> = {
  name: 'gbt',
  defaults: DEFAULT_BOOST,
  keepsDirections: true,
  fit: fitTrees,
  refitOptions: (model, options) => ({ ...options, trees: Math.max(1, model.trees.length), earlyStoppingRounds: 0 }),
  predict: predictMargins,
  toGraph: graphFromTrees,
  importance: (model, matrix) => ({ kind: 'gain', values: gainImportance(model, matrix.features.length) }),
  shap: (model, matrix) => ({
    method: 'tree_path_dependent',
    values: treeShap(model, matrix),
    baseValue: treeBaseValue(model),
  }),
  describe: model => ({
    trees: model.trees.length,
    leaves: model.trees.reduce((sum, tree) => sum + (tree.feature.length + 1) / 2, 0),
  }),
}

export const logisticFamily: Family<LogisticOptions, LogisticModel> = {
  name: 'logistic',
  defaults: DEFAULT_LOGISTIC,
  keepsDirections: false,
  fit: (train, options, { validation }) => fitLogistic(train, options, validation),
  refitOptions: ({ l1, l2 }, options) => ({ ...options, l1, l2, path: 0 }),
  predict: predictLogistic,
  toGraph: graphFromLogistic,
  importance: (model, matrix) => ({ kind: 'log_odds_deviation', values: contributionDeviation(model, matrix) }),
  shap: (model, matrix, background) => ({
    method: 'linear_training_means',
    ...logisticShap(model, matrix, background),
  }),
  describe: ({ coefficients }) => ({ coefficients: coefficients.filter(value => value !== 0).length }),
}

export const mlpFamily: Family<MlpOptions, MlpModel> = {
  name: 'mlp',
  defaults: DEFAULT_MLP,
  keepsDirections: false,
  fit: fitMlp,
  refitOptions: ({ epochs }, options) => ({ ...options, epochs, earlyStoppingEpochs: 0 }),
  predict: predictMlp,
  toGraph: graphFromMlp,
  importance: (model, matrix) => ({ kind: 'log_odds_deviation', values: maskedDeviation(model, matrix) }),
  describe: ({ parameters, epochs }) => ({ parameters: parameters.length, epochs }),
}

/** In the order in which equals win. A family's options and model never leave the family, so the map forgets their types. */
export const FAMILIES: Readonly<Record<FamilyName, Family<unknown, unknown>>> = {
  gbt: gbtFamily,
  logistic: logisticFamily,
  mlp: mlpFamily,
}
