/**
 * Trains one model version from a table: labels → encode → hold out → choose and fit → judge on the held-out rows → ONNX.
 * Pure: the same table, contract and run give the same model, on any executor.
 */
import type { CalibrationMethod } from '../calibration/calibrator.ts'
import type { CalibrationChoice } from '../calibration/choose-calibrator.ts'
import type { Contract } from '../contract/contract.ts'
import { MAX_STORED_VALUES, makeProfile, type Profile } from '../drift/profile.ts'
import { makeScoreProfile } from '../drift/score-profile.ts'
import { AppError } from '../errors.ts'
import { explainModel } from '../explain/explain-model.ts'
import type { ShapSummary } from '../explain/shap-summary.ts'
import type { SensitiveValues } from '../fairness/groups.ts'
import type { ThresholdChoice } from '../metrics/choose-threshold.ts'
import { FAMILIES } from '../model/family.ts'
import type { ClassValue, FamilyName } from '../model/manifest.ts'
import { exportModel, exportPortableModel } from '../onnx/export.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import {
  type Allocate,
  encodeTable,
  type FeatureMatrix,
  type FeatureSpec,
  fitPreprocessor,
} from '../preprocess/preprocessor.ts'
import { foldStratified, otherRows, splitStratified, spreadRows } from '../table/split.ts'
import { selectColumnRows, type Table } from '../table/table.ts'
import { targetLabels } from '../table/target.ts'
import { type CalibratedChoice, calibrateChoice, predictWith } from './calibrated-choice.ts'
import type { RunnerUp } from './candidate.ts'
import { type Choice, type ChooseOptions, chooseModels } from './choose.ts'
import { checkDirections } from './directions.ts'
import { type FitExecutor, fitInTurn } from './fit-task.ts'
import {
  type CrossValidation,
  type HeldOutJudgement,
  type HeldOutMetrics,
  judgeFolds,
  judgeGroups,
  judgeHeldOut,
  sensitiveColumns,
  type TrainedFairness,
} from './judge.ts'
import { makeWeigh } from './row-weights.ts'
import { familyOptions, type RunDocument } from './run.ts'
import type { TrainingWatch, Trial } from './search.ts'
import { describeTrainedRows } from './trained-rows.ts'

export interface TrainOptions extends TrainingWatch {
  readonly run: RunDocument
  /** Folds of a cross-validation beside the held-out part; 0 = none. */
  readonly folds: number
  /** Memory for the encoded rows: where the threads of `execute` read them, when it has any. */
  readonly allocate?: Allocate
  readonly execute?: FitExecutor
  /** true: the features of the table are used up, which frees most of its memory before the fits begin. */
  readonly consume?: boolean
}

export interface TrainedModel {
  readonly family: FamilyName
  readonly features: readonly FeatureSpec[]
  readonly classes: readonly [ClassValue, ClassValue]
  readonly threshold: number
  /** How the threshold came about, with its curve on the validation part. */
  readonly thresholdChoice: ThresholdChoice
  readonly calibration: CalibrationChoice & Pick<HeldOutJudgement, 'uncalibrated'>
  readonly candidates: Choice['candidates']
  readonly runnerUp?: RunnerUp
  /** What a search tried. */
  readonly trials?: readonly Trial[]
  readonly metrics: HeldOutMetrics
  readonly crossValidation?: CrossValidation
  /** Per feature, in input order; `share` sums to 1 (all 0 for a model that uses none). */
  readonly importances: { readonly kind: string; readonly values: Float64Array }
  /** Figures of size, for example the number of trees. */
  readonly size: Readonly<Record<string, number>>
  readonly model: Uint8Array
  readonly portableModel: Uint8Array
  /** The held-out rows and our own probabilities of them: what both ONNX files must repeat. */
  readonly heldOut: {
    readonly matrix: FeatureMatrix
    readonly labels: Uint8Array
    readonly probabilities: Float32Array
    /** Their sensitive columns. */
    readonly sensitive: readonly SensitiveValues[]
  }
  /** trained_rows.bin; absent where features do not tell rows apart. */
  readonly trainedRows?: Uint8Array
  /** Absent when the run says not to explain. */
  readonly explanation?: ShapSummary
  /** Absent when the contract has no sensitive column. */
  readonly fairness?: TrainedFairness
  /** What drift compares with: every row of the table, and the scores of the held-out ones. */
  readonly profile: Profile
}

/** What is said about a model's features is measured on at most this many training rows, evenly spaced. */
const MOST_BACKGROUND_ROWS = 200_000

export async function trainModel(table: Table, contract: Contract, options: TrainOptions): Promise<TrainedModel> {
  const { run } = options
  const prepared = prepareRows(table, contract, options)
  const { classes, features, data, rest, folds } = prepared
  const [choice, ...foldChoices] = await chooseAndCalibrate(prepared, { table, contract }, options)
  options.onStage?.('judging', 1)
  const { judged, heldOut, fairness } = judgeOnHeldOut(choice, prepared, { table, contract, run })
  const { threshold } = choice.threshold
  const { family: name, model } = choice.fitted
  const family = FAMILIES[name]
  const background = selectLabelledRows(data, spreadRows(rest, MOST_BACKGROUND_ROWS)).matrix
  const trainedRows = describeTrainedRows(data.matrix, rest)
  return {
    family: name,
    features,
    classes,
    threshold,
    thresholdChoice: choice.threshold,
    calibration: { ...choice.calibration, ...(judged.uncalibrated ? { uncalibrated: judged.uncalibrated } : {}) },
    candidates: choice.candidates,
    ...(choice.runnerUp ? { runnerUp: choice.runnerUp } : {}),
    ...(choice.trials ? { trials: choice.trials } : {}),
    metrics: judged.metrics,
    ...(folds.length > 0 ? { crossValidation: judgeFolds(data, folds, foldChoices) } : {}),
    importances: family.importance(model, background),
    size: family.describe(model),
    ...exportFiles(choice, prepared),
    heldOut,
    ...(trainedRows ? { trainedRows } : {}),
    ...(fairness ? { fairness } : {}),
    ...(run.explain ? { explanation: explain(choice, heldOut, background, run.seed) } : {}),
    profile: {
      ...prepared.profile,
      scores: makeScoreProfile({ scores: heldOut.probabilities, labels: heldOut.labels, threshold }, MAX_STORED_VALUES),
    },
  }
}

/** The table as a training reads it. Indices are rows of `data`. */
interface PreparedRows {
  readonly labels: Uint8Array
  readonly classes: TrainedModel['classes']
  readonly features: readonly FeatureSpec[]
  readonly data: LabelledMatrix
  readonly profile: Profile
  /** The held-out rows, and all others. */
  readonly part: Uint32Array
  readonly rest: Uint32Array
  readonly folds: readonly Uint32Array[]
}

interface Source {
  readonly table: Table
  readonly contract: Contract
}

function prepareRows(table: Table, contract: Contract, options: TrainOptions): PreparedRows {
  const { run } = options
  const { labels, classes } = targetLabels(table, contract)
  checkDirections(run, contract)
  checkEnoughRows(labels, options)
  const features = fitPreprocessor(table, contract)
  const data = encodeLabelled(table, features, labels, options.allocate)
  const profile = makeProfile(table, contract, { consume: options.consume ?? false })
  const folds = options.folds > 0 ? foldStratified(labels, options.folds, run.seed) : []
  return { labels, classes, features, data, profile, folds, ...splitStratified(labels, run.test_size, run.seed) }
}

/** The choice on all rows that are not held out, then one for each fold. */
async function chooseAndCalibrate(
  { labels, data, rest, folds }: PreparedRows,
  { table, contract }: Source,
  options: TrainOptions,
): Promise<CalibratedChoice[]> {
  const { run } = options
  const rowSets = [rest, ...folds.map(fold => otherRows(labels.length, fold))]
  const weigh = makeWeigh({ table, contract, labels }, run)
  const choose: ChooseOptions = {
    families: familyOptions(run),
    seed: run.seed,
    validationSize: run.validation_size,
    refit: run.refit,
    ...(run.search ? { search: run.search } : {}),
    ...(weigh ? { weigh } : {}),
  }
  const choices = await chooseModels(data, rowSets, choose, { ...options, execute: options.execute ?? fitInTurn })
  return choices.map(one => calibrateChoice(one, run))
}

interface Judged {
  readonly judged: HeldOutJudgement
  readonly heldOut: TrainedModel['heldOut']
  readonly fairness?: TrainedFairness
}

function judgeOnHeldOut(
  choice: CalibratedChoice,
  { data, part }: PreparedRows,
  { table, contract, run }: Source & { readonly run: RunDocument },
): Judged {
  const rows = selectLabelledRows(data, part)
  const judged = judgeHeldOut(choice, rows, run.seed)
  const columns = sensitiveColumns(table, contract)
  const sensitive = columns.map(values => ({ ...values, column: selectColumnRows(values.column, part) }))
  const heldOut = { matrix: rows.matrix, labels: rows.labels, probabilities: judged.probabilities, sensitive }
  const fairness = judgeGroups({
    contract,
    data,
    columns,
    heldOut,
    threshold: choice.threshold.threshold,
    seed: run.seed,
    ...(run.reweigh === undefined ? {} : { reweighed: run.reweigh }),
  })
  return { judged, heldOut, ...(fairness ? { fairness } : {}) }
}

function exportFiles(
  { fitted, calibration: { calibrator }, threshold: { threshold } }: CalibratedChoice,
  { features, classes }: PreparedRows,
): Pick<TrainedModel, 'model' | 'portableModel'> {
  const { family, model } = fitted
  const exportOptions = {
    features,
    body: (input: string) => FAMILIES[family].toGraph(model, input),
    calibrator,
    metadata: describeModel({ family, features, classes, threshold, calibration: calibrator.method }),
  }
  return { model: exportModel(exportOptions), portableModel: exportPortableModel(exportOptions) }
}

/** All rows, with labels in memory of the same kind. */
function encodeLabelled(
  table: Table,
  features: readonly FeatureSpec[],
  labels: Uint8Array,
  allocate?: Allocate,
): LabelledMatrix {
  const data = { matrix: encodeTable(table, features, allocate), labels }
  if (!allocate) return data
  const placed = new Uint8Array(allocate(labels.length))
  placed.set(labels)
  return { ...data, labels: placed }
}

function explain(choice: CalibratedChoice, rows: LabelledMatrix, background: FeatureMatrix, seed: number): ShapSummary {
  const { fitted } = choice
  return explainModel({ fitted, rows, background, predict: matrix => predictWith(choice, matrix), seed })
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

/** Free text inside the ONNX files, for whoever loads them elsewhere; nothing in it depends on clock or revision. */
function describeModel(model: {
  readonly family: FamilyName
  readonly features: readonly FeatureSpec[]
  readonly classes: readonly [ClassValue, ClassValue]
  readonly threshold: number
  readonly calibration: CalibrationMethod
}): Record<string, string> {
  return {
    family: model.family,
    features: JSON.stringify(model.features),
    classes: JSON.stringify(model.classes),
    threshold: String(model.threshold),
    calibration: model.calibration,
  }
}
