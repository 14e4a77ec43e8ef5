/**
 * Features that name rows instead of telling about them. Such a column fits well and says nothing of the next row, which
 * predict even refuses where the contract takes no unknown value.
 */
import type { FeatureSpec } from '../preprocess/preprocessor.ts'

/** One sentence for each category with more values than half the rows of the table. */
export function idNotes(features: readonly FeatureSpec[], rows: number): string[] {
  return features.flatMap(feature => {
    if (feature.kind !== 'category' || feature.levels.length <= rows / 2) return []
    const [values, all] = [feature.levels.length, rows].map(count => count.toLocaleString('en'))
    return [
      `${feature.name} has ${values} values in ${all} rows, as an id has: it says nothing of a new row; ignore in the contract leaves it out`,
    ]
  })
}
