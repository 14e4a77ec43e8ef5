/** Judges models on rows that no choice has seen: the held-out part, the folds of a cross-validation, and each group. */
import { reliability } from '../calibration/reliability.ts'
import type { Contract } from '../contract/contract.ts'
import { type FairnessReport, judgeFairness } from '../fairness/fairness-report.ts'
import type { SensitiveValues } from '../fairness/groups.ts'
import { brierScore, logLoss } from '../metrics/probability.ts'
import { rocAuc } from '../metrics/ranking.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { probabilitiesFromMargins } from '../model/score.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import type { Table } from '../table/table.ts'
import { type CalibratedChoice, predictWith } from './calibrated-choice.ts'
import { type Evaluation, evaluateScores } from './evaluation.ts'
import { checkProxies, type ProxyReport } from './proxy-check.ts'

/** Figures of the held-out part at the version's threshold (metrics/definitions.ts). */
export interface HeldOutMetrics extends Evaluation {
  /** DeLong's 95 % interval of roc_auc; NaN where a class is too small for one. */
  readonly roc_auc_low: number
  readonly roc_auc_high: number
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

/** fairness.json. */
export type TrainedFairness = FairnessReport & {
  /** Whether the model's features give a sensitive column away. */
  readonly proxies: ProxyReport
}

export interface HeldOutJudgement {
  readonly metrics: HeldOutMetrics
  readonly probabilities: Float32Array
  /** With the sigmoid alone, to show what calibration changed; absent when there is none. */
  readonly uncalibrated?: Pick<Evaluation, 'log_loss' | 'brier' | 'ece' | 'roc_auc'>
}

/** Probabilities and labels of the held-out rows. */
export function heldOutMetrics(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: { readonly threshold: number; readonly seed: number },
): HeldOutMetrics {
  const evaluation = evaluateScores(probabilities, labels, options)
  const { low, high } = evaluation.intervals.roc_auc ?? { low: Number.NaN, high: Number.NaN }
  return { ...evaluation, roc_auc_low: low, roc_auc_high: high }
}

export function judgeHeldOut(choice: CalibratedChoice, rows: LabelledMatrix, seed: number): HeldOutJudgement {
  const { matrix, labels } = rows
  const probabilities = predictWith(choice, matrix)
  const metrics = heldOutMetrics(probabilities, labels, { threshold: choice.threshold.threshold, seed })
  if (choice.calibration.calibrator.method === 'none') return { metrics, probabilities }
  const { fitted } = choice
  const plain = probabilitiesFromMargins(FAMILIES[fitted.family].predict(fitted.model, matrix))
  const uncalibrated = {
    log_loss: logLoss(plain, labels),
    brier: brierScore(plain, labels),
    ece: reliability(plain, labels).expectedCalibrationError,
    roc_auc: rocAuc(plain, labels),
  }
  return { metrics, probabilities, uncalibrated }
}

/** `choices[i]` was trained on all rows but `folds[i]`. */
export function judgeFolds(
  data: LabelledMatrix,
  folds: readonly Uint32Array[],
  choices: readonly CalibratedChoice[],
): CrossValidation {
  const scores = folds.map((fold, i) => {
    const { matrix, labels } = selectLabelledRows(data, fold)
    return rocAuc(predictWith(choices[i], matrix), labels)
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

/** The contract's sensitive columns, whole; the table was read with them. */
export function sensitiveColumns(table: Table, contract: Contract): SensitiveValues[] {
  return contract.sensitive.map(({ name, reference }) => {
    const column = table.columns.get(name)
    if (!column) throw new Error(`the table was read without the sensitive column "${name}"`)
    return { name, column, ...(reference === undefined ? {} : { reference }) }
  })
}

export interface GroupJudgement {
  readonly contract: Contract
  /** Encoded rows of the whole table, and its sensitive columns. */
  readonly data: LabelledMatrix
  readonly columns: readonly SensitiveValues[]
  /** The held-out rows with their sensitive columns, and the model's answers about them. */
  readonly heldOut: {
    readonly labels: Uint8Array
    readonly probabilities: Float32Array
    readonly sensitive: readonly SensitiveValues[]
  }
  readonly threshold: number
  readonly seed: number
  /** The sensitive column whose groups the training rows were weighted by. */
  readonly reweighed?: string
}

/** undefined: the contract has no sensitive column. Groups are judged on held-out rows, proxies sought in the whole table. */
export function judgeGroups(request: GroupJudgement): TrainedFairness | undefined {
  const { contract, data, columns, heldOut, threshold, seed } = request
  if (columns.length === 0) return undefined
  const { probabilities, labels, sensitive } = heldOut
  const report = judgeFairness({
    columns: sensitive,
    probabilities,
    labels,
    thresholds: [0.5, threshold],
    contract: contract.name,
    ...(request.reweighed === undefined ? {} : { reweighed: request.reweighed }),
  })
  return { ...report, proxies: checkProxies(data.matrix, columns, { seed }) }
}
