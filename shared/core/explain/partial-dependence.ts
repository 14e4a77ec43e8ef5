/**
 * Partial dependence (Friedman, 2001): the mean probability of a sample of rows when one feature is set to the same value in
 * all of them. Where features move together, some of these rows could not be: read it as what the model does, not what would
 * happen.
 */
import { quantileSorted } from '../math/quantile.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import type { Predict } from './permutation.ts'

export interface DependencePoint {
  /** As encoded: a float32 number, a category's code, NaN for missing. */
  readonly value: number
  readonly probability: number
}

export interface DependenceOptions {
  readonly predict: Predict
  /**
   * Most values. Of a number quantiles of the known values, evenly spaced from the least to the most; of a category of more
   * levels the most frequent ones. >= 2.
   */
  readonly gridPoints: number
}

/** Rising in the value; missing comes last, where the sample has missing values. */
export function partialDependence(
  sample: FeatureMatrix,
  feature: number,
  options: DependenceOptions,
): DependencePoint[] {
  const { rowCount, features, values } = sample
  const width = features.length
  const column = Float32Array.from({ length: rowCount }, (_, row) => values[row * width + feature])
  const grid = gridOf(sample, feature, column, options.gridPoints)
  // All grid values in one matrix: one prediction call, whatever a call costs.
  const all = new Float32Array(grid.length * values.length)
  grid.forEach((value, g) => {
    all.set(values, g * values.length)
    for (let row = 0; row < rowCount; row++) all[g * values.length + row * width + feature] = value
  })
  const probabilities = options.predict({ rowCount: grid.length * rowCount, features, values: all })
  return grid.map((value, g) => {
    let sum = 0
    for (let row = 0; row < rowCount; row++) sum += probabilities[g * rowCount + row]
    return { value, probability: sum / rowCount }
  })
}

function gridOf({ features }: FeatureMatrix, feature: number, column: Float32Array, gridPoints: number): number[] {
  const spec = features[feature]
  const known = column.filter(value => !Number.isNaN(value)).sort()
  const missing = known.length < column.length ? [Number.NaN] : []
  if (spec.kind === 'category') {
    const codes = Array.from({ length: spec.levels.length + (spec.hasOther ? 1 : 0) }, (_, i) => i + 1)
    return [...mostFrequent(codes, known, gridPoints), ...missing]
  }
  if (known.length === 0) return missing
  const distinct = [...new Set(known)]
  if (distinct.length <= gridPoints) return [...distinct, ...missing]
  const quantiles = Array.from({ length: gridPoints }, (_, i) =>
    Math.fround(quantileSorted(known, i / (gridPoints - 1))),
  )
  return [...new Set(quantiles), ...missing]
}

/** In their own order; of equally frequent codes the first. */
function mostFrequent(codes: readonly number[], known: Float32Array, most: number): number[] {
  if (codes.length <= most) return [...codes]
  const counts = new Uint32Array(codes.length + 1)
  for (const code of known) counts[code]++
  const kept = new Set(codes.toSorted((a, b) => counts[b] - counts[a] || a - b).slice(0, most))
  return codes.filter(code => kept.has(code))
}
