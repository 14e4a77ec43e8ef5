/**
 * The rules for a single value, shared by tables and by rows to predict, so that both accept the same values and say the
 * same about the others. A value passes when `NumberRange` holds it, or when a category's levels have it.
 */
import { quoteValue } from '../errors.ts'
import type { CategoryFeature, Feature, NumberFeature } from './contract.ts'

/** Stable codes of everything that can be wrong with rows, in tables and over HTTP. */
export type RowProblemCode =
  | 'missing_field'
  | 'unknown_field'
  | 'wrong_type'
  | 'not_integer'
  | 'out_of_range'
  | 'unknown_category'
  | 'not_a_row'
  | 'empty_request'
  | 'too_many_rows'

/** A Problem without its place. */
export interface FieldProblem {
  readonly field: string
  readonly code: RowProblemCode
  readonly message: string
}

/** Largest finite float32: models compute in float32, where more would be Infinity. */
export const MAX_FLOAT32 = 3.4028234663852886e38

/** Said where a bound of the contract is not the reason. */
const FLOAT32_NUMBERS = `numbers from -${MAX_FLOAT32} to ${MAX_FLOAT32}, which is what float32 holds`

/** A number passes when low <= x <= high, and is whole where `integer`; NaN and the infinities never do. */
export interface NumberRange {
  readonly low: number
  readonly high: number
  readonly integer: boolean
}

export function numberRange(feature: NumberFeature): NumberRange {
  return {
    low: Math.max(feature.minimum ?? -MAX_FLOAT32, -MAX_FLOAT32),
    high: Math.min(feature.maximum ?? MAX_FLOAT32, MAX_FLOAT32),
    integer: feature.type === 'integer',
  }
}

/** What is wrong with a number, or undefined. `shown` is the value as its writer put it, where that is not the number. */
export function numberProblem(feature: NumberFeature, value: number, shown: unknown = value): FieldProblem | undefined {
  const { low, high, integer } = numberRange(feature)
  const isInside = value >= low && value <= high
  if (isInside && (!integer || Number.isInteger(value))) return undefined
  if (isInside) return problem(feature, 'not_integer', quoteValue(shown), allowedText(feature))
  const isHuge = Math.abs(value) > MAX_FLOAT32
  return problem(feature, 'out_of_range', quoteValue(shown), isHuge ? FLOAT32_NUMBERS : allowedText(feature))
}

/** A string that is none of the category's `levels` (undefined: any but the empty one is allowed). */
export function categoryProblem(feature: CategoryFeature, value: string, levels?: readonly string[]): FieldProblem {
  return problem(feature, 'unknown_category', quoteValue(value), allowedText(feature, levels))
}

/** A value of no use for this feature whatever it is: a boolean, a list, a string for a number, a number for a category. */
export function wrongTypeProblem(feature: Feature, value: unknown, levels?: readonly string[]): FieldProblem {
  return problem(feature, 'wrong_type', quoteValue(value), allowedText(feature, levels))
}

/** A missing value where there must be one. `value`: undefined (absent), null, or the cell that means missing. */
export function missingProblem(feature: Feature, value: unknown, levels?: readonly string[]): FieldProblem {
  const shown = typeof value === 'string' ? `missing (${quoteValue(value)})` : quoteValue(value)
  return problem(feature, 'missing_field', shown, allowedText(feature, levels))
}

/** The quoted values of a long list that a message repeats. */
const MAX_LISTED_LEVELS = 20

/** What a feature may be, in words: `Basic, Standard, Pro`, `a number from 0 to 100`, `an integer of at least 0`. */
function allowedText(feature: Feature, levels?: readonly string[]): string {
  return feature.type === 'category' ? levelsText(levels ?? feature.values) : allowedNumbers(feature)
}

function problem({ name }: Feature, code: RowProblemCode, shown: string, allowed: string): FieldProblem {
  return { field: name, code, message: `${name} is ${shown}; allowed: ${allowed}` }
}

/** `Basic, Standard, Pro`, cut after 20 values. */
export function levelsText(levels: readonly string[] | undefined): string {
  if (levels === undefined) return 'any string but the empty one'
  if (levels.length <= MAX_LISTED_LEVELS) return levels.join(', ')
  return `${levels.slice(0, MAX_LISTED_LEVELS).join(', ')}, … (${levels.length} values)`
}

function allowedNumbers({ type, minimum, maximum }: NumberFeature): string {
  const noun = type === 'integer' ? 'an integer' : 'a number'
  if (minimum !== undefined && maximum !== undefined) return `${noun} from ${minimum} to ${maximum}`
  if (minimum !== undefined) return `${noun} of at least ${minimum}`
  if (maximum !== undefined) return `${noun} of at most ${maximum}`
  return noun
}
