/** What pages and cards call metrics, families and kinds of importance; metrics/definitions.ts says what metrics are. */
import type { METRIC_DEFINITIONS } from '../metrics/definitions.ts'

/** The metrics of a report's table, in its order. */
export const METRIC_TITLES = Object.freeze({
  roc_auc: 'ROC-AUC',
  pr_auc: 'PR-AUC',
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1',
  log_loss: 'Log loss',
  brier: 'Brier score',
  ece: 'Calibration error',
  ks: 'Kolmogorov-Smirnov',
} as const satisfies Partial<Record<keyof typeof METRIC_DEFINITIONS, string>>)

export type MetricName = keyof typeof METRIC_TITLES

/** What an importance is measured in. */
export const IMPORTANCE_KINDS: Readonly<Record<string, string>> = Object.freeze({
  gain: 'loss that splits on the feature saved in training',
  log_odds_deviation: "standard deviation of the feature's part of the log-odds over the training rows",
})

export const FAMILY_TITLES: Readonly<Record<string, string>> = Object.freeze({
  gbt: 'gradient boosted trees',
  logistic: 'logistic regression',
  mlp: 'multilayer perceptron',
})
