/**
 * Tables for comparison, read by a contract they need not fit. A missing value, one out of range, a new category, a column
 * more or less: all of that is what a comparison is there to find, so it never fails the reading. A file that is broken as
 * a file (ragged rows, no UTF-8) still does, and so does one that has none of the contract's features.
 */
import type { Contract, Feature } from '../../core/contract/contract.ts'
import { AppError } from '../../core/errors.ts'
import type { Table } from '../../core/table/table.ts'
import { type ColumnBuilder, makeFeatureBuilder, makeTargetBuilder } from './column-builder.ts'
import { noteUnlisted } from './jsonl.ts'
import { readInto } from './read-table.ts'
import type { TableBuilder } from './table-builder.ts'
import type { TextSource } from './text-chunks.ts'

export interface LenientTable {
  /** Features and target, those that the table has; never sensitive columns. */
  readonly table: Table
  /** Cells by column that were no number where one must be, or no text; they are missing in the table. */
  readonly unreadable: ReadonlyMap<string, number>
  /** Columns that the contract does not know. */
  readonly unlisted: readonly string[]
}

/** Throws INVALID_TABLE for what is no table, or none of this contract. */
export async function readLenientTable(
  source: Omit<TextSource, 'problems'>,
  contract: Contract,
): Promise<LenientTable> {
  const builder = makeLenientBuilder(contract)
  const rowCount = await readInto(builder, source)
  return finish(builder, rowCount, source.path)
}

/** The same from rows as JSON has them. `name` stands for them in messages. Throws INVALID_ROWS for a row that is no object. */
export function lenientTableOfRows(rows: readonly unknown[], contract: Contract, name: string): LenientTable {
  const builder = makeLenientBuilder(contract)
  rows.forEach((row, i) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      const message = `${name}[${i}] is no object; allowed: a list of objects with one key for each column`
      throw new AppError('INVALID_ROWS', message, { problems: [{ row: i, code: 'not_a_row', message }] })
    }
    addRow(builder, row as Readonly<Record<string, unknown>>)
  })
  return finish(builder, rows.length, name)
}

interface LenientBuilder extends TableBuilder {
  readonly columns: ReadonlyMap<string, LenientColumn>
  readonly unlisted: Set<string>
}

function makeLenientBuilder(contract: Contract): LenientBuilder {
  const { csv, features, sensitive, target, weight, ignore } = contract
  const columns = new Map(
    features.map(feature => [feature.name, new LenientColumn(makeFeatureBuilder(loosened(feature), csv))]),
  )
  columns.set(target.column, new LenientColumn(makeTargetBuilder(target, csv, { nullable: true })))
  const skipped = new Set([...ignore, ...sensitive.map(({ name }) => name), ...(weight === undefined ? [] : [weight])])
  return { columns, skipped, contract, unlisted: new Set() }
}

/** A feature that takes any value of its kind. */
function loosened({ name, type }: Feature): Feature {
  if (type === 'category') return { name, type, nullable: true, unknown: 'other' }
  return { name, type: 'number', nullable: true }
}

function addRow({ columns, skipped, unlisted }: LenientBuilder, row: Readonly<Record<string, unknown>>): void {
  let present = 0
  for (const [name, column] of columns) {
    const value = Object.hasOwn(row, name) ? row[name] : undefined
    if (value !== undefined) present++
    column.addValue(value)
  }
  const keys = Object.keys(row)
  if (keys.length === present) return
  for (const key of keys) if (!columns.has(key) && !skipped.has(key)) noteUnlisted(unlisted, key)
}

/** Takes every cell: one that is of no use is counted and missing. */
class LenientColumn implements ColumnBuilder {
  readonly #inner: ColumnBuilder
  unreadable = 0
  /** true: the file has such a column, or a row such a key. */
  isPresent = false

  constructor(inner: ColumnBuilder) {
    this.#inner = inner
  }

  addCell(cell: string): undefined {
    this.isPresent = true
    if (this.#inner.addCell(cell) !== undefined) this.#addUnreadable()
  }

  addValue(value: unknown): undefined {
    if (value !== undefined) this.isPresent = true
    if (this.#inner.addValue(value) !== undefined) this.#addUnreadable()
  }

  #addUnreadable(): void {
    this.unreadable++
    this.#inner.addValue(null)
  }

  finish() {
    return this.#inner.finish()
  }
}

function finish({ columns, contract, unlisted }: LenientBuilder, rowCount: number, name: string): LenientTable {
  const present = [...columns].filter(([, column]) => column.isPresent)
  if (rowCount > 0 && !contract.features.some(feature => columns.get(feature.name)?.isPresent)) {
    const features = contract.features.map(feature => feature.name).join(', ')
    throw new AppError(
      'INVALID_TABLE',
      `${name} has none of the features of contract ${contract.name}; it needs: ${features}`,
    )
  }
  return {
    table: { rowCount, columns: new Map(present.map(([column, builder]) => [column, builder.finish()])) },
    unreadable: new Map(present.map(([column, { unreadable }]) => [column, unreadable])),
    unlisted: [...unlisted],
  }
}
