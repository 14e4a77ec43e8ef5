/** What the monitor writes, artifacts/agent_plan.yaml: exactly these four keys, and only the six actions. */

export type Status = 'healthy' | 'warn' | 'critical'

export type Action =
  | 'do_nothing'
  | 'trigger_retraining'
  | 'raise_thresholds'
  | 'open_incident'
  | 'roll_back_model'
  | 'page_oncall=false'

/** One key with its value. null: it could not be measured. */
export type Finding = Readonly<Record<string, unknown>>

export interface Plan {
  readonly status: Status
  /** roc_auc_drop_pct, pr_auc_drop_pct, latency_p95_ms and drift_overall first, then whatever else was found. */
  readonly findings: readonly Finding[]
  /** In the order in which they are to be done. */
  readonly actions: readonly Action[]
  /** Sentences for the person on call. */
  readonly rationale: string
}
