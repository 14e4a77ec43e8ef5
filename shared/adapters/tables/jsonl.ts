/** JSON Lines into columns: one object a line, whose keys are columns. Blank lines are skipped, as ndjson allows. */
import { quoteValue } from '../../core/errors.ts'
import { type TableBuilder, unknownColumn } from './table-builder.ts'
import type { TableProblems } from './table-problems.ts'
import { type TableSource, type TextSource, textChunks } from './text-chunks.ts'

/** A file without line ends would otherwise be gathered whole, and searched again with every piece. */
const MAX_LINE_CHARS = 1_000_000

/** Reads every line into the builder's columns and returns the number of rows; problems go to the source's list. */
export async function readJsonLines(source: TableSource, builder: TableBuilder): Promise<number> {
  const { problems, maxRows } = source
  let rowCount = 0
  for await (const { text, line } of linesOf(source)) {
    if (text.trim() === '' || rowCount === maxRows) continue
    rowCount++
    addLine(text, line, builder, problems)
  }
  problems.throwIfAny()
  if (rowCount === 0) {
    throw problems.failure({ line: 1 }, { code: 'no_rows', message: 'the file is empty; allowed: at least one row' })
  }
  return rowCount
}

async function* linesOf(source: TextSource): AsyncGenerator<{ text: string; line: number }> {
  let rest = ''
  let line = 1
  for await (const piece of textChunks(source)) {
    const texts = (rest + piece).split('\n')
    rest = texts.pop() ?? ''
    for (const text of texts) yield { text, line: line++ }
    if (rest.length > MAX_LINE_CHARS) {
      const message = `the line goes on for more than ${MAX_LINE_CHARS} characters; allowed: one JSON object a line`
      throw source.problems.failure({ line }, { code: 'row_too_long', message })
    }
  }
  yield { text: rest, line }
}

function addLine(text: string, line: number, builder: TableBuilder, problems: TableProblems): void {
  const row = parseLine(text, line, problems)
  if (row === undefined) return
  let present = 0
  for (const [name, column] of builder.columns) {
    const value = Object.hasOwn(row, name) ? row[name] : undefined
    if (value !== undefined) present++
    const problem = column.addValue(value)
    if (problem !== undefined) problems.add({ line }, problem)
  }
  const keys = Object.keys(row)
  if (keys.length === present) return
  for (const key of keys) {
    if (builder.columns.has(key) || builder.skipped.has(key)) continue
    if (builder.unlisted === undefined) problems.add({ line }, unknownColumn(builder, key))
    else noteUnlisted(builder.unlisted, key)
  }
}

/** Names that are kept; rows with keys of their own would else fill the memory. */
const MAX_UNLISTED = 1000

export function noteUnlisted(unlisted: Set<string>, name: string): void {
  if (unlisted.size < MAX_UNLISTED) unlisted.add(name)
}

function parseLine(text: string, line: number, problems: TableProblems): Record<string, unknown> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    problems.add({ line }, { code: 'not_json', message: `the line is no JSON: ${(error as Error).message}` })
    return undefined
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  const message = `the row is ${quoteValue(value)}; allowed: an object with one key for each column`
  problems.add({ line }, { code: 'not_a_row', message })
  return undefined
}
