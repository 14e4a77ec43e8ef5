/** For tests: metrics histories in which everything is as it should be, but what a test says. */
import { type MonitorRules, toMonitorRules } from '../contract/monitoring-rules.ts'
import type { DriftEvidence } from './drift-evidence.ts'
import { type MetricsHistory, parseMetricsList } from './metrics-history.ts'
import type { Plan } from './plan.ts'
import { makePlan } from './rules.ts'

export const RULES: MonitorRules = toMonitorRules()

export const DRIFT: DriftEvidence = { overallDrift: true, features: new Map() }
export const NO_DRIFT: DriftEvidence = { overallDrift: false, features: new Map() }

export type WrittenPoint = object

/** ROC-AUC 1, PR-AUC 0.5: a drop of n % is easy to write. The time is `hour` hours after the start of 2026. */
export function point(hour: number, changes: WrittenPoint = {}): WrittenPoint {
  const ts = new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000).toISOString()
  return { ts, roc_auc: 1, pr_auc: 0.5, acc: 0.9, latency_p95_ms: 200, error_rate: 0.01, ...changes }
}

/** `count` good points, one an hour, and then `last` one by one. */
export function points(count: number, ...last: readonly WrittenPoint[]): WrittenPoint[] {
  const good = Array.from({ length: count }, (_, hour) => point(hour))
  return [...good, ...last.map((changes, i) => point(count + i, changes))]
}

export function historyOf(list: readonly WrittenPoint[]): MetricsHistory {
  return parseMetricsList(list, 'metrics')
}

export function planOf(list: readonly WrittenPoint[], options: { drift?: DriftEvidence; nowUs?: number } = {}): Plan {
  return makePlan({ history: historyOf(list), drift: NO_DRIFT, rules: RULES, ...options })
}

/** The value of a finding; undefined when it is not there. */
export function finding(plan: Plan, name: string): unknown {
  return plan.findings.find(found => Object.hasOwn(found, name))?.[name]
}
