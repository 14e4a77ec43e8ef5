/**
 * Rows encoded for one model, as another reads them: columns by name, categories from code to code by their levels. So two
 * models are compared on the same rows although the one has learnt more levels, or reads more columns.
 */
import { type FeatureMatrix, type FeatureSpec, levelCodes, otherCode } from './preprocessor.ts'

/** What keeps a model from reading the rows, one clause each. */
export interface Unreadable {
  readonly unreadable: readonly string[]
}

export interface RecodedMatrix extends FeatureMatrix {
  /** Rows with a category that the other model does not know, [row] → 1, and in which columns; absent: there are none. */
  readonly refused?: { readonly rows: Uint8Array; readonly columns: readonly string[] }
}

/** The rows as the model with these inputs reads them; Unreadable where it could answer none of them. */
export function recodeMatrix(matrix: FeatureMatrix, specs: readonly FeatureSpec[]): RecodedMatrix | Unreadable {
  const width = matrix.features.length
  const values = new Float32Array(matrix.rowCount * specs.length)
  const unreadable: string[] = []
  const refused = { rows: new Uint8Array(matrix.rowCount), columns: [] as string[] }
  for (const [f, spec] of specs.entries()) {
    const at = matrix.features.findIndex(({ name }) => name === spec.name)
    const own = matrix.features[at]
    if (own?.kind !== spec.kind) {
      unreadable.push(own ? `${spec.name} is a ${own.kind} here` : `there is no ${spec.name}`)
      continue
    }
    const codes = own.kind === 'category' && spec.kind === 'category' ? codeTable(own, spec) : undefined
    let unknown = false
    for (let row = 0; row < matrix.rowCount; row++) {
      const value = matrix.values[row * width + at]
      // A missing category is NaN on both sides.
      const code = codes && !Number.isNaN(value) ? codes[value] : value
      if (codes && code === UNKNOWN) {
        refused.rows[row] = 1
        unknown = true
      }
      values[row * specs.length + f] = code
    }
    if (unknown) refused.columns.push(spec.name)
  }
  if (unreadable.length > 0) return { unreadable }
  return { rowCount: matrix.rowCount, features: specs, values, ...(refused.columns.length > 0 ? { refused } : {}) }
}

/** Stands for a level that the other model refuses; no code is negative. */
const UNKNOWN = -1

type CategorySpec = Extract<FeatureSpec, { kind: 'category' }>

/** [code here] → code there. */
function codeTable(own: CategorySpec, other: CategorySpec): Float32Array {
  const codes = levelCodes(other)
  const rest = otherCode(other) ?? UNKNOWN
  // "other" here is a level that the other model may know by name, unless all of its levels have names here.
  const sameRest = other.levels.every(level => own.levels.includes(level)) ? rest : UNKNOWN
  return Float32Array.from([UNKNOWN, ...own.levels.map(level => codes.get(level) ?? rest), sameRest])
}
