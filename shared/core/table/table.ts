/**
 * A table in memory: typed columns of equal length. Strings are dictionary-coded as they are read.
 *
 *   number column    values: Float64Array     NaN = missing
 *   category column  codes:  Codes            0 = missing, c >= 1 means levels[c - 1]
 *
 * Numbers are float64: profiles and drift compare them as they were written, and 0.1 is another number as float32. Codes
 * are as narrow as their count of levels allows, for a table may have 10 million rows.
 */

/** Narrow by the number of levels: one byte up to 255. */
export type Codes = Uint8Array | Uint16Array | Uint32Array

export interface NumberColumn {
  readonly kind: 'number'
  /** length = rowCount; NaN = missing, never Infinity. */
  readonly values: Float64Array
}

export interface CategoryColumn {
  readonly kind: 'category'
  /** length = rowCount; 0 = missing, c >= 1 means levels[c - 1]. */
  readonly codes: Codes
  /** Distinct values in order of first appearance. */
  readonly levels: readonly string[]
}

export type Column = NumberColumn | CategoryColumn

export interface Table {
  readonly rowCount: number
  readonly columns: ReadonlyMap<string, Column>
}

/** The column of that kind. Throws a plain Error: readers make tables by the contract, so a wrong kind is a bug. */
export function numberColumn(table: Table, name: string): NumberColumn {
  const column = table.columns.get(name)
  if (column?.kind !== 'number') throw new Error(`table has no number column "${name}"`)
  return column
}

export function categoryColumn(table: Table, name: string): CategoryColumn {
  const column = table.columns.get(name)
  if (column?.kind !== 'category') throw new Error(`table has no category column "${name}"`)
  return column
}

/** The rows of `table` at `rows` (indices from 0, any order, repeats allowed), as a new table with the same levels. */
export function selectRows(table: Table, rows: Uint32Array): Table {
  const columns = [...table.columns].map(([name, column]) => [name, selectColumnRows(column, rows)] as const)
  return { rowCount: rows.length, columns: new Map(columns) }
}

/** One column of `selectRows`. */
export function selectColumnRows(column: Column, rows: Uint32Array): Column {
  if (column.kind === 'number') return { kind: 'number', values: Float64Array.from(rows, row => column.values[row]) }
  const codes = makeCodes(column.levels.length, rows.length)
  for (let i = 0; i < rows.length; i++) codes[i] = column.codes[rows[i]]
  return { kind: 'category', codes, levels: column.levels }
}

/** Zeros, one for each row. */
export function makeCodes(levelCount: number, rowCount: number): Codes {
  if (levelCount <= 0xff) return new Uint8Array(rowCount)
  return levelCount <= 0xffff ? new Uint16Array(rowCount) : new Uint32Array(rowCount)
}
