/**
 * CSV into columns, read as a stream: at most one piece of the file is held as rows. RFC 4180 quoting; a row has as many
 * cells as the header has names.
 */
import { Readable } from 'node:stream'
import type Papa from 'papaparse'
import type { FieldProblem } from '../../core/contract/field-rules.ts'
import type { AppError } from '../../core/errors.ts'
import { plural } from '../../core/problem-list.ts'
import type { ColumnBuilder } from './column-builder.ts'
import { planCells } from './csv-header.ts'
import { markRemarks, REMARK } from './remarks.ts'
import type { TableBuilder } from './table-builder.ts'
import type { TableProblems } from './table-problems.ts'
import { type TableSource, textChunks } from './text-chunks.ts'

/** A quote that is never closed would otherwise gather the rest of the file, and search it again with every piece. */
const MAX_ROW_CHARS = 1_000_000

/** Reads every row into the builder's columns and returns their number; problems go to the source's list. */
export async function readCsv(source: TableSource, builder: TableBuilder, delimiter: string): Promise<number> {
  const rows = new CsvRows(builder, source)
  const { default: papa } = await import('papaparse')
  const mark = builder.contract.csv.comment
  const text = mark === undefined ? textChunks(source) : markRemarks(textChunks(source), mark)
  const input = Readable.from(text, { highWaterMark: 1 })
  // Before papaparse's own listener, so that the piece is counted when its rows come.
  input.on('data', (piece: string) => rows.countChars(piece.length))
  try {
    await new Promise<void>((resolve, reject) => {
      papa.parse<string[]>(input, {
        delimiter,
        newline: '\n',
        chunk: results => rows.take(results),
        complete: () => resolve(),
        error: reject,
      })
    })
  } finally {
    input.destroy()
  }
  return rows.finish()
}

/** The state between two pieces: where the reader stands and what each cell of a row is for. */
class CsvRows {
  readonly #builder: TableBuilder
  readonly #problems: TableProblems
  readonly #maxRows: number
  /** Physical line, from 1, on which the next row starts. */
  #line = 1
  /** What the cells of a row go to, undefined for a skipped column; unknown before the first row. */
  #cells: readonly (ColumnBuilder | undefined)[] | undefined
  #rowCount = 0
  /** Given to papaparse since it gave the last row. */
  #pendingChars = 0
  /** Blank lines are nothing at the end of a file and an error before another row. */
  #blankFrom = 0
  #blankCount = 0

  constructor(builder: TableBuilder, { problems, maxRows = Number.POSITIVE_INFINITY }: TableSource) {
    this.#builder = builder
    this.#problems = problems
    this.#maxRows = maxRows
  }

  /** `errors` may speak of a last row that the next piece brings again. */
  take({ data, errors }: Papa.ParseResult<string[]>): void {
    if (data.length > 0) this.#pendingChars = 0
    else if (this.#pendingChars > MAX_ROW_CHARS) throw this.#rowTooLong()
    const badQuotes = new Map(errors.map(({ row, code }) => [row, code]))
    for (let r = 0; r < data.length && this.#rowCount < this.#maxRows; r++) {
      const code = badQuotes.get(r)
      if (code === undefined) this.#takeRow(data[r])
      else this.#problems.add({ line: this.#line }, badQuote(code))
      this.#line += linesOf(data[r])
    }
  }

  #takeRow(row: string[]): void {
    const { csv } = this.#builder.contract
    const cells = csv.trim ? row.map(cell => cell.trim()) : row
    if (row.length === 1 && row[0] === REMARK) return
    if (cells.length === 1 && cells[0] === '') {
      if (this.#blankCount++ === 0) this.#blankFrom = this.#line
      return
    }
    if (this.#blankCount > 0) this.#settleBlankLines()
    if (this.#cells === undefined) {
      const plan = planCells(cells, this.#line, this.#builder, this.#problems)
      this.#cells = plan.cells
      if (plan.isHeader) return
    }
    this.#addRow(cells, this.#cells)
  }

  #addRow(row: readonly string[], cells: readonly (ColumnBuilder | undefined)[]): void {
    this.#rowCount++
    if (row.length !== cells.length) {
      const message = `the row has ${plural(row.length, 'cell')}; allowed: ${cells.length}, one for each column`
      this.#problems.add({ line: this.#line }, { code: 'wrong_cell_count', message })
      return
    }
    for (let i = 0; i < row.length; i++) {
      const problem = cells[i]?.addCell(row[i])
      if (problem !== undefined) this.#problems.add({ line: this.#line, column: i + 1 }, withHint(problem, row[i]))
    }
  }

  #settleBlankLines(): void {
    const [first, count] = [this.#blankFrom, this.#blankCount]
    this.#blankCount = 0
    const [cell] = this.#cells ?? []
    if (this.#cells?.length === 1 && cell !== undefined) {
      // In a file of one column a blank line is a row with an empty cell.
      for (let i = 0; i < count; i++) {
        const problem = cell.addCell('')
        this.#rowCount++
        if (problem !== undefined) this.#problems.add({ line: first + i, column: 1 }, problem)
      }
      return
    }
    this.#problems.add({ line: first }, { code: 'wrong_cell_count', message: BLANK_LINE })
  }

  /** Number of rows. Throws when there is none, or anything was wrong. */
  finish(): number {
    this.#problems.throwIfAny()
    if (this.#rowCount === 0) {
      const came = this.#cells === undefined ? 'the file is empty' : 'the file has a header and no row'
      throw this.#problems.failure({ line: 1 }, { code: 'no_rows', message: `${came}; allowed: at least one row` })
    }
    return this.#rowCount
  }

  countChars(count: number): void {
    this.#pendingChars += count
  }

  #rowTooLong(): AppError {
    const message = `the row goes on for more than ${MAX_ROW_CHARS} characters; is a quote not closed?`
    return this.#problems.failure({ line: this.#line }, { code: 'row_too_long', message })
  }
}

const BLANK_LINE = 'the line is blank; allowed: blank lines at the end of the file only'

function badQuote(code: string): { code: string; message: string } {
  const message =
    code === 'MissingQuotes'
      ? 'a quoted cell starts in this row and is never closed'
      : 'a quoted cell of this row goes on after its closing quote; allowed: a quote inside a cell is written twice'
  return { code: 'bad_quote', message }
}

/** Physical lines of a row: a quoted cell may have line ends of its own. */
function linesOf(row: readonly string[]): number {
  let lines = 1
  for (const cell of row) {
    for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) lines++
  }
  return lines
}

const OFTEN_MISSING = /^(#?n\/?a|nan|null|none|\?|-)$/i

/** What a contract can say so that a cell like this becomes right. */
function withHint(problem: FieldProblem, cell: string): FieldProblem {
  if (OFTEN_MISSING.test(cell)) {
    const key = `csv: { missing: ["", ${JSON.stringify(cell)}] }`
    return { ...problem, message: `${problem.message}; if it means missing, the contract says so: ${key}` }
  }
  if (cell === cell.trim() || cell.trim() === '') return problem
  return { ...problem, message: `${problem.message}; csv: { trim: true } in the contract cuts blanks off` }
}
