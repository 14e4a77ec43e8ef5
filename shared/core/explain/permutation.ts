/**
 * Permutation importance (Breiman, 2001; model-agnostic as in Fisher, Rudin and Dominici, 2019): how much ROC-AUC on rows
 * the model never saw drops when the values of one feature are shuffled among them. A drop may be below 0 by chance, and
 * features that say the same share their importance: each stands in for the other.
 */
import { deriveSeed, makeRandom } from '../math/random.ts'
import { sumOf } from '../math/sum.ts'
import { rocAuc } from '../metrics/ranking.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'

/** Scores of any rising scale, one per row. */
export type Predict = (matrix: FeatureMatrix) => ArrayLike<number>

export interface PermutationOptions {
  readonly predict: Predict
  /** Indices of the features to shuffle. */
  readonly features: ArrayLike<number>
  /** Shuffles per feature. >= 2. */
  readonly repeats: number
  readonly seed: number
}

export interface PermutationImportance {
  /** ROC-AUC of the rows as they are. */
  readonly rocAuc: number
  /** In the order of `features`: mean and sample standard deviation (n - 1) over the shuffles. */
  readonly drops: readonly { readonly mean: number; readonly deviation: number }[]
}

/** NaN throughout when a class is absent. */
export function permutationImportance(rows: LabelledMatrix, options: PermutationOptions): PermutationImportance {
  const { matrix, labels } = rows
  const { rowCount, features } = matrix
  const width = features.length
  const values = matrix.values.slice()
  const baseline = rocAuc(options.predict(matrix), labels)
  const order = Uint32Array.from({ length: rowCount }, (_, row) => row)
  const drops = Array.from(options.features, feature => {
    // A stream per feature: which others are shuffled does not matter.
    const random = makeRandom(deriveSeed(options.seed, `permutation.${feature}`))
    order.sort()
    const losses = Array.from({ length: options.repeats }, () => {
      random.shuffleInto(order)
      for (let row = 0; row < rowCount; row++) {
        values[row * width + feature] = matrix.values[order[row] * width + feature]
      }
      return baseline - rocAuc(options.predict({ rowCount, features, values }), labels)
    })
    for (let row = 0; row < rowCount; row++) values[row * width + feature] = matrix.values[row * width + feature]
    const mean = sumOf(losses) / losses.length
    const squares = sumOf(losses.map(loss => (loss - mean) ** 2))
    return { mean, deviation: Math.sqrt(squares / (losses.length - 1)) }
  })
  return { rocAuc: baseline, drops }
}
