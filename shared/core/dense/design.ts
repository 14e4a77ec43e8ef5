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

/**
 * Design rows as the fits read them: the numbers as they are, and for the 0/1 columns only those that are 1, at most one
 * per feature, so that a feature of 5,000 levels costs a row one addition and not 5,000.
 */
export interface CompactDesign {
  readonly rowCount: number
  /** Columns in all, the numbers first. */
  readonly width: number
  readonly numberCount: number
  /** [rowCount x numberCount], row-major; entry j belongs to column j. */
  readonly numbers: Float64Array
  readonly slotCount: number
  /** [rowCount x slotCount]: the column that is 1, or NO_COLUMN. */
  readonly active: Int32Array
}

export const NO_COLUMN = -1

export function compactDesign(matrix: FeatureMatrix, columns: readonly DesignColumn[]): CompactDesign {
  const { rowCount, values } = matrix
  const width = matrix.features.length
  const numberColumns = columns.flatMap(column => (column.kind === 'number' ? [column] : []))
  const numberCount = numberColumns.length
  const numbers = new Float64Array(rowCount * numberCount)
  numberColumns.forEach((column, j) => {
    for (let row = 0; row < rowCount; row++) {
      const x = values[row * width + column.feature]
      numbers[row * numberCount + j] = Number.isNaN(x) ? 0 : (x - column.mean) / column.scale
    }
  })
  const slots = indicatorSlots(columns)
  const active = new Int32Array(rowCount * slots.length).fill(NO_COLUMN)
  slots.forEach(({ feature, levelColumns, missingColumn }, slot) => {
    for (let row = 0; row < rowCount; row++) {
      const x = values[row * width + feature]
      active[row * slots.length + slot] = Number.isNaN(x) ? missingColumn : (levelColumns.get(x) ?? NO_COLUMN)
    }
  })
  return { rowCount, width: columns.length, numberCount, numbers, slotCount: slots.length, active }
}

interface IndicatorSlot {
  readonly feature: number
  /** Column by code. */
  readonly levelColumns: Map<number, number>
  missingColumn: number
}

/** One slot for each feature with 0/1 columns: a value is one level or missing, never both. */
function indicatorSlots(columns: readonly DesignColumn[]): IndicatorSlot[] {
  const slots = new Map<number, IndicatorSlot>()
  columns.forEach((column, index) => {
    if (column.kind === 'number') return
    const { feature } = column
    const slot = slots.get(feature) ?? { feature, levelColumns: new Map(), missingColumn: NO_COLUMN }
    slots.set(feature, slot)
    if (column.kind === 'level') slot.levelColumns.set(column.code, index)
    else slot.missingColumn = index
  })
  return [...slots.values()]
}
