/** What can make a plan other than healthy; rules.ts says when each fires. */
export type Rule =
  /** ROC-AUC down by the critical bound or more. */
  | 'roc_auc_critical'
  /** Drift, and PR-AUC down by its bound or more. */
  | 'drift_and_pr_auc'
  /** ROC-AUC down by the warning bound or more, but not by the critical one. */
  | 'roc_auc_warn'
  /** p95 latency above its bound at both of the latest two points. */
  | 'latency'
  /** The drop of ROC-AUC cannot be measured. */
  | 'unmeasured'
