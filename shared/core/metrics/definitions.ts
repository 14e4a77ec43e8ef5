/** What each figure of a judgement means, one line each: metrics.json and docs/metrics.md say the same. */

export const METRIC_DEFINITIONS = Object.freeze({
  roc_auc:
    "The chance that a random positive row scores higher than a random negative one, ties counting half (Mann-Whitney); interval: DeLong's at 95 %, made on the log-odds.",
  pr_auc:
    'Average precision: the sum over thresholds of (recall step) x precision, without interpolation; not the trapezoid area.',
  accuracy: 'Share of rows whose class (probability >= threshold) is their label; interval: Wilson.',
  precision: 'True positives / rows called positive; unknown when none is called; interval: Wilson.',
  recall: 'True positives / positives; unknown without positives; interval: Wilson.',
  f1: '2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall.',
  log_loss:
    'Mean of -ln(probability given to the true class), probabilities kept 2^-52 away from 0 and 1; interval: 1.96 standard errors of the mean.',
  brier: 'Mean squared distance of probability and label; interval: 1.96 standard errors of the mean.',
  ece: 'Expected calibration error: ten equal-width bins [0, 0.1), ... [0.9, 1]; |share of positives - mean probability| weighted by rows. Without an interval: drawing rows anew only ever adds to it.',
  ks: 'Kolmogorov-Smirnov statistic: the largest true positive rate less false positive rate over all thresholds.',
  top: 'The rows with the highest scores (1, 5, 10 and 20 % of all, at least one): precision = share of positives among them, lift = precision / base rate, gain = their share of all positives; rows with equal scores count as in random order.',
  intervals:
    'Bounds at 95 %. Where nothing else is said: percentiles of a stratified bootstrap, positives and negatives drawn anew each from their own rows.',
} as const)
