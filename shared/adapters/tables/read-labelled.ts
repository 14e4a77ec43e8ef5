/** Reads a table to judge a model on: features and target as in training, sensitive columns where the file has them. */
import type { Contract } from '../../core/contract/contract.ts'
import { AppError } from '../../core/errors.ts'
import type { Column, Table } from '../../core/table/table.ts'
import { readTable } from './read-table.ts'
import type { ReadProgress } from './text-chunks.ts'

export interface LabelledTable {
  readonly table: Table
  /** The contract with those of its sensitive columns that the table has. */
  readonly contract: Contract
  /** Sensitive columns that the file lacks, in some row at least. */
  readonly without: readonly string[]
}

/** Throws INVALID_TABLE as readTable does, for anything but an absent sensitive column. */
export async function readLabelledTable(
  path: string,
  contract: Contract,
  onProgress?: ReadProgress,
): Promise<LabelledTable> {
  // Rows are judged unweighted: the column may be there or not.
  const { weight, ...unweighted } = contract
  const unread = weight === undefined ? [] : [weight]
  const without: string[] = []
  for (;;) {
    const present = { ...unweighted, sensitive: contract.sensitive.filter(({ name }) => !without.includes(name)) }
    // A row of JSON Lines may have the key that another lacks; it is left out then, not refused.
    const reading = { ...present, ignore: [...present.ignore, ...unread, ...without] }
    try {
      const table = await readTable(path, reading, { columns: 'all', ...(onProgress ? { onProgress } : {}) })
      const empty = present.sensitive.filter(({ name }) => isEmpty(table.columns.get(name))).map(({ name }) => name)
      const sensitive = present.sensitive.filter(({ name }) => !empty.includes(name))
      return { table, contract: { ...present, sensitive }, without: [...without, ...empty] }
    } catch (error) {
      const absent = absentSensitive(error, present)
      if (absent.length === 0) throw error
      without.push(...absent)
    }
  }
}

/** Of JSON Lines a nullable column may lack in every row without any problem. */
function isEmpty(column: Column | undefined): boolean {
  return (
    column === undefined ||
    (column.kind === 'number' ? column.values.every(Number.isNaN) : column.codes.every(code => code === 0))
  )
}

/** The sensitive columns that the file lacks; empty when anything else is wrong with it too, or is wrong alone. */
function absentSensitive(error: unknown, { sensitive }: Contract): string[] {
  if (!(error instanceof AppError && error.code === 'INVALID_TABLE')) return []
  const names = new Set(sensitive.map(({ name }) => name))
  const isAbsent = error.problems.map(({ code, field = '' }) => code === 'missing_field' && names.has(field))
  return isAbsent.every(Boolean) ? [...new Set(error.problems.map(({ field = '' }) => field))] : []
}
