/** Back from encoded rows to raw columns, as model.portable.onnx takes them. */
import type { FeatureMatrix } from './preprocessor.ts'

/** Stands for any value outside the levels. */
const UNLISTED = '\u0001unlisted'

/** One array per feature, by name: numbers with NaN for missing, strings with "" for missing. */
export function decodeMatrix(matrix: FeatureMatrix): Map<string, Float32Array | string[]> {
  const width = matrix.features.length
  const columns = new Map<string, Float32Array | string[]>()
  matrix.features.forEach((spec, f) => {
    const values = Float32Array.from({ length: matrix.rowCount }, (_, row) => matrix.values[row * width + f])
    if (spec.kind === 'number') columns.set(spec.name, values)
    else
      columns.set(
        spec.name,
        Array.from(values, code => (Number.isNaN(code) ? '' : (spec.levels[code - 1] ?? UNLISTED))),
      )
  })
  return columns
}
