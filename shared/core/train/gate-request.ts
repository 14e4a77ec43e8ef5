/** What the gate is asked: the answers of champion and challenger about the same labelled rows, and the run's rules. */
import type { SensitiveValues } from '../fairness/groups.ts'

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
  /** Rows that a group needs to be in a gap. */
  readonly min_group_rows: number
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
