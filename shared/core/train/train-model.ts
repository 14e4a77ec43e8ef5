/**
 * Trains one model version from a table: labels → encode → hold out → choose and fit → judge on the held-out rows → ONNX.
 * Pure: the same table, contract and run give the same model, on any executor.
 */
import type { Contract } from '../contract/contract.ts'
import { AppError, quoteValue } from '../errors.ts'
import { groupRows } from '../fairness/groups.ts'
import { reweigh } from '../fairness/reweigh.ts'
import { accuracy, brierScore, logLoss } from '../metrics/probability.ts'
import { averagePrecisionOf, rankingCurve, rocAucOf } from '../metrics/ranking.ts'
import { FAMILIES } from '../model/family.ts'
import type { ClassValue, FamilyName } from '../model/manifest.ts'
import { probabilitiesFromMargins } from '../model/score.ts'
import { exportModel, exportPortableModel } from '../onnx/export.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import { encodeTable, type FeatureMatrix, type FeatureSpec, fitPreprocessor } from '../preprocess/preprocessor.ts'
import { foldStratified, otherRows, splitStratified } from '../table/split.ts'
import { selectColumnRows, type Table } from '../table/table.ts'
import { targetLabels } from '../table/target.ts'
import { type Choice, type ChooseOptions, chooseModels } from './choose.ts'
import { type FitExecutor, type FitProgress, fitInTurn } from './fit-task.ts'
import { familyOptions, type RunDocument } from './run.ts'

export interface TrainOptions {
  readonly run: RunDocument
  /** Folds of a cross-validation beside the held-out part; 0 = none. */
  readonly folds: number
  /** Puts rows where every thread can read them; by default they stay where they are. */
  readonly shareRows?: (data: LabelledMatrix) => LabelledMatrix
  readonly execute?: FitExecutor
  readonly onProgress?: FitProgress
}

export interface HeldOutMetrics {
  readonly roc_auc: number
  /** Average precision (step). */
  readonly pr_auc: number
  /** At the run's threshold. */
  readonly accuracy: number
  readonly log_loss: number
  readonly brier: number
  readonly rows: number
  readonly positives: number
}

export interface CrossValidation {
  readonly folds: number
  readonly roc_auc_mean: number
  /** Sample standard deviation over the folds (n - 1). */
  readonly roc_auc_std: number
  readonly roc_auc: readonly number[]
  /** The family each fold chose. */
  readonly families: readonly FamilyName[]
}

export interface TrainedModel {
  readonly family: FamilyName
  readonly features: readonly FeatureSpec[]
  readonly classes: readonly [ClassValue, ClassValue]
  readonly threshold: number
  readonly candidates: Choice['candidates']
  readonly metrics: HeldOutMetrics
  readonly crossValidation?: CrossValidation
  /** Per feature, in input order; `share` sums to 1 (all 0 for a model that uses none). */
  readonly importances: { readonly kind: string; readonly values: Float64Array }
  /** Figures of size, for example the number of trees. */
  readonly size: Readonly<Record<string, number>>
  readonly model: Uint8Array
  readonly portableModel: Uint8Array
  /** The held-out rows and our own probabilities of them: what both ONNX files must repeat. */
  readonly heldOut: { readonly matrix: FeatureMatrix; readonly probabilities: Float32Array }
}

export async function trainModel(table: Table, contract: Contract, options: TrainOptions): Promise<TrainedModel> {
  const { run } = options
  const { labels, classes } = targetLabels(table, contract)
  checkEnoughRows(labels, options)
  const features = fitPreprocessor(table, contract)
  const encoded = { matrix: encodeTable(table, features), labels }
  const data = options.shareRows?.(encoded) ?? encoded
  const { rest, part } = splitStratified(labels, run.test_size, run.seed)
  const folds = options.folds > 0 ? foldStratified(labels, options.folds, run.seed) : []
  const rowSets = [rest, ...folds.map(fold => otherRows(labels.length, fold))]
  const choose: ChooseOptions = {
    families: familyOptions(run),
    seed: run.seed,
    validationSize: run.validation_size,
    ...(run.reweigh === undefined ? {} : { weigh: makeReweighing(table, contract, labels, run.reweigh) }),
  }
  const [choice, ...foldChoices] = await chooseModels(data, rowSets, choose, {
    execute: options.execute ?? fitInTurn,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  })
  const heldOut = selectLabelledRows(data, part)
  const probabilities = predict(choice, heldOut)
  const { family: name, model } = choice.fitted
  const family = FAMILIES[name]
  const body = (input: string) => family.toGraph(model, input)
  const exportOptions = {
    features,
    body,
    metadata: describeModel({ family: name, features, classes, threshold: run.threshold }),
  }
  return {
    family: name,
    features,
    classes,
    threshold: run.threshold,
    candidates: choice.candidates,
    metrics: judgeHeldOut(probabilities, heldOut.labels, run.threshold),
    ...(folds.length > 0 ? { crossValidation: judgeFolds(data, folds, foldChoices) } : {}),
    importances: family.importance(model, selectLabelledRows(data, rest).matrix),
    size: family.describe(model),
    model: exportModel(exportOptions),
    portableModel: exportPortableModel(exportOptions),
    heldOut: { matrix: heldOut.matrix, probabilities },
  }
}

/** Weights under which the groups of a sensitive column and the label are independent, among the rows they are made for. */
function makeReweighing(table: Table, contract: Contract, labels: Uint8Array, name: string) {
  const column = table.columns.get(name)
  if (column === undefined || !contract.sensitive.some(sensitive => sensitive.name === name)) {
    const allowed =
      contract.sensitive.map(sensitive => sensitive.name).join(', ') || 'none, the contract has no sensitive column'
    throw new AppError('USAGE', `reweigh is ${quoteValue(name)}; allowed: ${allowed}`)
  }
  return (rows: Uint32Array): Float64Array => {
    const groups = groupRows(selectColumnRows(column, rows))
    return reweigh(
      groups,
      Uint8Array.from(rows, row => labels[row]),
    ).weights
  }
}

/** Every part needs both classes: the held-out part, the validation part and each fold. */
function checkEnoughRows(labels: Uint8Array, { run, folds }: TrainOptions): void {
  const positives = labels.reduce((sum, label) => sum + label, 0)
  const rarer = Math.min(positives, labels.length - positives)
  const heldOut = Math.round(run.test_size * rarer)
  const validation = Math.round(run.validation_size * (rarer - heldOut))
  if (heldOut >= 1 && validation >= 1 && rarer - heldOut - validation >= 1 && rarer >= 3 * folds) return
  const parts = folds > 0 ? `held-out part, validation part and ${folds} folds` : 'held-out part and validation part'
  throw new AppError(
    'INVALID_TABLE',
    `the table has ${labels.length} rows, ${rarer} of the rarer class; too few for a training part, ${parts} with both classes each`,
  )
}

function predict({ fitted }: Choice, { matrix }: LabelledMatrix): Float32Array {
  return probabilitiesFromMargins(FAMILIES[fitted.family].predict(fitted.model, matrix))
}

function judgeHeldOut(probabilities: Float32Array, labels: Uint8Array, threshold: number): HeldOutMetrics {
  const curve = rankingCurve(probabilities, labels)
  return {
    roc_auc: rocAucOf(curve),
    pr_auc: averagePrecisionOf(curve),
    accuracy: accuracy(probabilities, labels, threshold),
    log_loss: logLoss(probabilities, labels),
    brier: brierScore(probabilities, labels),
    rows: labels.length,
    positives: curve.positives,
  }
}

function judgeFolds(data: LabelledMatrix, folds: readonly Uint32Array[], choices: readonly Choice[]): CrossValidation {
  const scores = folds.map((fold, i) => {
    const part = selectLabelledRows(data, fold)
    return rocAucOf(rankingCurve(predict(choices[i], part), part.labels))
  })
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0)
  return {
    folds: folds.length,
    roc_auc_mean: mean,
    roc_auc_std: Math.sqrt(squares / (scores.length - 1)),
    roc_auc: scores,
    families: choices.map(choice => choice.fitted.family),
  }
}

/** Free text inside the ONNX files, for whoever loads them elsewhere; nothing in it depends on clock or revision. */
function describeModel(model: {
  readonly family: FamilyName
  readonly features: readonly FeatureSpec[]
  readonly classes: readonly [ClassValue, ClassValue]
  readonly threshold: number
}): Record<string, string> {
  return {
    family: model.family,
    features: JSON.stringify(model.features),
    classes: JSON.stringify(model.classes),
    threshold: String(model.threshold),
  }
}
