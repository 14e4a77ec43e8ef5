/**
 * Reads a table file by a contract, as a stream into typed columns. The format follows from the file's name. Whatever
 * does not fit the contract is refused with its line and column; no value ever becomes a NaN that was not declared missing.
 */
import { extname } from 'node:path'
import type { Contract } from '../../core/contract/contract.ts'
import { AppError, quoteValue } from '../../core/errors.ts'
import type { Table } from '../../core/table/table.ts'
import { readCsv } from './csv.ts'
import { readJsonLines } from './jsonl.ts'
import { finishTable, makeTableBuilder, type TableBuilder, type WantedColumns } from './table-builder.ts'
import { TableProblems } from './table-problems.ts'
import type { ReadProgress, TableSource } from './text-chunks.ts'

export interface ReadTableOptions {
  readonly columns: WantedColumns
  readonly onProgress?: ReadProgress
}

type Reader = (source: TableSource, builder: TableBuilder) => Promise<number>

const READERS: Readonly<Record<string, Reader>> = {
  '.csv': (source, builder) => readCsv(source, builder, ','),
  '.tsv': (source, builder) => readCsv(source, builder, '\t'),
  '.jsonl': readJsonLines,
  '.ndjson': readJsonLines,
  // What the UCI archive calls its comma-separated files.
  '.data': (source, builder) => readCsv(source, builder, ','),
  '.test': (source, builder) => readCsv(source, builder, ','),
}

/** Throws INVALID_TABLE with up to 100 problems; reading stops at the hundredth. */
export async function readTable(path: string, contract: Contract, options: ReadTableOptions): Promise<Table> {
  const builder = makeTableBuilder(contract, options.columns)
  const rowCount = await readInto(builder, { path, onProgress: options.onProgress })
  return finishTable(builder, rowCount)
}

/** Fills a builder's columns from a file and returns the number of rows. Throws as readTable does. */
export async function readInto(
  builder: TableBuilder,
  source: Omit<TableSource, 'problems'> & Partial<Pick<TableSource, 'problems'>>,
): Promise<number> {
  const { path, problems = new TableProblems(path) } = source
  const extension = extname(path).toLowerCase()
  const read = new Map(Object.entries(READERS)).get(extension)
  if (read === undefined) {
    const shown = extension === '' ? 'has no extension' : `ends in ${quoteValue(extension)}`
    throw new AppError('INVALID_TABLE', `${path}: the file ${shown}; allowed: ${Object.keys(READERS).join(', ')}`)
  }
  return read({ ...source, problems }, builder)
}
