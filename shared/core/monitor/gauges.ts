/**
 * The numbers that dashboards and alerts watch: of a plan and of a drift report, one value each. What was not measured is
 * no gauge at all, so that a chart has a gap there and never a zero.
 */
import type { DriftReport } from '../drift/report.ts'
import type { MetricsPoint } from './metrics-history.ts'
import type { Plan, Status } from './plan.ts'

export type GaugeName = 'roc_auc' | 'pr_auc' | 'plan_status' | 'psi' | 'positive_rate'

export interface Gauge {
  readonly name: GaugeName
  /** Never NaN or infinite. */
  readonly value: number
  /** Few values, known beforehand: names of features, never ids. */
  readonly labels: Readonly<Record<string, string>>
}

/** plan_status as a number, so that an alert can say "above 1". */
const STATUS_VALUES: Readonly<Record<Status, number>> = { healthy: 0, warn: 1, critical: 2 }

/** `latest`: the point that the plan judges; undefined: there is none. */
export function planGauges({ status }: Plan, latest: MetricsPoint | undefined): Gauge[] {
  const gauges: Gauge[] = [{ name: 'plan_status', value: STATUS_VALUES[status], labels: {} }]
  for (const name of ['roc_auc', 'pr_auc'] as const) {
    const value = latest?.metrics[name]
    if (value !== undefined) gauges.push({ name, value, labels: {} })
  }
  return gauges
}

/** The PSI of each feature that could be compared; the share of positive answers where the report has it. */
export function driftGauges({ features, details }: DriftReport): Gauge[] {
  const gauges = Object.entries(features).flatMap(([feature, psi]): Gauge[] =>
    psi === null ? [] : [{ name: 'psi', value: psi, labels: { feature } }],
  )
  const { prediction } = details
  if (prediction.absent !== undefined) return gauges
  return [...gauges, { name: 'positive_rate', value: prediction.positive_rate.current, labels: {} }]
}
