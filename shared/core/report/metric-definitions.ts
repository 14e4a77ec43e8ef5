/** What each number of a report means, in one line: the run's page and the model card say the same. */

export const METRIC_DEFINITIONS = Object.freeze({
  roc_auc:
    'The chance that a random positive row scores higher than a random negative one, ties counting half: 0.5 is chance, 1 is perfect.',
  pr_auc: 'Average precision: precision at each step of recall, no interpolation. A random order has the base rate.',
  accuracy: 'Share of rows whose class at the threshold is their label.',
  precision: 'Share of the rows called positive that are.',
  recall: 'Share of the positive rows that are called so (true positive rate).',
  f1: 'Harmonic mean of precision and recall.',
  log_loss: 'Mean of -ln(probability given to the true class); 0 is perfect, and being sure and wrong costs most.',
  brier: 'Mean squared distance of probability and label: 0 is perfect.',
  calibration_error:
    'Expected calibration error: ten equal-width bins, the distance of mean probability and share of positives, weighted by rows (Naeini, Cooper and Hauskrecht 2015).',
} as const)

export type MetricName = keyof typeof METRIC_DEFINITIONS

export const METRIC_TITLES: Readonly<Record<MetricName, string>> = Object.freeze({
  roc_auc: 'ROC-AUC',
  pr_auc: 'PR-AUC',
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1',
  log_loss: 'Log loss',
  brier: 'Brier score',
  calibration_error: 'Calibration error',
})

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
