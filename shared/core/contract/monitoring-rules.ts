/** The bounds a contract sets for drift and for the monitor, with the defaults of those it leaves out. */

export interface DriftRules {
  /** A feature whose PSI is above this has drifted. > 0. */
  readonly threshold: number
}

/** When the monitor warns. Drops are relative, in percent of the baseline's median, > 0 and <= 100. */
export interface MonitorRules {
  /** ROC-AUC down by this much or more: warn. At most aucDropCriticalPct. */
  readonly aucDropWarnPct: number
  /** ROC-AUC down by this much or more: critical. */
  readonly aucDropCriticalPct: number
  /** PR-AUC down by this much or more, and the data has drifted: critical. */
  readonly prAucDropPct: number
  /** p95 above this at both of the latest two points: warn. */
  readonly latencyP95Ms: number
  /** The baseline is the points of this many days before the latest one. */
  readonly windowDays: number
}

export const DEFAULT_DRIFT_RULES: DriftRules = Object.freeze({ threshold: 0.2 })

export const DEFAULT_MONITOR_RULES: MonitorRules = Object.freeze({
  aucDropWarnPct: 3,
  aucDropCriticalPct: 6,
  prAucDropPct: 5,
  latencyP95Ms: 400,
  windowDays: 7,
})

/** The monitor's rules as they are written. */
export interface MonitorDocument {
  readonly auc_drop_warn_pct?: number
  readonly auc_drop_critical_pct?: number
  readonly pr_auc_drop_pct?: number
  readonly latency_p95_ms?: number
  readonly window_days?: number
}

/** Every rule, with the defaults of those that are not written. */
export function toMonitorRules(written: MonitorDocument = {}): MonitorRules {
  return {
    aucDropWarnPct: written.auc_drop_warn_pct ?? DEFAULT_MONITOR_RULES.aucDropWarnPct,
    aucDropCriticalPct: written.auc_drop_critical_pct ?? DEFAULT_MONITOR_RULES.aucDropCriticalPct,
    prAucDropPct: written.pr_auc_drop_pct ?? DEFAULT_MONITOR_RULES.prAucDropPct,
    latencyP95Ms: written.latency_p95_ms ?? DEFAULT_MONITOR_RULES.latencyP95Ms,
    windowDays: written.window_days ?? DEFAULT_MONITOR_RULES.windowDays,
  }
}
