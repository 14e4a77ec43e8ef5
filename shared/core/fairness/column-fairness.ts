/** How the groups of one sensitive column fare: a part of fairness.json. */
import type { Disparity } from './disparities.ts'
import type { GroupFacts, GroupRates } from './group-metrics.ts'
import type { TooFew } from './measure.ts'
import type { ThresholdTable } from './threshold-table.ts'

export interface ColumnFairness {
  readonly column: string
  readonly reference: { readonly group: string; readonly chosen_by: 'contract' | 'size' }
  readonly groups: readonly GroupFacts[]
  /** One entry per threshold. */
  readonly at: readonly ThresholdFairness[]
}

export interface ThresholdFairness {
  readonly threshold: number
  readonly groups: readonly GroupRates[]
  readonly demographic_parity: Disparity
  readonly equal_opportunity: Disparity
  readonly predictive_equality: Disparity
  /** What if each group had its own threshold; never applied. */
  readonly threshold_tables: readonly (ThresholdTable | TooFew)[]
}
