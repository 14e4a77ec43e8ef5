/** Whether a row fits its table: asked before any engine sees it, so that all of them refuse the same rows in the same words. */
import { quoteValue } from '../errors.ts'
import { type ColumnType, columnsOf, type SinkTableName } from './sink-tables.ts'

const ALLOWED: Readonly<Record<ColumnType, string>> = {
  time: 'a time such as 2026-01-31T09:30:00.000Z',
  text: 'text',
  integer: 'a whole number',
  number: 'a finite number',
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** The first thing that is wrong, as a sentence; undefined: the row fits. */
export function rowProblem(table: SinkTableName, row: object): string | undefined {
  const values = row as Readonly<Record<string, unknown>>
  const columns = columnsOf(table)
  for (const [name, { type, nullable }] of columns) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === null && nullable) continue
    if (!fits(type, value)) {
      return `${name} is ${quoteValue(value)}; allowed: ${ALLOWED[type]}${nullable ? ', or null' : ''}`
    }
  }
  const names = Object.keys(values)
  // Every column is there, so as many names are the same names.
  if (names.length === columns.length) return undefined
  const stranger = names.find(name => !columns.some(([column]) => column === name))
  return stranger === undefined ? undefined : `${quoteValue(stranger)} is no column of ${table}`
}

function fits(type: ColumnType, value: unknown): boolean {
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'number') return Number.isFinite(value)
  return typeof value === 'string' && (type === 'text' || TIME.test(value))
}
