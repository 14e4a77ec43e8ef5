/**
 * Reads a table file piece by piece, for work that needs no two rows together: memory holds a piece, whatever the size of
 * the file. Rows are refused as readTable refuses them; from the first problem on no piece is handed out, and the rest of
 * the file is read for what else is wrong.
 */
import type { Contract } from '../../core/contract/contract.ts'
import type { FieldProblem } from '../../core/contract/field-rules.ts'
import type { Column, Table } from '../../core/table/table.ts'
import type { ColumnBuilder } from './column-builder.ts'
import { readInto } from './read-table.ts'
import { finishTable, makeTableBuilder, type TableBuilder, type WantedColumns } from './table-builder.ts'
import { TableProblems } from './table-problems.ts'
import type { ReadProgress } from './text-chunks.ts'

export interface ReadPiecesOptions {
  readonly columns: WantedColumns
  /** Of a piece, at least; the last one may have fewer. */
  readonly rowsPerPiece: number
  /** Rows from the top; what comes after them is not read. undefined: all. */
  readonly maxRows?: number
  /** Awaited before the file is read on. `firstRow`: the place of the piece's first row in the table, from 0. */
  readonly onPiece: (piece: Table, firstRow: number) => Promise<void>
  readonly onProgress?: ReadProgress
}

/** The number of rows. Throws INVALID_TABLE as readTable does, and whatever onPiece throws. */
export async function readPieces(path: string, contract: Contract, options: ReadPiecesOptions): Promise<number> {
  const { columns, rowsPerPiece, maxRows = Number.POSITIVE_INFINITY, onPiece, onProgress } = options
  const problems = new TableProblems(path)
  const builder = new PieceBuilder(() => makeTableBuilder(contract, columns))
  let handed = 0
  const handOut = async (): Promise<void> => {
    const piece = builder.take()
    await onPiece(piece, handed)
    handed += piece.rowCount
  }
  const beforeMore = async (): Promise<void> => {
    if (!problems.isEmpty) return
    const { rowCount } = builder
    if (rowCount >= rowsPerPiece || handed + rowCount >= maxRows) await handOut()
    if (handed >= maxRows) throw ENOUGH
  }
  try {
    await readInto(builder, { path, problems, maxRows, beforeMore, ...(onProgress ? { onProgress } : {}) })
    if (builder.rowCount > 0) await handOut()
  } catch (error) {
    if (error !== ENOUGH) throw error
  }
  return handed
}

/** Ends the reading of a file whose rest nobody wants. */
const ENOUGH = new Error('no more rows are wanted')

/** Columns that begin anew with every piece, while the reader keeps adding to the same objects. */
class PieceBuilder implements TableBuilder {
  readonly columns: ReadonlyMap<string, PieceColumn>
  readonly skipped: ReadonlySet<string>
  readonly contract: Contract
  readonly #make: () => TableBuilder
  #current: TableBuilder

  constructor(make: () => TableBuilder) {
    this.#make = make
    this.#current = make()
    this.columns = new Map([...this.#current.columns].map(([name, column]) => [name, new PieceColumn(column)]))
    this.skipped = this.#current.skipped
    this.contract = this.#current.contract
  }

  /** Rows since the last piece. Every column has as many, as long as nothing was wrong. */
  get rowCount(): number {
    const [first] = this.columns.values()
    return first.length
  }

  take(): Table {
    const piece = finishTable(this.#current, this.rowCount)
    this.#current = this.#make()
    for (const [name, column] of this.#current.columns) this.columns.get(name)?.beginWith(column)
    return piece
  }
}

class PieceColumn implements ColumnBuilder {
  length = 0
  #column: ColumnBuilder

  constructor(column: ColumnBuilder) {
    this.#column = column
  }

  beginWith(column: ColumnBuilder): void {
    this.#column = column
    this.length = 0
  }

  addCell(cell: string): FieldProblem | undefined {
    this.length++
    return this.#column.addCell(cell)
  }

  addValue(value: unknown): FieldProblem | undefined {
    this.length++
    return this.#column.addValue(value)
  }

  finish(): Column {
    return this.#column.finish()
  }
}
