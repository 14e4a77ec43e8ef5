/**
 * Rows encoded for one model, as another reads them: columns by name, categories from code to code by their levels. So two
 * models are compared on the same rows although the one has learnt more levels, or reads more columns.
 */
import { type FeatureMatrix, type FeatureSpec, levelCodes, otherCode } from './preprocessor.ts'

/** What keeps a model from reading the rows, one clause each. */
export interface Unreadable {
  readonly unreadable: readonly string[]
}

/** The rows as the model with these inputs reads them; Unreadable where it could not have answered one of them. */
export function recodeMatrix(matrix: FeatureMatrix, specs: readonly FeatureSpec[]): FeatureMatrix | Unreadable {
  const width = matrix.features.length
  const values = new Float32Array(matrix.rowCount * specs.length)
  const unreadable: string[] = []
  for (const [f, spec] of specs.entries()) {
    const at = matrix.features.findIndex(({ name }) => name === spec.name)
    const own = matrix.features[at]
    if (own?.kind !== spec.kind) {
      unreadable.push(own ? `${spec.name} is a ${own.kind} here` : `there is no ${spec.name}`)
      continue
    }
    const codes = own.kind === 'category' && spec.kind === 'category' ? codeTable(own, spec) : undefined
    let unknown = 0
    for (let row = 0; row < matrix.rowCount; row++) {
      const value = matrix.values[row * width + at]
      // A missing category is NaN on both sides.
      const code = codes && !Number.isNaN(value) ? codes[value] : value
      if (code === UNKNOWN && codes) unknown++
      values[row * specs.length + f] = code
    }
    if (unknown > 0) unreadable.push(`${spec.name} has values it does not know, in ${unknown} rows`)
  }
  return unreadable.length > 0 ? { unreadable } : { rowCount: matrix.rowCount, features: specs, values }
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
