/** How much each feature contributed to an ensemble. */
import type { TreeEnsemble } from './tree.ts'

/** Summed loss reduction of the splits on each feature: one number >= 0 per feature, in input order. */
export function gainImportance(ensemble: TreeEnsemble, featureCount: number): Float64Array {
  const gains = new Float64Array(featureCount)
  for (const tree of ensemble.trees) {
    for (let node = 0; node < tree.feature.length; node++) {
      if (tree.feature[node] >= 0) gains[tree.feature[node]] += tree.gain[node]
    }
  }
  return gains
}
