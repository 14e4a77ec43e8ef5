/** The families of a run as candidates for the model, and how sure the choice between them is. */
import type { Comparison } from '../metrics/comparison.ts'
import type { FamilyName } from '../model/manifest.ts'
import type { Setting } from './search-space.ts'

export interface Candidate extends Setting {
  /** On the validation part; of a search the mean over its folds. NaN when the rows lack a class. */
  readonly validationRocAuc: number
}

/**
 * The second best candidate, and DeLong's paired test of the best against it on the rows that chose: the validation part, or
 * the folds of a search. NaN where they are too few to tell.
 */
export interface RunnerUp extends Comparison {
  readonly family: FamilyName
}

/** Their indices, the highest ROC-AUC first; equals and unknown ones in their order. */
export function rankCandidates(candidates: readonly Candidate[]): number[] {
  const scoreOf = (i: number) => {
    const score = candidates[i].validationRocAuc
    return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score
  }
  return [...candidates.keys()].sort((a, b) => Math.sign(scoreOf(b) - scoreOf(a)) || a - b)
}
