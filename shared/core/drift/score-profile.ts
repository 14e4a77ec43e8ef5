/**
 * How a model answered a sample: the distribution of its scores, the share it calls positive, and, where rows have labels,
 * what it promised them against what came.
 */
import { type NumberProfile, profileNumbers } from './column-profile.ts'

/** A row whose label is not known. */
export const NO_LABEL = 255

export interface ScoredRows {
  /** Probabilities, one per scored row. */
  readonly scores: ArrayLike<number>
  /** 1, 0 or NO_LABEL, one per scored row; absent: no row has a label. */
  readonly labels?: ArrayLike<number>
  /** A row is positive when its score >= threshold. */
  readonly threshold: number
  /** Rows that were to be scored and that the contract refuses. */
  readonly refused?: number
}

export interface ScoreProfile {
  readonly numbers: NumberProfile
  readonly threshold: number
  readonly rows: number
  readonly refused: number
  readonly positives: number
  readonly meanScore: number
  /** null: no row has a label. */
  readonly labelled: LabelledScores | null
}

export interface LabelledScores {
  readonly rows: number
  readonly positives: number
  readonly meanScore: number
}

export function makeScoreProfile(scored: ScoredRows, mostValues: number): ScoreProfile {
  const { scores, labels, threshold, refused = 0 } = scored
  if (labels !== undefined && labels.length !== scores.length) {
    throw new RangeError(`${labels.length} labels for ${scores.length} scores`)
  }
  // As predict compares: both sides as float32.
  const bound = Math.fround(threshold)
  const labelled = { rows: 0, positives: 0, sum: 0 }
  let positives = 0
  let sum = 0
  for (let row = 0; row < scores.length; row++) {
    sum += scores[row]
    if (scores[row] >= bound) positives++
    const label = labels?.[row] ?? NO_LABEL
    if (label === NO_LABEL) continue
    labelled.rows++
    labelled.positives += label
    labelled.sum += scores[row]
  }
  return {
    numbers: profileNumbers(scores, { mostValues }),
    threshold,
    rows: scores.length,
    refused,
    positives,
    meanScore: scores.length === 0 ? 0 : sum / scores.length,
    labelled:
      labelled.rows === 0
        ? null
        : { rows: labelled.rows, positives: labelled.positives, meanScore: labelled.sum / labelled.rows },
  }
}
