/**
 * What a person on call also wants to know. None of these findings changes the status; `sameHourStep` alone has a say in
 * the actions, because a deploy is undone by going back and not by training again.
 */
import type { MonitorRules } from '../contract/monitoring-rules.ts'
import { baselinePoints, dropPct, median, robustDeviation, valuesOf } from './baseline.ts'
import { exceeds, reaches } from './bounds.ts'
import { findStep } from './change-point.ts'
import { METRICS, type MetricName, type MetricsPoint } from './metrics-history.ts'
import type { Finding } from './plan.ts'
import { formatTimestamp, MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR } from './timestamp.ts'

/** The signals whose faults are looked for, and which way is worse. Accuracy is left out: it hardly moves when the others do. */
const WATCHED = { roc_auc: -1, pr_auc: -1, latency_p95_ms: 1, error_rate: 1 } as const

type Watched = keyof typeof WATCHED

const WATCHED_NAMES = Object.keys(WATCHED) as Watched[]

/** A deviation of fewer values says nothing. */
const MIN_POINTS_FOR_Z = 8
/** An error rate this far above its median is up: half as much again, and half a percent of the requests. */
const ERRORS_UP = { factor: 1.5, least: 0.005 }
/** Data is stale after this many usual intervals without a point. */
const STALE_INTERVALS = 3
/** A fault is over after this many good points in a row; until then it is recovering. */
const GOOD_POINTS_TO_CLEAR = 3

export interface Evidence {
  /** Ascending, until now. */
  readonly points: readonly MetricsPoint[]
  readonly baseline: readonly MetricsPoint[]
  readonly rules: MonitorRules
  readonly nowUs?: number
}

/** When every watched signal that is measured got worse within one hour; undefined: they did not. */
export interface SameHourStep {
  readonly atUs: number
  readonly signals: readonly Watched[]
}

export function beyondTheBrief(evidence: Evidence, step: SameHourStep | undefined): Finding[] {
  return [
    ...robustScores(evidence),
    ...(step ? [{ same_hour_step: { at: formatTimestamp(step.atUs), signals: [...step.signals] } }] : []),
    ...spikesAndRecoveries(evidence),
    ...errorRate(evidence),
    ...faultInBaseline(evidence),
    ...staleness(evidence),
  ]
}

/** Latest value minus the baseline's median, in robust deviations; signals whose baseline does not vary are left out. */
function robustScores({ points, baseline }: Evidence): Finding[] {
  const scores: Partial<Record<MetricName, number>> = {}
  for (const metric of METRICS) {
    const latest = points.at(-1)?.metrics[metric]
    const values = valuesOf(baseline, metric)
    if (latest === undefined || values.length < MIN_POINTS_FOR_Z) continue
    const middle = median(values)!
    const score = (latest - middle) / robustDeviation(values, middle)
    if (Number.isFinite(score)) scores[metric] = roundTo(score, 1)
  }
  return Object.keys(scores).length > 0 ? [{ robust_z: scores }] : []
}

/**
 * Steps are looked for in twice the window, so that one which has filled the window is still seen. Signals with fewer than
 * two of them measured cannot agree on anything.
 */
export function sameHourStep({ points, rules }: Pick<Evidence, 'points' | 'rules'>): SameHourStep | undefined {
  const recent = recentPoints(points, rules)
  const measured = WATCHED_NAMES.filter(name => valuesOf(recent, name).length > 0)
  const times = measured.map(name => worseningUs(recent, name))
  if (measured.length < 2 || !times.every(time => time !== undefined)) return undefined
  const [first, last] = [Math.min(...times), Math.max(...times)]
  return last - first <= MICROSECONDS_PER_HOUR ? { atUs: first, signals: measured } : undefined
}

function recentPoints(points: readonly MetricsPoint[], rules: MonitorRules): readonly MetricsPoint[] {
  const latest = points.at(-1)
  return latest ? [...baselinePoints(points, 2 * rules.windowDays), latest] : []
}

/** When a signal stepped to a worse level. */
function worseningUs(points: readonly MetricsPoint[], metric: Watched): number | undefined {
  const measured = points.filter(({ metrics }) => metrics[metric] !== undefined)
  const step = findStep(valuesOf(measured, metric))
  if (!step || Math.sign(step.after - step.before) !== WATCHED[metric]) return undefined
  return measured[step.index].timeUs
}

/** Which values of a signal are bad by the contract's bounds; error rates have no bound there, so `errorRate` tells of them. */
function isBad(metric: Watched, value: number, middle: number | undefined, rules: MonitorRules): boolean {
  if (metric === 'latency_p95_ms') return exceeds(value, rules.latencyP95Ms)
  if (metric === 'error_rate') return false
  const bound = metric === 'roc_auc' ? rules.aucDropWarnPct : rules.prAucDropPct
  return reaches(dropPct(value, middle), bound)
}

/** One bad point after good ones is a spike so far; one good point after bad ones is not yet a recovery. */
function spikesAndRecoveries({ points, baseline, rules }: Evidence): Finding[] {
  const spikes: Watched[] = []
  const recovering: Partial<Record<Watched, string>> = {}
  for (const metric of WATCHED_NAMES) {
    const middle = median(valuesOf(baseline, metric))
    const bad = valuesOf([...baseline, ...points.slice(-1)], metric).map(value => isBad(metric, value, middle, rules))
    if (bad.length < 2 || points.at(-1)?.metrics[metric] === undefined) continue
    const lastBad = bad.lastIndexOf(true)
    const good = bad.length - 1 - lastBad
    // A fault is two bad points in a row: what follows one alone is the end of a spike.
    if (lastBad === bad.length - 1 && !bad[lastBad - 1]) spikes.push(metric)
    else if (lastBad > 0 && bad[lastBad - 1] && good > 0 && good < GOOD_POINTS_TO_CLEAR) {
      recovering[metric] = `${good} good of ${GOOD_POINTS_TO_CLEAR} in a row`
    }
  }
  return [
    ...(spikes.length > 0 ? [{ single_point_spike: spikes }] : []),
    ...(Object.keys(recovering).length > 0 ? [{ recovery_under_way: recovering }] : []),
  ]
}

/** At both of the latest two points, as for the latency. */
function errorRate({ points, baseline }: Evidence): Finding[] {
  const middle = median(valuesOf(baseline, 'error_rate'))
  const [before, latest] = points.slice(-2).map(({ metrics }) => metrics.error_rate)
  if (middle === undefined || before === undefined || latest === undefined) return []
  const bound = Math.max(ERRORS_UP.factor * middle, middle + ERRORS_UP.least)
  if (Math.min(before, latest) <= bound) return []
  return [{ error_rate_up: { baseline_median: roundTo(middle, 4), latest: roundTo(latest, 4) } }]
}

/** A fault that stays moves the median it is compared with, and after half the window it looks like no drop at all. */
function faultInBaseline({ points, baseline, rules }: Evidence): Finding[] {
  const recent = recentPoints(points, rules).filter(({ metrics }) => metrics.roc_auc !== undefined)
  const step = findStep(valuesOf(recent, 'roc_auc'))
  if (!step || step.after >= step.before) return []
  const since = recent[step.index].timeUs
  const measured = baseline.filter(({ metrics }) => metrics.roc_auc !== undefined)
  const inside = measured.filter(({ timeUs }) => timeUs >= since).length
  if (inside === 0) return []
  return [
    {
      fault_in_baseline: {
        since: formatTimestamp(since),
        points: inside,
        of: measured.length,
        roc_auc_drop_pct_against_before: roundTo(dropPct(points.at(-1)?.metrics.roc_auc, step.before) ?? 0, 2),
      },
    },
  ]
}

/** Only with a clock: the age of the latest point against the usual distance of two points. */
function staleness({ points, nowUs }: Evidence): Finding[] {
  const latest = points.at(-1)
  if (!latest || nowUs === undefined) return []
  const intervals = points.slice(1).map(({ timeUs }, i) => timeUs - points[i].timeUs)
  const allowed = STALE_INTERVALS * (median(intervals) ?? MICROSECONDS_PER_DAY)
  const age = nowUs - latest.timeUs
  return age > allowed ? [{ stale_data_hours: roundTo(age / MICROSECONDS_PER_HOUR, 1) }] : []
}

/** For the plan only: comparisons use the numbers as they are. Never -0, which YAML would show. */
export function roundTo(value: number, places: number): number {
  const factor = 10 ** places
  return Math.round(value * factor) / factor + 0
}
