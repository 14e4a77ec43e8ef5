/**
 * A table in memory: typed columns of equal length. Strings are dictionary-coded as they are read.
 *
 *   number column    values: Float64Array     NaN = missing
 *   category column  codes:  Uint32Array      0 = missing, c >= 1 means levels[c - 1]
 */

export interface NumberColumn {
  readonly kind: 'number'
  /** length = rowCount; NaN = missing, never Infinity. */
  readonly values: Float64Array
}

export interface CategoryColumn {
  readonly kind: 'category'
  /** length = rowCount; 0 = missing, c >= 1 means levels[c - 1]. */
  readonly codes: Uint32Array
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
  return { kind: 'category', codes: Uint32Array.from(rows, row => column.codes[row]), levels: column.levels }
}
