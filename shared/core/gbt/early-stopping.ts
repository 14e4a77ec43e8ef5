/** When boosting stops: a metric of the validation part that has not become better for a while. */
import { sigmoid } from '../math/sigmoid.ts'
import { logLoss } from '../metrics/probability.ts'
import { averagePrecision, rocAuc } from '../metrics/ranking.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import { addTreeInto, type Tree } from './tree.ts'

/** Of log-odds and labels; higher is better. */
const SCORES = {
  log_loss: (margins: Float64Array, labels: Uint8Array) => -logLoss(margins.map(sigmoid), labels),
  roc_auc: rocAuc,
  average_precision: averagePrecision,
} as const

export type StoppingMetric = keyof typeof SCORES

export interface StoppingOptions {
  /** Trees without a better score of the validation part before boosting stops; 0 = all trees, whatever it says. >= 0. */
  readonly earlyStoppingRounds: number
  /** What is to become better. Ranking metrics ignore how sure the model is; the log loss does not. */
  readonly earlyStoppingMetric: StoppingMetric
}

export interface Stopper {
  /** Adds a tree; true when boosting should stop. */
  add(tree: Tree): boolean
  /** Trees of the best score, the fewest of equals. */
  bestSize(): number
}

/** Watches the validation part as trees are added to `base`. */
export function makeStopper({ matrix, labels }: LabelledMatrix, base: number, options: StoppingOptions): Stopper {
  const score = SCORES[options.earlyStoppingMetric]
  const margins = new Float64Array(matrix.rowCount).fill(base)
  let bestScore = score(margins, labels)
  let best = 0
  let size = 0
  return {
    add(tree) {
      addTreeInto(margins, tree, matrix, { start: 0, end: matrix.rowCount })
      size++
      const reached = score(margins, labels)
      if (reached > bestScore) {
        bestScore = reached
        best = size
      }
      return size - best >= options.earlyStoppingRounds
    },
    bestSize: () => best,
  }
}
