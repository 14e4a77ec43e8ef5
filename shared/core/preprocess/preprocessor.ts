/**
 * From a table to what a model reads: one float32 row per table row, features in the contract's order.
 *
 *   number   → the value rounded to float32; NaN = missing
 *   category → its code: 1..k for levels[0..k-1], k + 1 for "other" (only where hasOther); NaN = missing
 */
import type { Contract } from '../contract/contract.ts'
import type { Monotone } from '../contract/contract-document.ts'
import { levelsText } from '../contract/field-rules.ts'
import { type Problem, quoteValue } from '../errors.ts'
import { ProblemList } from '../problem-list.ts'
import { type CategoryColumn, categoryColumn, numberColumn, type Table } from '../table/table.ts'

/** One model input, resolved: everything encoding needs, stored in model.json. */
export type FeatureSpec =
  | {
      readonly name: string
      readonly kind: 'number'
      /** How the answer must go while the number rises; absent: as it likes. */
      readonly monotone?: Monotone
    }
  | { readonly name: string; readonly kind: 'category'; readonly levels: readonly string[]; readonly hasOther: boolean }

/** Encoded rows. Row-major: value of row r, feature f is values[r * features.length + f]. */
export interface FeatureMatrix {
  readonly rowCount: number
  readonly features: readonly FeatureSpec[]
  /** [rowCount x features.length] */
  readonly values: Float32Array
}

/**
 * The inputs that a contract and its training table give. A category without declared values has those of the table,
 * sorted by code unit, so that the order of the rows does not matter.
 */
export function fitPreprocessor(table: Table, contract: Contract): FeatureSpec[] {
  const problems = new ProblemList()
  const specs = contract.features.map((feature): FeatureSpec => {
    const { name } = feature
    if (feature.type !== 'category') {
      return { name, kind: 'number', ...(feature.monotone === undefined ? {} : { monotone: feature.monotone }) }
    }
    const levels = feature.values ?? seenLevels(categoryColumn(table, name)).sort()
    if (levels.length === 0) {
      const message = `${name} is missing in every row; allowed: a value in at least one row`
      problems.add(() => ({ field: name, code: 'missing_field', message }))
    }
    return { name, kind: 'category', levels, hasOther: feature.unknown === 'other' }
  })
  problems.throwIfAny('INVALID_TABLE', 'training table')
  return specs
}

/** A table made by selectRows keeps levels that none of its rows has. */
function seenLevels({ codes, levels }: CategoryColumn): string[] {
  const isSeen = new Uint8Array(levels.length + 1)
  for (let row = 0; row < codes.length; row++) isSeen[codes[row]] = 1
  return levels.filter((_, i) => isSeen[i + 1] === 1)
}

/** Gives memory for so many bytes, for example where other threads can read it too. */
export type Allocate = (byteLength: number) => ArrayBufferLike

const ownMemory: Allocate = byteLength => new ArrayBuffer(byteLength)

/**
 * The table as the model reads it, in memory from `allocate`. Throws INVALID_TABLE for a level that the specs do not know
 * and have no "other" for.
 */
export function encodeTable(table: Table, specs: readonly FeatureSpec[], allocate = ownMemory): FeatureMatrix {
  const { rowCount } = table
  const width = specs.length
  const values = new Float32Array(allocate(4 * rowCount * width))
  const problems = new ProblemList()
  for (const [f, spec] of specs.entries()) {
    if (spec.kind === 'number') {
      const column = numberColumn(table, spec.name).values
      for (let row = 0; row < rowCount; row++) values[row * width + f] = column[row]
      continue
    }
    const { codes, levels } = categoryColumn(table, spec.name)
    const encoded = encodedCodes(levels, spec)
    for (let row = 0; row < rowCount; row++) {
      const code = encoded[codes[row]]
      if (code === UNKNOWN) problems.add(() => unknownLevel(row, spec, levels[codes[row] - 1]))
      values[row * width + f] = code
    }
  }
  problems.throwIfAny('INVALID_TABLE', 'table')
  return { rowCount, features: specs, values }
}

type CategorySpec = Extract<FeatureSpec, { kind: 'category' }>

/** Stands for a level without a code; no code is negative. */
const UNKNOWN = -1

/** The code of each level of a category, as every encoder writes it. */
export function levelCodes(spec: CategorySpec): Map<string, number> {
  return new Map(spec.levels.map((level, i) => [level, i + 1]))
}

/** The code of a level outside the spec's, where the spec has one. */
export function otherCode(spec: CategorySpec): number | undefined {
  return spec.hasOther ? spec.levels.length + 1 : undefined
}

/** [code in the table's column] → code for the model: NaN for missing. Each level is looked up once, not once a row. */
function encodedCodes(levels: readonly string[], spec: CategorySpec): Float64Array {
  const codes = levelCodes(spec)
  const unknown = otherCode(spec) ?? UNKNOWN
  return Float64Array.from([Number.NaN, ...levels.map(level => codes.get(level) ?? unknown)])
}

function unknownLevel(row: number, { name, levels }: CategorySpec, level: string): Problem {
  const message = `row ${row + 1}: ${name} is ${quoteValue(level)}; allowed: ${levelsText(levels)}`
  return { field: name, code: 'unknown_category', message }
}
