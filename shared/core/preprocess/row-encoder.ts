/**
 * Rows as they come in a request, checked and encoded in one pass: the checked rows are never written down anywhere else.
 * Gives the same bytes as `encodeTable` of a table with the same rows. A row is a plain object whose own keys are exactly
 * the features; keys of a nullable feature may be absent.
 */
import type { Contract, Feature } from '../contract/contract.ts'
import {
  categoryProblem,
  type FieldProblem,
  missingProblem,
  numberProblem,
  numberRange,
  wrongTypeProblem,
} from '../contract/field-rules.ts'
import { nearestName } from '../contract/nearest-name.ts'
import { AppError, quoteValue } from '../errors.ts'
import { ProblemList, plural } from '../problem-list.ts'
import { type FeatureSpec, levelCodes, otherCode } from './preprocessor.ts'

export interface EncodedRows {
  readonly rowCount: number
  /** Row-major [rowCount x features.length], as in FeatureMatrix. */
  readonly values: Float32Array
}

/** Throws INVALID_ROWS with the problems of all rows; the index of a row counts from 0. */
export type RowEncoder = (rows: readonly unknown[]) => EncodedRows

/** One feature made ready for the loop over rows. */
interface Input {
  readonly feature: Feature
  readonly name: string
  readonly low: number
  readonly high: number
  readonly integer: boolean
  /** undefined for a number. */
  readonly codes: ReadonlyMap<string, number> | undefined
  readonly levels: readonly string[] | undefined
  readonly otherCode: number | undefined
}

/** `specs` are the model's inputs in order; `contract` is the one they were made by. */
export function makeRowEncoder(contract: Contract, specs: readonly FeatureSpec[]): RowEncoder {
  const inputs = specs.map(spec => makeInput(contract, spec))
  const positions: ReadonlyMap<string, number> = new Map(inputs.map(({ name }, f) => [name, f]))
  const describeUnknown = unknownFieldDescriber(contract)

  return rows => {
    const pass: Pass = { values: new Float32Array(rows.length * inputs.length), problems: new ProblemList() }
    const { values, problems } = pass
    let badRows = 0
    for (let r = 0; r < rows.length; r++) {
      const before = problems.count
      const row = rows[r]
      if (isPlainObject(row)) {
        const present = encodeFields(pass, r, row, inputs, positions, describeUnknown)
        if (present < inputs.length) settleAbsent(pass, r, row, inputs)
      } else {
        addNotARow(problems, r, row)
      }
      if (problems.count > before) badRows++
    }
    if (problems.count > 0) throw invalidRows(problems, badRows)
    return { rowCount: rows.length, values }
  }
}

/** What one call gathers. */
interface Pass {
  readonly values: Float32Array
  readonly problems: ProblemList
}

function makeInput(contract: Contract, spec: FeatureSpec): Input {
  const { name, kind } = spec
  const feature = contract.features.find(declared => declared.name === name)
  if (feature === undefined || (feature.type === 'category') !== (kind === 'category')) {
    throw new Error(`model input "${name}" (${kind}) is no feature of contract ${contract.name}`)
  }
  const range = feature.type === 'category' ? { low: 0, high: 0, integer: false } : numberRange(feature)
  const category =
    kind === 'category'
      ? { codes: levelCodes(spec), levels: spec.levels, otherCode: otherCode(spec) }
      : { codes: undefined, levels: undefined, otherCode: undefined }
  return { feature, name, ...range, ...category }
}

/** What JSON.parse makes of `{…}`. */
function isPlainObject(row: unknown): row is Record<string, unknown> {
  if (typeof row !== 'object' || row === null) return false
  const prototype = Object.getPrototypeOf(row)
  return prototype === Object.prototype || prototype === null
}

/**
 * Encodes the keys that a row has and returns how many features they were. Walks the row's own keys, not the features:
 * V8 reads `row[key]` inside for-in without a lookup, extra keys show themselves, and nothing is ever found in a
 * prototype. Allocates nothing while the row is right.
 */
function encodeFields(
  { values, problems }: Pass,
  r: number,
  row: Record<string, unknown>,
  inputs: readonly Input[],
  positions: ReadonlyMap<string, number>,
  describeUnknown: UnknownFieldDescriber,
): number {
  const start = r * inputs.length
  let present = 0
  let next = 0
  for (const key in row) {
    // Most senders keep the contract's order, so the next feature is tried before the map.
    const f = next < inputs.length && inputs[next].name === key ? next : positions.get(key)
    if (f === undefined) {
      addUnknownField(problems, r, key, describeUnknown)
      continue
    }
    next = f + 1
    present++
    const value = row[key]
    const input = inputs[f]
    const { codes } = input
    if (codes === undefined) {
      if (typeof value === 'number' && value >= input.low && value <= input.high) {
        if (!input.integer || Number.isInteger(value)) {
          values[start + f] = value
          continue
        }
      }
    } else if (typeof value === 'string') {
      const code = codes.get(value)
      if (code !== undefined) {
        values[start + f] = code
        continue
      }
    }
    settleInto(values, start + f, problems, r, input, value)
  }
  return present
}

/** The features that a row has no key for: missing where that is allowed. */
function settleAbsent({ values, problems }: Pass, r: number, row: object, inputs: readonly Input[]): void {
  for (const [f, input] of inputs.entries()) {
    if (!Object.hasOwn(row, input.name)) settleInto(values, r * inputs.length + f, problems, r, input, undefined)
  }
}

function settleInto(
  values: Float32Array,
  at: number,
  problems: ProblemList,
  row: number,
  input: Input,
  value: unknown,
): void {
  const settled = settle(input, value)
  if (typeof settled === 'number') values[at] = settled
  else problems.add(() => atRow(row, settled()))
}

/** The value of an unusual field (missing, or an unknown category), or what is wrong with it. */
function settle(input: Input, value: unknown): number | (() => FieldProblem) {
  const { feature, levels, otherCode } = input
  // "" is how the portable model spells a missing category, so a row says the same with it.
  const isEmpty = value === undefined || value === null || (value === '' && feature.type === 'category')
  if (isEmpty && feature.nullable) return Number.NaN
  if (value === undefined || value === null) return () => missingProblem(feature, value, levels)
  if (feature.type === 'category' && typeof value === 'string') {
    if (otherCode !== undefined && value !== '') return otherCode
    return () => categoryProblem(feature, value, levels)
  }
  if (feature.type !== 'category' && typeof value === 'number') {
    return () => numberProblem(feature, value)! // the loop has refused it by the same range
  }
  return () => wrongTypeProblem(feature, value, levels)
}

type UnknownFieldDescriber = (name: string) => FieldProblem

function unknownFieldDescriber(contract: Contract): UnknownFieldDescriber {
  const names = contract.features.map(({ name }) => name)
  const neverInputs = new Map([[contract.target.column, 'the target']])
  for (const { name } of contract.sensitive) neverInputs.set(name, 'a sensitive column')
  if (contract.weight !== undefined) neverInputs.set(contract.weight, 'the weight of training rows')
  return name => {
    const shown = quoteValue(name)
    const role = neverInputs.get(name)
    const nearest = nearestName(name, names)
    let message = `${shown} is no field of the contract`
    if (role !== undefined) message = `${shown} is ${role}, which is never an input; leave it out`
    else if (nearest !== undefined) message += `; did you mean ${quoteValue(nearest)}?`
    else message += '; allowed: the features of the contract only'
    return { field: shown.slice(1, -1), code: 'unknown_field', message }
  }
}

function atRow(row: number, { field, code, message }: FieldProblem) {
  return { row, field, code, message }
}

// These two are functions of their own so that no closure captures a variable of the loops: V8 would then allocate a
// context for every row and every key.
function addNotARow(problems: ProblemList, row: number, value: unknown): void {
  const message = `the row is ${quoteValue(value)}; allowed: an object with one key for each feature`
  problems.add(() => ({ row, code: 'not_a_row', message }))
}

function addUnknownField(problems: ProblemList, row: number, name: string, describe: UnknownFieldDescriber): void {
  problems.add(() => atRow(row, describe(name)))
}

function invalidRows(problems: ProblemList, badRows: number): AppError {
  const [first] = problems.listed
  const message =
    problems.count === 1 ? `row ${first.row}: ${first.message}` : problems.summary(` in ${plural(badRows, 'row')}`)
  return new AppError('INVALID_ROWS', message, { problems: problems.listed })
}
