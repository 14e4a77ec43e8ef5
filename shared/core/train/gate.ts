/**
 * The gate: whether a challenger may replace the champion by itself. Both are judged on the same labelled rows, each at its
 * own threshold. It passes when it is better in the run's metric by more than chance explains, and neither its calibration
 * nor any gap between the groups of a sensitive column is worse by more than the run allows.
 */
import { reliability } from '../calibration/reliability.ts'
import type { Parity } from '../fairness/disparities.ts'
import { judgeFairness } from '../fairness/fairness-report.ts'
import type { SensitiveValues } from '../fairness/groups.ts'
import type { Comparison } from '../metrics/comparison.ts'
import { compareRocAuc } from '../metrics/delong.ts'
import { compareAveragePrecision, compareLogLoss } from '../metrics/paired.ts'
import { logLoss } from '../metrics/probability.ts'
import { averagePrecision, rocAuc } from '../metrics/ranking.ts'

export type GateMetric = 'roc_auc' | 'average_precision' | 'log_loss'

/** The run's key `gate` (run.schema.json). */
export interface GateRules {
  readonly metric: GateMetric
  /** The two-sided p-value of the difference must be below it. */
  readonly p_value: number
  /** By how much the expected calibration error may grow. */
  readonly max_calibration_loss: number
  /** By how much any gap between groups may grow. */
  readonly max_fairness_loss: number
}

/** What a model says of the rows. */
export interface Answers {
  /** Float32, as the model file answers. */
  readonly probabilities: Float32Array
  readonly threshold: number
}

export interface GateRequest {
  readonly champion: Answers
  readonly challenger: Answers
  /** 0 or 1. */
  readonly labels: Uint8Array
  /** The sensitive columns of the rows. */
  readonly sensitive: readonly SensitiveValues[]
  readonly rules: GateRules
  /** Of the bootstrap behind average_precision. */
  readonly seed: number
}

/** Is the challenger better? */
export interface MetricCheck {
  readonly metric: GateMetric
  readonly champion: number
  readonly challenger: number
  /** Above 0: the challenger is better, also where less is better. With its 95 % bounds. */
  readonly gain: number
  readonly low: number
  readonly high: number
  /** Two-sided; NaN (null in JSON) where the rows are too few to tell. */
  readonly p: number | null
  readonly test: string
  readonly passed: boolean
}

/** Is the challenger worse in what must not get worse? */
export interface LossCheck {
  /** `calibration_error`, or a gap such as `demographic_parity of sex`. */
  readonly figure: string
  readonly champion: number
  readonly challenger: number
  /** Above 0: the challenger is worse. */
  readonly loss: number
  readonly limit: number
  readonly passed: boolean
}

export interface GateReport {
  readonly passed: boolean
  /** One sentence, for people. */
  readonly reason: string
  readonly rules: GateRules
  /** Absent when the two could not be compared. */
  readonly compared?: {
    readonly rows: number
    readonly positives: number
    readonly metric: MetricCheck
    readonly losses: readonly LossCheck[]
  }
}

export function judgeChallenger(request: GateRequest): GateReport {
  const { rules, labels } = request
  const positives = labels.reduce((sum, label) => sum + label, 0)
  if (positives === 0 || positives === labels.length) return refuseUncompared('the rows have one class only', rules)
  const metric = checkMetric(request)
  const losses = [checkCalibration(request), ...checkGroups(request)]
  const passed = metric.passed && losses.every(check => check.passed)
  const compared = { rows: labels.length, positives, metric, losses }
  return { passed, reason: reasonOf(metric, losses, { rules, rows: labels.length }), rules, compared }
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
    // NaN, of rows that cannot tell, passes neither.
    passed: direction * difference > 0 && p < rules.p_value,
  }
}

function checkCalibration({ champion, challenger, labels, rules }: GateRequest): LossCheck {
  const errorOf = ({ probabilities }: Answers) => reliability(probabilities, labels).expectedCalibrationError ?? 0
  const pair = { champion: errorOf(champion), challenger: errorOf(challenger) }
  return checkLoss('calibration_error', pair, rules.max_calibration_loss)
}

const PARITIES: readonly Parity[] = ['demographic_parity', 'equal_opportunity', 'predictive_equality']

/** One check for each gap that can be measured; groups, and so what can be, are the same for both. */
function checkGroups({ champion, challenger, labels, sensitive, rules }: GateRequest): LossCheck[] {
  const [before, after] = [champion, challenger].map(({ probabilities, threshold }) =>
    judgeFairness({ columns: sensitive, probabilities, labels, thresholds: [threshold], contract: '' }),
  )
  return sensitive.flatMap(({ name }, i) =>
    PARITIES.flatMap(parity => {
      const gaps = [before, after].map(report => report.columns[i].at[0][parity].between_groups)
      const [own, next] = gaps.flatMap(gap => ('difference' in gap ? [gap.difference] : []))
      if (own === undefined || next === undefined) return []
      return [checkLoss(`${parity} of ${name}`, { champion: own, challenger: next }, rules.max_fairness_loss)]
    }),
  )
}

function checkLoss(
  figure: string,
  { champion, challenger }: { readonly champion: number; readonly challenger: number },
  limit: number,
): LossCheck {
  const loss = challenger - champion
  return { figure, champion, challenger, loss, limit, passed: loss <= limit }
}

function reasonOf(
  { metric, champion, challenger, gain, p, passed }: MetricCheck,
  losses: readonly LossCheck[],
  { rules, rows }: { readonly rules: GateRules; readonly rows: number },
): string {
  const figures = `${metric} ${challenger.toFixed(4)} against the champion's ${champion.toFixed(4)} on the same ${rows} rows`
  const chance = p === null || Number.isNaN(p) ? 'p is unknown' : `p = ${p.toPrecision(2)}`
  const worse = losses
    .filter(loss => !loss.passed)
    .map(({ figure, loss, limit }) => `${figure} grew by ${loss.toFixed(4)} (allowed: ${limit})`)
  if (passed && worse.length === 0) return `better: ${figures} (${chance})`
  const isBetter = gain > 0 ? `could be chance (${chance}; needed: below ${rules.p_value})` : 'is not better'
  const verdict = passed ? `is better (${chance}), but` : isBetter
  return [`${figures} ${verdict}`, ...worse].join(passed ? ' ' : '; ')
}
