/**
 * fairness.json: what the model does to the groups of each sensitive column, at 0.5 and at its own threshold. Always both
 * demographic parity and equal opportunity, for what helps one may hurt the other. Never NaN: what cannot be measured says
 * why. Measured on held-out rows; sensitive columns are no inputs of the model.
 */
import { sumOf } from '../math/sum.ts'
import type { ColumnFairness, ThresholdFairness } from './column-fairness.ts'
import { disparityOf, type Parity, type Reference } from './disparities.ts'
import { describeGroups, type GroupRates, overallRates, ratesAtThreshold, type ScoredRows } from './group-metrics.ts'
import { type Groups, groupRows, referenceGroup, type SensitiveValues } from './groups.ts'
import { MIN_CLASS_ROWS, MIN_ROWS } from './measure.ts'
import { type FairnessFinding, findingsOf } from './mitigation.ts'
import { thresholdTable } from './threshold-table.ts'

/** A gap above it gets a sentence on mitigation. */
const GAP_LIMIT = 0.1

export interface FairnessOptions {
  /** The sensitive columns of the rows below. */
  readonly columns: readonly SensitiveValues[]
  /** Of the held-out rows, float32 as the model answers. */
  readonly probabilities: ArrayLike<number>
  /** 0 or 1. */
  readonly labels: ArrayLike<number>
  /** 0.5 and the model's own; equal ones count once. */
  readonly thresholds: readonly number[]
  /** Contract's name, for the commands that findings suggest. */
  readonly contract: string
  /** The column that `--reweigh` named when this model was trained. */
  readonly reweighed?: string
}

export interface FairnessReport {
  readonly schema_version: 1
  readonly rows: number
  readonly positives: number
  /** The column whose groups were reweighed in training; null: none. */
  readonly reweighed: string | null
  readonly gap_limit: number
  readonly minimum: { readonly rows: number; readonly positives: number; readonly negatives: number }
  /** One entry per threshold: all rows together. */
  readonly overall: readonly ({ readonly threshold: number } & Omit<GroupRates, 'group'>)[]
  readonly columns: readonly ColumnFairness[]
  /** One for each gap above the limit. */
  readonly findings: readonly FairnessFinding[]
  /** Term → its definition in a sentence. */
  readonly method: Readonly<Record<string, string>>
}

export function judgeFairness(options: FairnessOptions): FairnessReport {
  const { probabilities, labels } = options
  const rows: ScoredRows = { probabilities, labels }
  const thresholds = [...new Set(options.thresholds)]
  for (const { name, column } of options.columns) {
    const length = column.kind === 'number' ? column.values.length : column.codes.length
    if (length === labels.length && length === probabilities.length) continue
    throw new RangeError(`${name} has ${length} rows, with ${labels.length} labels and ${probabilities.length} scores`)
  }
  const columns = options.columns.map(values => judgeColumn(values, rows, thresholds))
  return {
    schema_version: 1,
    rows: labels.length,
    positives: sumOf(labels),
    reweighed: options.reweighed ?? null,
    gap_limit: GAP_LIMIT,
    minimum: { rows: MIN_ROWS, positives: MIN_CLASS_ROWS, negatives: MIN_CLASS_ROWS },
    overall: thresholds.map(threshold => {
      const { group: _, ...rates } = overallRates(rows, threshold)
      return { threshold, ...rates }
    }),
    columns,
    findings: findingsOf(columns, { ...options, gapLimit: GAP_LIMIT }),
    method: METHOD,
  }
}

function judgeColumn(values: SensitiveValues, rows: ScoredRows, thresholds: readonly number[]): ColumnFairness {
  const groups = groupRows(values.column)
  const group = referenceGroup(groups, values.reference)
  const reference: Reference = { group, name: group === undefined ? (values.reference ?? '') : groups.names[group] }
  return {
    column: values.name,
    reference: { group: reference.name, chosen_by: values.reference === undefined ? 'size' : 'contract' },
    groups: describeGroups(groups, rows),
    at: thresholds.map(threshold => judgeThreshold(groups, rows, { threshold, reference })),
  }
}

const RATES = {
  demographic_parity: 'selection_rate',
  equal_opportunity: 'true_positive_rate',
  predictive_equality: 'false_positive_rate',
} as const satisfies Record<Parity, keyof GroupRates>

function judgeThreshold(
  groups: Groups,
  rows: ScoredRows,
  { threshold, reference }: { readonly threshold: number; readonly reference: Reference },
): ThresholdFairness {
  const rates = ratesAtThreshold(groups, rows, threshold)
  const disparity = (parity: Parity) => {
    const measured = rates.map(own => own[RATES[parity]])
    return disparityOf({ parity, groups, rates: measured, reference })
  }
  return {
    threshold,
    groups: rates,
    demographic_parity: disparity('demographic_parity'),
    equal_opportunity: disparity('equal_opportunity'),
    predictive_equality: disparity('predictive_equality'),
    threshold_tables: (['selection_rate', 'true_positive_rate'] as const).map(equalises =>
      thresholdTable(groups, rows, { equalises, threshold, reference }),
    ),
  }
}

const METHOD = Object.freeze({
  groups: 'Levels of a category, quartiles of a number, and "(missing)" for rows without a value.',
  too_few: `Shares of a group need ${MIN_ROWS} rows, a true positive rate ${MIN_CLASS_ROWS} positives, a false positive rate ${MIN_CLASS_ROWS} negatives, a ROC-AUC both; groups below are left out of the gaps.`,
  demographic_parity: 'Selection rates compared: the share of rows with probability >= threshold.',
  equal_opportunity: 'True positive rates compared: the share of positives that are selected.',
  predictive_equality:
    'False positive rates compared; equalized odds is the larger of this gap and that of equal opportunity.',
  between_groups: 'Highest less lowest rate (Fairlearn: between_groups); ratio is lowest over highest.',
  against_reference:
    "Each group's rate less that of the reference group: the contract's, else the largest group with a value.",
  intervals: "95 %: Wilson's for rates, Newcombe's for differences, DeLong's on the log-odds for ROC-AUC.",
  threshold_tables:
    "For each group the threshold that comes closest to the reference group's rate; advice, never applied, and chosen on the rows it is judged on, so a little too good.",
  impossibility:
    'Where base rates differ, equal selection rates, equal error rates and calibrated scores cannot all hold at once (Kleinberg, Mullainathan and Raghavan 2016; Chouldechova 2017): decide which one the use of the model asks for.',
})
