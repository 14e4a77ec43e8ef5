/**
 * The gate: whether a challenger may replace the champion by itself. Both are judged on the same labelled rows, each at its
 * own threshold. It passes when it is better in the run's metric by more than chance explains, and neither its calibration
 * nor any gap between the groups of a sensitive column is worse by more than the run allows.
 */
import type { Comparison } from '../metrics/comparison.ts'
import { compareRocAuc } from '../metrics/delong.ts'
import { compareAveragePrecision, compareLogLoss } from '../metrics/paired.ts'
import { logLoss } from '../metrics/probability.ts'
import { averagePrecision, rocAuc } from '../metrics/ranking.ts'
import { checkCalibration, checkGroups, type LossCheck } from './gate-losses.ts'
import type { GateMetric, GateRequest, GateRules } from './gate-request.ts'

/** Is the challenger better? */
export interface MetricCheck {
  readonly metric: GateMetric
  readonly champion: number
  readonly challenger: number
  /** Above 0: the challenger is better, also where less is better. With its 95 % bounds. */
  readonly gain: number
  readonly low: number
  readonly high: number
  /** Two-sided. */
  readonly p: number
  readonly test: string
  readonly passed: boolean
}

export interface GateReport {
  readonly passed: boolean
  /** One sentence, for people. */
  readonly reason: string
  readonly rules: GateRules
  /** What to know about the rows. */
  readonly note?: string
  /** Absent when the two could not be compared. */
  readonly compared?: {
    readonly rows: number
    readonly positives: number
    readonly metric: MetricCheck
    readonly losses: readonly LossCheck[]
    /** Gaps that the rows are too few to measure, each with the reason. */
    readonly not_judged: readonly string[]
  }
}

/** Rows of each class that the tests need: with fewer, chance alone passes them more often than their p-value says. */
const MIN_CLASS_ROWS = 10

export function judgeChallenger(request: GateRequest): GateReport {
  const { rules, labels } = request
  const rows = labels.length
  const positives = labels.reduce((sum, label) => sum + label, 0)
  if (Math.min(positives, rows - positives) < MIN_CLASS_ROWS) {
    const why = `${positives} positive and ${rows - positives} negative rows are too few; needed: ${MIN_CLASS_ROWS} of each`
    return refuseUncompared(why, rules)
  }
  for (const who of ['champion', 'challenger'] as const) {
    const wrong = request[who].probabilities.find(probability => !(probability >= 0 && probability <= 1))
    if (wrong !== undefined) return refuseUncompared(`the ${who} answers ${wrong}, which is no probability`, rules)
  }
  const metric = checkMetric(request)
  const { checks, notJudged } = checkGroups(request)
  const losses = [checkCalibration(request), ...checks]
  const passed = metric.passed && losses.every(check => check.passed)
  const compared = { rows, positives, metric, losses, not_judged: notJudged }
  return { passed, reason: reasonOf(metric, losses, { rules, rows }), rules, compared }
}

/** The report of a gate that could not compare: it refuses. `why` is a clause. */
export function refuseUncompared(why: string, rules: GateRules): GateReport {
  return { passed: false, reason: `the two cannot be compared: ${why}`, rules }
}

interface MetricKind {
  readonly of: (probabilities: Float32Array, labels: Uint8Array) => number
  readonly compare: (challenger: Float32Array, champion: Float32Array, labels: Uint8Array, seed: number) => Comparison
  readonly test: string
  /** 1: more is better; -1: less is. */
  readonly direction: 1 | -1
}

const METRICS: Readonly<Record<GateMetric, MetricKind>> = {
  roc_auc: { of: rocAuc, compare: compareRocAuc, test: "DeLong's paired test", direction: 1 },
  average_precision: {
    of: averagePrecision,
    compare: (challenger, champion, labels, seed) => compareAveragePrecision(challenger, champion, labels, { seed }),
    test: 'paired stratified bootstrap, normal law',
    direction: 1,
  },
  log_loss: { of: logLoss, compare: compareLogLoss, test: "paired z-test of the rows' losses", direction: -1 },
}

function checkMetric({ champion, challenger, labels, rules, seed }: GateRequest): MetricCheck {
  const { of, compare, test, direction } = METRICS[rules.metric]
  const { difference, low, high, p } = compare(challenger.probabilities, champion.probabilities, labels, seed)
  return {
    metric: rules.metric,
    champion: of(champion.probabilities, labels),
    challenger: of(challenger.probabilities, labels),
    gain: direction * difference,
    low: direction === 1 ? low : -high,
    high: direction === 1 ? high : -low,
    p,
    test,
    passed: direction * difference > 0 && p < rules.p_value,
  }
}

function reasonOf(
  { metric, champion, challenger, gain, p, passed }: MetricCheck,
  losses: readonly LossCheck[],
  { rules, rows }: { readonly rules: GateRules; readonly rows: number },
): string {
  const figures = `${metric} ${challenger.toFixed(4)} against the champion's ${champion.toFixed(4)} on the same ${rows} rows`
  const chance = `p = ${p.toPrecision(2)}`
  const worse = losses
    .filter(loss => !loss.passed)
    .map(({ figure, loss, limit }) => `${figure} grew by ${loss.toFixed(4)} (allowed: ${limit})`)
  if (passed && worse.length === 0) return `better: ${figures} (${chance})`
  const isBetter = gain > 0 ? `could be chance (${chance}; needed: below ${rules.p_value})` : 'is not better'
  const verdict = passed ? `is better (${chance}), but` : isBetter
  return [`${figures} ${verdict}`, ...worse].join(passed ? ' ' : '; ')
}
