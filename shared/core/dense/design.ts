/**
 * The design matrix of the dense families: encoded features as float64 columns of comparable size.
 *
 *   number    → (x - mean) / scale, a missing value counting as the mean
 *   category  → one 0/1 column per level (and one for "other"); all 0 when missing
 *   missing   → one 0/1 column per feature that had a missing value in training
 *
 * `mean` is a float32 value, so that a missing value standardises to exactly 0 in ONNX too.
 */
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'

export type DesignColumn =
  | { readonly kind: 'number'; readonly feature: number; readonly mean: number; readonly scale: number }
  | { readonly kind: 'level'; readonly feature: number; readonly code: number }
  | { readonly kind: 'missing'; readonly feature: number }

/** Chooses the columns from training rows: constant numbers are left out. Numbers first, then levels, then missing. */
export function fitDesign(matrix: FeatureMatrix): DesignColumn[] {
  const numbers: DesignColumn[] = []
  const levels: DesignColumn[] = []
  const missing: DesignColumn[] = []
  matrix.features.forEach((spec, feature) => {
    const { mean, scale, missingCount } = describe(matrix, feature)
    if (missingCount > 0 && missingCount < matrix.rowCount) missing.push({ kind: 'missing', feature })
    if (spec.kind === 'category') {
      const codes = spec.levels.length + (spec.hasOther ? 1 : 0)
      for (let code = 1; code <= codes; code++) levels.push({ kind: 'level', feature, code })
    } else if (scale > 0) {
      numbers.push({ kind: 'number', feature, mean, scale })
    }
  })
  const columns = [...numbers, ...levels, ...missing]
  // Only constant numbers: one column that is 0 on every training row keeps the shape of everything behind it.
  return columns.length > 0 ? columns : [{ kind: 'missing', feature: 0 }]
}

/** Mean (float32) and population standard deviation of the known values, in two passes. */
function describe(matrix: FeatureMatrix, feature: number): { mean: number; scale: number; missingCount: number } {
  const { rowCount, values } = matrix
  const width = matrix.features.length
  let sum = 0
  let known = 0
  for (let row = 0; row < rowCount; row++) {
    const x = values[row * width + feature]
    if (Number.isNaN(x)) continue
    sum += x
    known++
  }
  const mean = known === 0 ? 0 : Math.fround(sum / known)
  let squares = 0
  for (let row = 0; row < rowCount; row++) {
    const x = values[row * width + feature]
    if (!Number.isNaN(x)) squares += (x - mean) ** 2
  }
  return { mean, scale: known === 0 ? 0 : Math.sqrt(squares / known), missingCount: rowCount - known }
}

/** The design rows of `matrix`: [rowCount x columns.length], row-major. */
export function buildDesign(matrix: FeatureMatrix, columns: readonly DesignColumn[]): Float64Array {
  const design = new Float64Array(matrix.rowCount * columns.length)
  const width = matrix.features.length
  columns.forEach((column, index) => {
    for (let row = 0; row < matrix.rowCount; row++) {
      design[row * columns.length + index] = designValue(column, matrix.values[row * width + column.feature])
    }
  })
  return design
}

function designValue(column: DesignColumn, x: number): number {
  switch (column.kind) {
    case 'number':
      return Number.isNaN(x) ? 0 : (x - column.mean) / column.scale
    case 'level':
      return x === column.code ? 1 : 0
    case 'missing':
      return Number.isNaN(x) ? 1 : 0
  }
}
