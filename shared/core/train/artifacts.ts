/** The files of a trained version that are made from the model alone; the registry adds model.json. */
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import type { TrainedModel } from './train-model.ts'

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
  return {
    ...trained.metrics,
    threshold: trained.threshold,
    family: trained.family,
    ...trained.size,
    candidates: trained.candidates.map(({ family, validationRocAuc }) => ({
      family,
      validation_roc_auc: validationRocAuc,
    })),
    ...(trained.crossValidation ? { cross_validation: trained.crossValidation } : {}),
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
