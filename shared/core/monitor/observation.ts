/** What the rules look at, measured but not yet judged. Nothing is rounded here. */
import type { MonitorRules } from '../contract/monitoring-rules.ts'
import { baselinePoints, dropPct, LEAST_MEDIAN, median, valuesOf } from './baseline.ts'
import { type SameHourStep, sameHourStep } from './beyond-the-brief.ts'
import type { DriftEvidence, MissingDrift } from './drift-evidence.ts'
import { type MetricName, type MetricsHistory, type MetricsPoint, pointsUntil } from './metrics-history.ts'

/** The latest value of a metric beside its baseline. */
export interface Comparison {
  readonly latest?: number
  /** Median of the baseline's values. */
  readonly median?: number
  /** Values in the baseline. */
  readonly count: number
  /** How far the latest is below the median, in percent; undefined: one of the two is missing, or the median is 0. */
  readonly dropPct?: number
}

export interface Observation {
  /** Ascending, none later than now. */
  readonly points: readonly MetricsPoint[]
  readonly baseline: readonly MetricsPoint[]
  readonly rocAuc: Comparison
  readonly prAuc: Comparison
  /** p95 at the latest point and at the one before. */
  readonly latency: { readonly latest?: number; readonly previous?: number }
  readonly drift: DriftEvidence | MissingDrift
  readonly rules: MonitorRules
  readonly step?: SameHourStep
  readonly nowUs?: number
  /** Points that were left out because they are later than now. */
  readonly later: number
  /** Points that a later line with the same time has replaced. */
  readonly replaced: number
}

export interface ObservationRequest {
  readonly history: MetricsHistory
  readonly drift: DriftEvidence | MissingDrift
  readonly rules: MonitorRules
  /** Microseconds since 1970, UTC. Later points are left out; without it every point counts. */
  readonly nowUs?: number
}

export function observe({ history, drift, rules, nowUs }: ObservationRequest): Observation {
  const { kept: points, later } = pointsUntil(history.points, nowUs ?? Number.POSITIVE_INFINITY)
  const baseline = baselinePoints(points, rules.windowDays)
  const compare = (metric: MetricName): Comparison => {
    const latest = points.at(-1)?.metrics[metric]
    const values = valuesOf(baseline, metric)
    const middle = median(values)
    return { latest, median: middle, count: values.length, dropPct: dropPct(latest, middle) }
  }
  return {
    points,
    baseline,
    rocAuc: compare('roc_auc'),
    prAuc: compare('pr_auc'),
    latency: { latest: points.at(-1)?.metrics.latency_p95_ms, previous: points.at(-2)?.metrics.latency_p95_ms },
    drift,
    rules,
    step: sameHourStep({ points, rules }),
    nowUs,
    later,
    replaced: history.replaced,
  }
}

export function isDrifted(drift: Observation['drift']): boolean {
  return 'overallDrift' in drift && drift.overallDrift
}

/** undefined: there is a median to compare with. */
export function whyNoBaseline({ points, baseline, rocAuc, rules, later }: Observation): string | undefined {
  const days = `${rules.windowDays} days before the latest`
  if (points.length === 0) return later > 0 ? 'every point is later than now' : 'the history has no points'
  if (points.length === 1) return 'the history has one point'
  if (baseline.length === 0) return `no point in the ${days}`
  if (rocAuc.count === 0) return `no point with roc_auc in the ${days}`
  return rocAuc.median! < LEAST_MEDIAN ? 'the median of roc_auc is 0' : undefined
}

/** Metrics of the rules that the points to be judged, or all those they are compared with, do not have. */
export function missingMetrics({ points, baseline, rocAuc, prAuc, latency }: Observation): string[] {
  if (points.length === 0) return []
  const lacksPrAuc = prAuc.latest === undefined || (baseline.length > 0 && prAuc.count === 0)
  const lacksLatency = latency.latest === undefined || (points.length > 1 && latency.previous === undefined)
  return [
    ...(rocAuc.latest === undefined ? ['roc_auc'] : []),
    ...(lacksPrAuc ? ['pr_auc'] : []),
    ...(lacksLatency ? ['latency_p95_ms'] : []),
  ]
}
