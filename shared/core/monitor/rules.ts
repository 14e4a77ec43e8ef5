/**
 * Observe, think, act: metrics history, drift report and rules to a plan. The status follows the five rules below and
 * nothing else. A ROC-AUC that cannot be compared is never healthy: no data is no good news.
 */
import { beyondTheBrief, roundTo } from './beyond-the-brief.ts'
import { exceeds, reaches } from './bounds.ts'
import {
  isDrifted,
  missingMetrics,
  type Observation,
  type ObservationRequest,
  observe,
  whyNoBaseline,
} from './observation.ts'
import type { Action, Finding, Plan, Status } from './plan.ts'
import { explain } from './rationale.ts'
import type { Rule } from './rule.ts'

export type PlanRequest = ObservationRequest

export function makePlan(request: PlanRequest): Plan {
  const seen = observe(request)
  const fired = think(seen)
  const status = statusOf(fired)
  const actions = act(status, fired, seen)
  return { status, findings: findingsOf(seen), actions, rationale: explain({ seen, fired, status, actions }) }
}

function think({ rocAuc, prAuc, latency, drift, rules }: Observation): ReadonlySet<Rule> {
  const fired = new Set<Rule>()
  // The worst first: the rationale tells them in this order.
  if (reaches(rocAuc.dropPct, rules.aucDropCriticalPct)) fired.add('roc_auc_critical')
  if (isDrifted(drift) && reaches(prAuc.dropPct, rules.prAucDropPct)) fired.add('drift_and_pr_auc')
  if (reaches(rocAuc.dropPct, rules.aucDropWarnPct) && !fired.has('roc_auc_critical')) fired.add('roc_auc_warn')
  if (exceeds(latency.latest, rules.latencyP95Ms) && exceeds(latency.previous, rules.latencyP95Ms)) fired.add('latency')
  if (rocAuc.dropPct === undefined) fired.add('unmeasured')
  return fired
}

function statusOf(fired: ReadonlySet<Rule>): Status {
  if (fired.has('roc_auc_critical') || fired.has('drift_and_pr_auc')) return 'critical'
  return fired.size > 0 ? 'warn' : 'healthy'
}

function act(status: Status, fired: ReadonlySet<Rule>, { step }: Observation): Action[] {
  if (status === 'healthy') return ['do_nothing']
  if (status === 'critical') {
    // Going back ends the fault at once; the training that follows takes its time.
    const back: Action[] = step ? ['roll_back_model'] : []
    return ['open_incident', ...back, 'trigger_retraining', 'page_oncall=false']
  }
  const actions: Action[] = []
  if (fired.has('roc_auc_warn')) actions.push('trigger_retraining')
  if (fired.has('latency')) actions.push('raise_thresholds')
  // Nobody can see how the model does. Training or other thresholds would not mend that: a person must find out where the
  // measurements went, by day.
  return fired.has('unmeasured') ? ['open_incident', ...actions, 'page_oncall=false'] : actions
}

function findingsOf(seen: Observation): Finding[] {
  const { rocAuc, prAuc, latency, drift } = seen
  return [
    { roc_auc_drop_pct: shown(rocAuc.dropPct) },
    { pr_auc_drop_pct: shown(prAuc.dropPct) },
    { latency_p95_ms: shown(latency.latest) },
    { drift_overall: isDrifted(drift) },
    ...limits(seen),
    ...driftFindings(drift),
    ...beyondTheBrief(seen, seen.step),
  ]
}

function shown(value: number | undefined): number | null {
  return value === undefined ? null : roundTo(value, 2)
}

/** What the rules could not see. */
function limits(seen: Observation): Finding[] {
  const reason = whyNoBaseline(seen)
  const missing = missingMetrics(seen)
  return [
    ...(reason === undefined ? [] : [{ no_baseline: reason }]),
    ...(missing.length === 0 ? [] : [{ missing_metrics: missing }]),
    ...(seen.later === 0 ? [] : [{ future_points_dropped: seen.later }]),
    ...(seen.replaced === 0 ? [] : [{ duplicate_points_replaced: seen.replaced }]),
  ]
}

function driftFindings(drift: Observation['drift']): Finding[] {
  if ('missing' in drift) return [{ drift_missing: drift.missing }]
  if (drift.comparesNothing) return [{ drift_missing: 'the report compares no feature' }]
  const { features, threshold } = drift
  if (threshold === undefined) return []
  const moved = [...features].filter(([, psi]) => psi > threshold).sort(([, a], [, b]) => b - a)
  return [
    ...(moved.length > 0 ? [{ drifted_features: moved.map(([name]) => name) }] : []),
    ...(moved.length > 0 !== drift.overallDrift ? [{ drift_report_disagrees: disagreement(moved.length > 0) }] : []),
  ]
}

function disagreement(hasMoved: boolean): string {
  return hasMoved
    ? 'a feature is above the threshold, but overall_drift is false; overall_drift counted'
    : 'no feature is above the threshold, but overall_drift is true; overall_drift counted'
}
