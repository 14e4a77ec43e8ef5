/** Judges models on rows that no choice has seen: the held-out part, the folds of a cross-validation, and each group. */
import type { Contract } from '../contract/contract.ts'
import { type FairnessReport, judgeFairness } from '../fairness/fairness-report.ts'
import type { SensitiveValues } from '../fairness/groups.ts'
import { rocAucInterval } from '../metrics/delong.ts'
import { accuracy, brierScore, logLoss } from '../metrics/probability.ts'
import { averagePrecisionOf, rankingCurve, rocAuc, rocAucOf } from '../metrics/ranking.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { probabilitiesFromMargins } from '../model/score.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { selectColumnRows, type Table } from '../table/table.ts'
import type { Choice } from './choose.ts'
import { checkProxies, type ProxyReport } from './proxy-check.ts'

export interface HeldOutMetrics {
  readonly roc_auc: number
  /** Average precision (step). */
  readonly pr_auc: number
  /** At the run's threshold. */
  readonly accuracy: number
  /** DeLong's 95 % interval of roc_auc. */
  readonly roc_auc_low: number
  readonly roc_auc_high: number
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

/** fairness.json. */
export type TrainedFairness = FairnessReport & {
  /** Whether the model's features give a sensitive column away. */
  readonly proxies: ProxyReport
}

/** The answers of a chosen model, float32 as both ONNX files give them. */
export function predictWith({ fitted }: Choice, matrix: FeatureMatrix): Float32Array {
  return probabilitiesFromMargins(FAMILIES[fitted.family].predict(fitted.model, matrix))
}

export function judgeHeldOut(probabilities: Float32Array, labels: Uint8Array, threshold: number): HeldOutMetrics {
  const curve = rankingCurve(probabilities, labels)
  const { low, high } = rocAucInterval(probabilities, labels)
  return {
    roc_auc: rocAucOf(curve),
    pr_auc: averagePrecisionOf(curve),
    accuracy: accuracy(probabilities, labels, threshold),
    roc_auc_low: low,
    roc_auc_high: high,
    log_loss: logLoss(probabilities, labels),
    brier: brierScore(probabilities, labels),
    rows: labels.length,
    positives: curve.positives,
  }
}

/** `choices[i]` was trained on all rows but `folds[i]`. */
export function judgeFolds(
  data: LabelledMatrix,
  folds: readonly Uint32Array[],
  choices: readonly Choice[],
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

export interface GroupJudgement {
  readonly table: Table
  readonly contract: Contract
  /** Encoded rows of the whole table. */
  readonly data: LabelledMatrix
  /** The held-out rows, rising, and the model's answers about them. */
  readonly heldOut: { readonly rows: Uint32Array; readonly labels: Uint8Array; readonly probabilities: Float32Array }
  readonly threshold: number
  readonly seed: number
  /** The sensitive column whose groups the training rows were weighted by. */
  readonly reweighed?: string
}

/** undefined: the contract has no sensitive column. Groups are judged on held-out rows, proxies sought in the whole table. */
export function judgeGroups(request: GroupJudgement): TrainedFairness | undefined {
  const { table, contract, data, heldOut, threshold, seed } = request
  if (contract.sensitive.length === 0) return undefined
  const columns = contract.sensitive.map(({ name, reference }): SensitiveValues => {
    const column = table.columns.get(name)
    if (!column) throw new Error(`the table was read without the sensitive column "${name}"`)
    return { name, column, ...(reference === undefined ? {} : { reference }) }
  })
  const { probabilities, labels, rows } = heldOut
  const report = judgeFairness({
    columns: columns.map(values => ({ ...values, column: selectColumnRows(values.column, rows) })),
    probabilities,
    labels,
    thresholds: [0.5, threshold],
    contract: contract.name,
    ...(request.reweighed === undefined ? {} : { reweighed: request.reweighed }),
  })
  return { ...report, proxies: checkProxies(data.matrix, columns, { seed }) }
}
