/** What each cell of a CSV row goes to: by the names in the file's first row, or by the contract's where it has none. */
import { type Problem, quoteValue } from '../../core/errors.ts'
import type { ColumnBuilder } from './column-builder.ts'
import { type TableBuilder, unknownColumn } from './table-builder.ts'
import type { TableProblems } from './table-problems.ts'

export interface CellPlan {
  /** One for each cell of a row; undefined: the column is skipped. */
  readonly cells: readonly (ColumnBuilder | undefined)[]
  /** false: the first row is already one of the table. */
  readonly isHeader: boolean
}

/** Throws INVALID_TABLE with everything wrong with the header: without it no cell has a meaning. */
export function planCells(
  firstRow: readonly string[],
  line: number,
  builder: TableBuilder,
  problems: TableProblems,
): CellPlan {
  const given = builder.contract.csv.header
  const isHeader = given === undefined || sameNames(given, firstRow)
  const names = given ?? firstRow
  refuseOtherSeparator(firstRow, line, { builder, problems })
  for (const [i, name] of names.entries()) {
    const problem = nameProblem(name, i, names, builder)
    if (problem === undefined) continue
    if (builder.unlisted !== undefined && problem.code === 'unknown_field') builder.unlisted.add(name)
    else problems.add({ line, column: i + 1 }, problem)
  }
  for (const name of builder.columns.keys()) {
    if (names.includes(name) || builder.unlisted !== undefined) continue
    const message = `the column ${quoteValue(name)} is absent; the file has: ${listNames(names)}`
    problems.add({ line }, { field: name, code: 'missing_field', message })
  }
  problems.throwIfAny()
  return { cells: names.map(name => builder.columns.get(name)), isHeader }
}

/** A file of a spreadsheet whose language writes decimal commas: all its columns would be absent, one by one. */
function refuseOtherSeparator(
  [cell, ...others]: readonly string[],
  line: number,
  { builder, problems }: { readonly builder: TableBuilder; readonly problems: TableProblems },
): void {
  const found = /[;,\t]/.exec(cell)
  if (others.length > 0 || found === null || builder.columns.has(cell) || builder.columns.size < 2) return
  const message = `the first row is one cell, ${quoteValue(cell)}; allowed: cells with commas between them, or in a .tsv file tabs`
  throw problems.failure({ line }, { code: 'wrong_separator', message })
}

function sameNames(given: readonly string[], row: readonly string[]): boolean {
  return given.length === row.length && given.every((name, i) => name === row[i])
}

function nameProblem(name: string, i: number, names: readonly string[], builder: TableBuilder): Problem | undefined {
  const first = names.indexOf(name)
  if (name !== '' && first < i) {
    const message = `the column ${quoteValue(name)} is column ${first + 1} too; allowed: distinct names`
    return { code: 'duplicate_column', message }
  }
  const isKnown = builder.columns.has(name) || builder.skipped.has(name)
  return isKnown ? undefined : unknownColumn(builder, name)
}

const MAX_LISTED_NAMES = 20

function listNames(names: readonly string[]): string {
  const more = names.length > MAX_LISTED_NAMES ? `, … (${names.length} columns)` : ''
  return names.slice(0, MAX_LISTED_NAMES).map(quoteValue).join(', ') + more
}
