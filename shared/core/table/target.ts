/**
 * The target as numbers. A target has exactly two values, and one of them is the contract's `positive`. Where `positive`
 * is a number, cells are compared as numbers: "1" and "1.0" are one class.
 */
import { AppError, quoteValue } from '../errors.ts'
import { parseDecimal } from './decimal.ts'
import { categoryColumn, type Table } from './table.ts'

export interface TargetDeclaration {
  readonly target: { readonly column: string; readonly positive: string | number }
}

/** A class as answered: a number where the contract's author typed a number. */
type ClassValue = string | number

export interface TargetLabels {
  /** length = rowCount; 1 = positive, 0 = negative. */
  readonly labels: Uint8Array
  readonly classes: readonly [negative: ClassValue, positive: ClassValue]
}

/** `contract` is a Contract. Throws INVALID_TABLE when the column has not exactly its two classes. */
export function targetLabels(table: Table, contract: TargetDeclaration): TargetLabels {
  const { column, positive } = contract.target
  const { codes, levels } = categoryColumn(table, column)
  const rowsOf = new Uint32Array(levels.length + 1)
  for (let row = 0; row < codes.length; row++) rowsOf[codes[row]]++
  const refuse = (message: string) => new AppError('INVALID_TABLE', `target ${column} ${message}`)
  if (rowsOf[0] > 0) throw refuse(`is missing in ${rowsOf[0]} of ${table.rowCount} rows; allowed: a value in every row`)

  const toClass = (level: string): ClassValue => (typeof positive === 'number' ? (parseDecimal(level) ?? level) : level)
  const classOfCode = [positive, ...levels.map(toClass)]
  const seen = [...new Set(classOfCode.filter((_, code) => code > 0 && rowsOf[code] > 0))]
  const shown = listValues(seen)
  if (seen.length === 0) throw refuse('has no rows; allowed: rows of two classes')
  if (!seen.includes(positive)) {
    throw refuse(`never is ${quoteValue(positive)}, the positive class of the contract; it is ${shown}`)
  }
  if (seen.length === 1) throw refuse(`is ${shown} in every row; allowed: rows of two classes`)
  if (seen.length > 2)
    throw refuse(`has ${seen.length} values, ${shown}; allowed: two (target.labels can join spellings)`)

  const negative = seen[0] === positive ? seen[1] : seen[0]
  const labelOfCode = Uint8Array.from(classOfCode, value => (value === positive ? 1 : 0))
  const labels = new Uint8Array(codes.length)
  for (let row = 0; row < codes.length; row++) labels[row] = labelOfCode[codes[row]]
  return { labels, classes: [negative, positive] }
}

/**
 * Labels by the two classes that a model has learnt, for judging it: a table may have rows of one class only. Throws
 * INVALID_TABLE for any other value. `firstRow`: where the rows begin in a table of which they are a piece.
 */
export function labelsByClasses(
  table: Table,
  contract: TargetDeclaration,
  classes: TargetLabels['classes'],
  { firstRow }: { readonly firstRow?: number } = {},
): Uint8Array {
  const { column, positive } = contract.target
  const { codes, levels } = categoryColumn(table, column)
  const labelOfCode = levels.map(level =>
    classes.indexOf(typeof positive === 'number' ? (parseDecimal(level) ?? level) : level),
  )
  return Uint8Array.from(codes, (code, row) => {
    const label = code === 0 ? -1 : labelOfCode[code - 1]
    if (label !== -1) return label
    const came = code === 0 ? 'missing' : quoteValue(levels[code - 1])
    const place = firstRow === undefined ? `row ${row + 1} of ${table.rowCount}` : `row ${firstRow + row + 1}`
    throw new AppError('INVALID_TABLE', `target ${column} is ${came} in ${place}; allowed: ${listValues(classes)}`)
  })
}

const MAX_LISTED_VALUES = 10

function listValues(values: readonly ClassValue[]): string {
  const more = values.length > MAX_LISTED_VALUES ? ', …' : ''
  return values.slice(0, MAX_LISTED_VALUES).map(quoteValue).join(', ') + more
}
