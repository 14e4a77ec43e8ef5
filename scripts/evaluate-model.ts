/** The work behind `npm run evaluate`: a model's answers to a labelled table, judged; and the files that say so. */
import type { NamedModel } from '../shared/adapters/registry/named-model.ts'
import { scoreRows } from '../shared/adapters/registry/score-rows.ts'
import { readLabelledTable } from '../shared/adapters/tables/read-labelled.ts'
import { reliability } from '../shared/core/calibration/reliability.ts'
import { type Contract, parseContract } from '../shared/core/contract/contract.ts'
import { type FairnessReport, judgeFairness } from '../shared/core/fairness/fairness-report.ts'
import {
  chooseThreshold,
  type MistakeCosts,
  type ThresholdFigures,
  type ThresholdRule,
} from '../shared/core/metrics/choose-threshold.ts'
import { METRIC_DEFINITIONS } from '../shared/core/metrics/definitions.ts'
import { rankingCurve } from '../shared/core/metrics/ranking.ts'
import { MANIFEST_FILE, type ModelManifest } from '../shared/core/model/manifest.ts'
import { encodeTable } from '../shared/core/preprocess/preprocessor.ts'
import type { RunReportInput } from '../shared/core/report/run-figures.ts'
import type { Table } from '../shared/core/table/table.ts'
import { labelsByClasses } from '../shared/core/table/target.ts'
import { parseImportances } from '../shared/core/train/artifacts.ts'
import type { Evaluation } from '../shared/core/train/evaluation.ts'
import { heldOutMetrics } from '../shared/core/train/judge.ts'
import { type Progress, readingBar } from './progress.ts'

/** evaluation.json, and what --json prints. */
export interface EvaluationDocument extends Evaluation {
  readonly model: {
    readonly name: string
    readonly version: string
    readonly family: string
    readonly threshold: number
    readonly calibration: string
  }
  /** What the threshold in use brings, and what each rule would choose on these rows: a little too good, as any such choice. */
  readonly thresholds: readonly RuledThreshold[]
  /** Ten equal-width bins of probability. */
  readonly reliability: readonly BinFigures[]
  /** The table. */
  readonly data: string
  /** What model.json recorded of its own held-out rows, to compare with. */
  readonly held_out: Readonly<Record<string, unknown>>
  readonly fairness?: FairnessReport
  readonly notes: readonly string[]
  readonly definitions: typeof METRIC_DEFINITIONS
  readonly timestamp: string
  readonly git_sha: string
}

export interface RuledThreshold extends ThresholdFigures {
  readonly rule: ThresholdRule | 'in_use'
}

export interface BinFigures {
  readonly from: number
  readonly to: number
  readonly rows: number
  /** null without rows. */
  readonly mean_probability: number | null
  readonly positive_rate: number | null
}

export interface EvaluatedModel {
  readonly document: EvaluationDocument
  /** What every threshold brings; empty for rows of one class. */
  readonly curve: readonly ThresholdFigures[]
  /** For report.html. */
  readonly report: RunReportInput
}

export interface EvaluateSettings {
  readonly data: string
  /** Of the bootstrap. */
  readonly seed: number
  readonly timestamp: string
  readonly gitSha: string
  readonly progress: Progress
}

/** More than a training draws: here the intervals are what is asked for. */
const REPLICATES = 2000
const MOST_ROWS_FOR_REPLICATES = 100_000

export async function evaluateModel(model: NamedModel, settings: EvaluateSettings): Promise<EvaluatedModel> {
  const { manifest } = model
  const { data, seed, progress } = settings
  const whole = parseContract(manifest.contract, `${manifest.version}/${MANIFEST_FILE}`)
  const { table, contract, without } = await readLabelledTable(data, whole, readingBar(progress))
  const labels = labelsByClasses(table, contract, manifest.classes)
  progress.start('scoring', table.rowCount)
  const onRows = (rows: number) => progress.update(rows)
  const probabilities = await scoreRows(model, encodeTable(table, manifest.features), { onRows })
  const metrics = heldOutMetrics(probabilities, labels, {
    threshold: manifest.threshold,
    seed,
    ...(labels.length <= MOST_ROWS_FOR_REPLICATES ? { replicates: REPLICATES } : {}),
  })
  const scored = { probabilities, labels }
  const fairness = fairnessOf(table, contract, { ...scored, threshold: manifest.threshold })
  const notes = notesOf(settings, without, metrics)
  const { roc_auc_low: _, roc_auc_high: __, ...evaluation } = metrics
  const { thresholds, curve } = thresholdsOf(scored, manifest)
  const document: EvaluationDocument = {
    ...evaluation,
    model: describeModel(manifest),
    thresholds,
    reliability: binsOf(scored),
    data,
    held_out: heldOutFigures(manifest),
    ...(fairness ? { fairness } : {}),
    notes,
    definitions: METRIC_DEFINITIONS,
    timestamp: settings.timestamp,
    git_sha: settings.gitSha,
  }
  const report: RunReportInput = {
    name: manifest.name,
    title: contract.title,
    version: manifest.version,
    target: { column: contract.target.column, classes: manifest.classes },
    family: manifest.family,
    timestamp: settings.timestamp,
    gitSha: settings.gitSha,
    threshold: manifest.threshold,
    metrics,
    candidates: [],
    importances: await importancesOf(model),
    heldOut: scored,
    judgedOn: data,
    ...(fairness ? { fairness } : {}),
    notes,
  }
  return { document, curve, report }
}

interface ScoredRows {
  readonly probabilities: Float32Array
  readonly labels: Uint8Array
}

function thresholdsOf({ probabilities, labels }: ScoredRows, { threshold, metrics }: ModelManifest) {
  const ranking = rankingCurve(probabilities, labels)
  // What the run weighed, where it did.
  const { costs } = (metrics.threshold_choice ?? {}) as { readonly costs?: MistakeCosts }
  const weighed = costs ? { costs } : {}
  const rules = [...(['f1', 'youden'] as const), ...(costs ? (['cost'] as const) : [])]
  const inUse = chooseThreshold(ranking, { rule: threshold, ...weighed })
  const chosen = rules.map(rule => chooseThreshold(ranking, { rule, ...weighed }))
  const thresholds = [inUse, ...chosen].flatMap(({ rule, figures }): RuledThreshold[] =>
    figures ? [{ rule: rule === 'fixed' ? 'in_use' : rule, ...figures }] : [],
  )
  return { thresholds, curve: inUse.curve }
}

function binsOf({ probabilities, labels }: ScoredRows): BinFigures[] {
  return reliability(probabilities, labels).bins.map(({ from, to, rows, meanProbability, positiveRate }) => {
    return { from, to, rows, mean_probability: meanProbability, positive_rate: positiveRate }
  })
}

/** undefined: the table has no sensitive column. */
function fairnessOf(
  table: Table,
  contract: Contract,
  scored: ScoredRows & { readonly threshold: number },
): FairnessReport | undefined {
  const columns = contract.sensitive.flatMap(({ name, reference }) => {
    const column = table.columns.get(name)
    return column ? [{ name, column, ...(reference === undefined ? {} : { reference }) }] : []
  })
  if (columns.length === 0) return undefined
  const { threshold, ...rows } = scored
  return judgeFairness({ ...rows, columns, thresholds: [0.5, threshold], contract: contract.name })
}

function notesOf({ data }: EvaluateSettings, without: readonly string[], { rows, positives }: Evaluation): string[] {
  return [
    `Judged on ${data}; rows that the model was trained on make it look better than it is.`,
    ...(without.length > 0 ? [`Groups of ${without.join(', ')} are not judged: the table lacks it in some row.`] : []),
    ...(positives === 0 || positives === rows
      ? ['The table has rows of one class only, so nothing can be ranked.']
      : []),
  ]
}

function describeModel({ name, version, family, threshold, calibration }: ModelManifest): EvaluationDocument['model'] {
  return { name, version, family, threshold, calibration: calibration?.method ?? 'none' }
}

function heldOutFigures({ metrics }: ModelManifest): Record<string, unknown> {
  const names = [
    'rows',
    'positives',
    'roc_auc',
    'pr_auc',
    'accuracy',
    'precision',
    'recall',
    'f1',
    'log_loss',
    'brier',
    'ece',
    'ks',
  ] as const
  return Object.fromEntries(names.filter(name => Object.hasOwn(metrics, name)).map(name => [name, metrics[name]]))
}

async function importancesOf(model: NamedModel): Promise<RunReportInput['importances']> {
  const name = 'feature_importances.csv'
  if (!Object.hasOwn(model.manifest.files, name)) return { kind: '', features: [] }
  return parseImportances(new TextDecoder().decode(await model.readFile(name)))
}
