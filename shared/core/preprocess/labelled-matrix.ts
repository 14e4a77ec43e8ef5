/** Encoded rows with their labels: what every family is fitted and judged on. */
import type { FeatureMatrix } from './preprocessor.ts'

export interface LabelledMatrix {
  readonly matrix: FeatureMatrix
  /** 0 or 1, one per row. */
  readonly labels: Uint8Array
  /** How much each row counts in training, above 0; absent: 1 each. Rows are judged unweighted. */
  readonly weights?: Float64Array
}

/** The rows at `rows` (indices from 0) as a matrix of their own, without weights: those belong to one choice of rows. */
export function selectLabelledRows({ matrix, labels }: LabelledMatrix, rows: Uint32Array): LabelledMatrix {
  const selected = new Uint8Array(rows.length)
  for (let i = 0; i < rows.length; i++) selected[i] = labels[rows[i]]
  return { matrix: selectMatrixRows(matrix, rows), labels: selected }
}

export function selectMatrixRows(matrix: FeatureMatrix, rows: Uint32Array): FeatureMatrix {
  const width = matrix.features.length
  const values = new Float32Array(rows.length * width)
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i] * width
    for (let f = 0; f < width; f++) values[i * width + f] = matrix.values[start + f]
  }
  return { rowCount: rows.length, features: matrix.features, values }
}
