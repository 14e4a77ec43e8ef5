/** What a person should look at first in a run's report. Each check says its numbers; no check is a verdict. */

import { bestF1, thresholdCurve } from '../metrics/threshold.ts'
import { gapsAt, PARITY_TITLES } from './fairness-section.ts'
import { type Html, html, proseHtml } from './html.ts'
import { counted, decimal, percent, points, thresholdText } from './number-text.ts'
import type { RunFigures, RunReportInput } from './run-figures.ts'

/** From where on a check speaks. */
const LIMITS = {
  fewestOfAClass: 50,
  tooGoodRocAuc: 0.99,
  dominantShare: 0.6,
  calibrationError: 0.05,
  f1Gain: 0.02,
  foldDeviations: 3,
  mostGaps: 3,
} as const

export function runFindings(input: RunReportInput, figures: RunFigures): Html[] {
  const found = [
    fewRows(figures),
    notAboveChance(input),
    tooGood(input),
    dominantFeature(input),
    poorlyCalibrated(figures),
    betterThreshold(input, figures),
    farFromFolds(input),
  ].flatMap(finding => finding ?? [])
  return [...found, ...fairnessFindings(input), ...(input.notes ?? []).map(proseHtml)]
}

/** Gaps at the threshold in use, the widest first, and columns that the features give away. */
function fairnessFindings({ fairness, threshold }: RunReportInput): Html[] {
  if (fairness === undefined) return []
  const widest = gapsAt(fairness.findings, threshold)
  const shown = widest.slice(0, LIMITS.mostGaps).map(({ column, parity, gap, groups }) => {
    const name = PARITY_TITLES[parity].toLowerCase()
    return html`<b>${column}</b>: ${groups[0]} is ${decimal(gap)} above ${groups[1]} in ${name}; what could be done is under Fairness.`
  })
  const left = widest.length - shown.length
  const more = left > 0 ? [html`${counted(left, 'more gap')} above ${decimal(fairness.gap_limit, 2)}.`] : []
  const proxies = (fairness.proxies?.columns ?? []).filter(column => column.proxy)
  return [...shown, ...more, ...proxies.map(({ sentence }) => proseHtml(sentence))]
}

function fewRows({ curve }: RunFigures): Html | undefined {
  const rarer = Math.min(curve.positives, curve.negatives)
  if (rarer >= LIMITS.fewestOfAClass) return undefined
  const kind = curve.positives <= curve.negatives ? 'positive' : 'negative'
  return html`The held-out part has only ${counted(rarer, `${kind} row`)}: every number here is uncertain.`
}

function notAboveChance({ metrics }: RunReportInput): Html | undefined {
  const { roc_auc_low: low, roc_auc_high: high } = metrics
  if (!(low <= 0.5)) return undefined
  return html`The 95 % interval of the ROC-AUC, ${decimal(low)} to ${decimal(high)}, holds 0.5: the model may be no better than chance.`
}

function tooGood({ metrics }: RunReportInput): Html | undefined {
  if (!(metrics.roc_auc >= LIMITS.tooGoodRocAuc)) return undefined
  return html`A ROC-AUC of ${decimal(metrics.roc_auc)} is rarely true: look for a feature that is only known after the outcome.`
}

function dominantFeature({ importances: { features } }: RunReportInput): Html | undefined {
  const total = features.reduce((sum, { value }) => sum + value, 0)
  const first = features.toSorted((a, b) => b.value - a.value).at(0)
  if (features.length < 3 || first === undefined || !(first.value > LIMITS.dominantShare * total)) return undefined
  return html`<b>${first.name}</b> alone has ${percent(first.value / total, 0)} of the importance: make sure that it is known at the time of prediction.`
}

function poorlyCalibrated({ reliability }: RunFigures): Html | undefined {
  const { expectedCalibrationError: error, meanProbability, positiveRate } = reliability
  if (error === null || error <= LIMITS.calibrationError) return undefined
  return html`Probabilities are off by ${decimal(error)} on average (said ${decimal(meanProbability)}, happened ${decimal(positiveRate)} over all rows): use them to rank rather than as chances.`
}

function betterThreshold(
  { threshold, thresholdChoice }: RunReportInput,
  { curve, rates }: RunFigures,
): Html | undefined {
  // A rule with another aim than F1 was asked for.
  if (thresholdChoice?.rule === 'cost' || thresholdChoice?.rule === 'youden') return undefined
  const best = bestF1(thresholdCurve(curve))
  if (best === undefined || best.f1 - (rates.f1 ?? 0) < LIMITS.f1Gain) return undefined
  return html`At the threshold in use, ${thresholdText(threshold)}, F1 is ${decimal(rates.f1)}; the highest F1 on these rows, ${decimal(best.f1)}, is at ${thresholdText(Number(best.threshold.toPrecision(3)))} (recall ${points(best.recall - (rates.recall ?? 0))}).`
}

function farFromFolds({ metrics, crossValidation: folds }: RunReportInput): Html | undefined {
  if (folds === undefined || folds.folds < 3) return undefined
  const distance = Math.abs(metrics.roc_auc - folds.roc_auc_mean)
  // The held-out part has an error of its own: a 95 % interval is 3.92 of them wide.
  const error = Math.hypot(folds.roc_auc_std, (metrics.roc_auc_high - metrics.roc_auc_low) / 3.92)
  if (!(distance > LIMITS.foldDeviations * error)) return undefined
  return html`The held-out ROC-AUC, ${decimal(metrics.roc_auc)}, is far from that of the folds, ${decimal(folds.roc_auc_mean)} ± ${decimal(folds.roc_auc_std)}: the split may not be like the rest.`
}
