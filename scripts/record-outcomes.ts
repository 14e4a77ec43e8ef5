/**
 * What came true of rows that were scored before: a table of request_id, row_index and the target's value goes to the sink,
 * where it meets the predictions. The answers of `npm run predict` with the target's column added are such a table.
 */
import type { SinkWriter } from '../shared/adapters/sinks/batching.ts'
import { readTable } from '../shared/adapters/tables/read-table.ts'
import { type Contract, parseContract } from '../shared/core/contract/contract.ts'
import { AppError, quoteValue } from '../shared/core/errors.ts'
import type { OutcomeRow } from '../shared/core/sink/sink-tables.ts'
import { parseDecimal } from '../shared/core/table/decimal.ts'
import { categoryColumn, type Table } from '../shared/core/table/table.ts'

export interface OutcomesFile {
  readonly path: string
  /** Whose target it is. */
  readonly contract: Contract
  readonly writer: Pick<SinkWriter, 'add' | 'flush'>
  readonly now: Date
}

/** Rows that are added before the sink is waited for. */
const ROWS_AT_ONCE = 10_000
const SINK_MS = 60_000

/** Gives the number of rows. Throws INVALID_TABLE with everything that is wrong with the file. */
export async function recordOutcomes({ path, contract, writer, now }: OutcomesFile): Promise<number> {
  const table = await readTable(path, outcomesContract(contract), { columns: 'all' })
  const rowOf = outcomeReader(table, contract, now)
  refuseContradictions(path, table, rowOf)
  for (let start = 0; start < table.rowCount; start += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, table.rowCount - start)
    const make = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => rowOf(start + from + i))
    writer.add('outcomes', { count, make })
    await writer.flush(SINK_MS)
  }
  return table.rowCount
}

/** Of two outcomes that came at once nobody can say which is the later, and a class misspelt would count as the negative one. */
function refuseContradictions(path: string, { rowCount }: Table, rowOf: (row: number) => OutcomeRow): void {
  const told = new Map<string, string>()
  const negatives = new Set<string>()
  for (let row = 0; row < rowCount; row++) {
    const { request_id, row_index, actual, label } = rowOf(row)
    const key = `${request_id} ${row_index}`
    const before = told.get(key) ?? actual
    if (before !== actual) {
      const which = `${path}: row ${row_index} of request ${quoteValue(request_id)}`
      throw new AppError(
        'INVALID_TABLE',
        `${which} is ${quoteValue(before)} and ${quoteValue(actual)}; allowed: one value`,
      )
    }
    told.set(key, actual)
    if (label === 0) negatives.add(actual)
    if (negatives.size > 1) {
      const values = [...negatives].map(quoteValue).join(' and ')
      throw new AppError(
        'INVALID_TABLE',
        `${path}: beside the positive class there are ${values}; allowed: one other class`,
      )
    }
  }
}

/** The file as a table of its own contract, so that it is read and refused as every table is. */
function outcomesContract({ name, target, csv }: Contract): Contract {
  const document = {
    name,
    data: 'outcomes',
    target: { column: target.column, positive: target.positive, labels: Object.fromEntries(target.labels) },
    features: { request_id: { type: 'category' }, row_index: { type: 'integer', minimum: 0 } },
    ignore: ['probability', 'class'],
    csv: { trim: csv.trim },
  }
  return parseContract(document, 'outcomes')
}

function outcomeReader(table: Table, { name, target }: Contract, now: Date): (row: number) => OutcomeRow {
  const ids = categoryColumn(table, 'request_id')
  const actual = categoryColumn(table, target.column)
  const rows = table.columns.get('row_index')
  if (rows?.kind !== 'number') throw new Error('row_index is no number')
  const { positive } = target
  // As predictions have their class: 1.0 and 1 are one.
  const classes = actual.levels.map(level => (typeof positive === 'number' ? (parseDecimal(level) ?? level) : level))
  const time = now.toISOString()
  return row => {
    const value = classes[actual.codes[row] - 1]
    return {
      time,
      request_id: ids.levels[ids.codes[row] - 1],
      row_index: rows.values[row],
      model_name: name,
      actual: String(value),
      label: Number(value === positive),
    }
  }
}
