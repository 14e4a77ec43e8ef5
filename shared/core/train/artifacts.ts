/** The files of a trained version that are made from the model alone; the registry adds model.json. */
import { METRIC_DEFINITIONS } from '../metrics/definitions.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import type { TrainedModel } from './train-model.ts'
import { writtenOptions } from './written-options.ts'

/** metrics.json: the figures of the held-out part at the top level, how they came about below. */
export interface MetricsFile {
  readonly roc_auc: number
  readonly pr_auc: number
  readonly accuracy: number
  readonly [further: string]: unknown
  /** ISO 8601, UTC. */
  readonly timestamp: string
  readonly git_sha: string
}

export function metricsFile(
  trained: TrainedModel,
  world: { readonly timestamp: string; readonly gitSha: string },
): MetricsFile {
  const { thresholdChoice, calibration, runnerUp } = trained
  return {
    ...trained.metrics,
    threshold: trained.threshold,
    threshold_choice: {
      rule: thresholdChoice.rule,
      chosen_on: thresholdChoice.rule === 'fixed' ? null : 'validation part',
      ...(thresholdChoice.costs ? { costs: thresholdChoice.costs } : {}),
      validation: thresholdChoice.figures,
    },
    calibration: {
      method: calibration.calibrator.method,
      asked: calibration.asked,
      reason: calibration.reason,
      rows: calibration.rows,
      compared: calibration.compared,
      ...(calibration.uncalibrated ? { held_out_without: calibration.uncalibrated } : {}),
    },
    family: trained.family,
    ...trained.size,
    candidates: trained.candidates.map(({ family, options, validationRocAuc }) => ({
      family,
      validation_roc_auc: validationRocAuc,
      settings: writtenOptions(options),
    })),
    ...(runnerUp
      ? { runner_up: { family: runnerUp.family, roc_auc_difference: runnerUp.difference, delong_p: runnerUp.p } }
      : {}),
    ...(trained.crossValidation ? { cross_validation: trained.crossValidation } : {}),
    definitions: METRIC_DEFINITIONS,
    timestamp: world.timestamp,
    git_sha: world.gitSha,
  }
}

/** feature_importances.csv: one line per feature, most important first; `share` sums to 1. */
export function importancesCsv(
  features: readonly FeatureSpec[],
  { kind, values }: TrainedModel['importances'],
): string {
  const total = values.reduce((sum, value) => sum + value, 0)
  const lines = features
    .map(({ name }, i) => ({ name, value: values[i], share: total > 0 ? values[i] / total : 0 }))
    .sort((a, b) => b.value - a.value)
    .map(({ name, value, share }) => `${quoteCell(name)},${kind},${value},${share}`)
  return ['feature,importance_type,importance,share', ...lines, ''].join('\n')
}

/** RFC 4180: a cell with a comma, a quote or a line break stands in quotes. */
function quoteCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** What importancesCsv wrote: the kind, and each feature's value, most important first. */
export function parseImportances(csv: string): {
  readonly kind: string
  readonly features: readonly { readonly name: string; readonly value: number }[]
} {
  const lines = [...csv.matchAll(/^("(?:[^"]|"")*"|[^,\n]*),([^,\n]*),([^,\n]*),[^\n]*$/gm)].slice(1)
  const features = lines.map(([, name, , value]) => ({ name: unquoteCell(name), value: Number(value) }))
  return { kind: lines[0]?.[2] ?? '', features }
}

function unquoteCell(cell: string): string {
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
}
