/**
 * What a model does to each group of a sensitive column. Counts first, shares from them, and a reason instead of a number
 * where a group is too small (measure.ts). The groups' counts add up to those of all rows.
 */
import { rocAucInterval } from '../metrics/delong.ts'
import { isPositive } from '../metrics/probability.ts'
import type { Groups } from './groups.ts'
import { type Measured, MIN_CLASS_ROWS, MIN_ROWS, shareOfEnough, tooFew } from './measure.ts'

/** Scores and labels (0 or 1) of the same rows. */
export interface ScoredRows {
  readonly probabilities: ArrayLike<number>
  readonly labels: ArrayLike<number>
}

export interface GroupFacts {
  readonly group: string
  readonly rows: number
  readonly positives: number
  /** Share of positive labels. */
  readonly base_rate: Measured
  /** With DeLong's 95 % interval. */
  readonly roc_auc: Measured
}

export interface GroupRates {
  readonly group: string
  /** Rows at or above the threshold. */
  readonly selected: number
  /** Of those, rows with a positive label. */
  readonly true_positives: number
  /** Share of rows at or above the threshold. */
  readonly selection_rate: Measured
  /** Share of the positives that are selected. */
  readonly true_positive_rate: Measured
  /** Share of the negatives that are selected. */
  readonly false_positive_rate: Measured
  readonly accuracy: Measured
}

export const ENOUGH_ROWS = { needed: MIN_ROWS, kind: 'rows' } as const
export const ENOUGH_POSITIVES = { needed: MIN_CLASS_ROWS, kind: 'positives' } as const
const ENOUGH_NEGATIVES = { needed: MIN_CLASS_ROWS, kind: 'negatives' } as const

/** What does not depend on a threshold; one entry per group, in their order. */
export function describeGroups(groups: Groups, rows: ScoredRows): GroupFacts[] {
  return groups.names.map((group, index) => {
    const own = rowsOfGroup(groups, index, rows)
    const positives = own.labels.reduce((sum, label) => sum + label, 0)
    return {
      group,
      rows: own.labels.length,
      positives,
      base_rate: shareOfEnough(positives, own.labels.length, ENOUGH_ROWS),
      roc_auc: groupRocAuc(own, positives),
    }
  })
}

function groupRocAuc({ probabilities, labels }: GroupRows, positives: number): Measured {
  const negatives = labels.length - positives
  if (positives < MIN_CLASS_ROWS) return tooFew(positives, ENOUGH_POSITIVES)
  if (negatives < MIN_CLASS_ROWS) return tooFew(negatives, ENOUGH_NEGATIVES)
  const { rocAuc, low, high } = rocAucInterval(probabilities, labels)
  return { value: rocAuc, low, high }
}

/** Every group at one threshold, in their order. */
export function ratesAtThreshold(groups: Groups, rows: ScoredRows, threshold: number): GroupRates[] {
  return groups.names.map((group, index) => ratesOf(group, rowsOfGroup(groups, index, rows), threshold))
}

/** The rates of all rows together. */
export function overallRates(rows: ScoredRows, threshold: number): GroupRates {
  const all = { probabilities: Float64Array.from(rows.probabilities), labels: Uint8Array.from(rows.labels) }
  return ratesOf('(all)', all, threshold)
}

function ratesOf(group: string, { probabilities, labels }: GroupRows, threshold: number): GroupRates {
  let selected = 0
  let positives = 0
  let truePositives = 0
  for (let row = 0; row < labels.length; row++) {
    const isSelected = isPositive(probabilities[row], threshold) ? 1 : 0
    selected += isSelected
    positives += labels[row]
    truePositives += labels[row] * isSelected
  }
  const rows = labels.length
  const falsePositives = selected - truePositives
  const right = truePositives + (rows - positives - falsePositives)
  return {
    group,
    selected,
    true_positives: truePositives,
    selection_rate: shareOfEnough(selected, rows, ENOUGH_ROWS),
    true_positive_rate: shareOfEnough(truePositives, positives, ENOUGH_POSITIVES),
    false_positive_rate: shareOfEnough(falsePositives, rows - positives, ENOUGH_NEGATIVES),
    accuracy: shareOfEnough(right, rows, ENOUGH_ROWS),
  }
}

export interface GroupRows {
  readonly probabilities: Float64Array
  readonly labels: Uint8Array
}

export function rowsOfGroup(groups: Groups, group: number, rows: ScoredRows): GroupRows {
  const size = groups.sizes[group]
  const probabilities = new Float64Array(size)
  const labels = new Uint8Array(size)
  for (let row = 0, i = 0; row < groups.groupOf.length; row++) {
    if (groups.groupOf[row] !== group) continue
    probabilities[i] = rows.probabilities[row]
    labels[i++] = rows.labels[row]
  }
  return { probabilities, labels }
}
