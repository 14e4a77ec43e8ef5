/**
 * A sink in one SQLite file, written by any number of processes (WAL). The file is opened by the first call. Rows are
 * written on one thread and read on another, so that a reading of seconds holds back neither requests nor writes.
 */
import { AppError } from '../../core/errors.ts'
import type { SqlDialect } from '../../core/sink/points-sql.ts'
import { columnsOf, expiryDays, type SinkRows, type SinkTableName } from '../../core/sink/sink-tables.ts'
import { sqliteSchema } from '../../core/sink/table-schemas.ts'
import { sdkReason } from '../sdk-reason.ts'
import { type RefusedRow, type Sink, sortOut } from './sink.ts'
import { type EachRows, sqlReads, type Window } from './sql-reads.ts'
import { connectOnThread, SqliteFailure, type SqliteStatement, type SqliteValue } from './sqlite-thread.ts'

export interface SqliteOptions {
  readonly path: string
  /** By which rows expire. */
  readonly now?: () => Date
}

const BUSY_MS = 10_000

const DIALECT: SqlDialect = {
  table: name => `"${name}"`,
  hour: column => `SUBSTR(${column}, 1, 13) || ':00:00.000Z'`,
  timeParameter: name => name,
}

export function openSqlite({ path, now = () => new Date() }: SqliteOptions): Sink {
  const uri = `sqlite:${path}`
  const place = { path, schema: sqliteSchema(), busyMs: BUSY_MS }
  const writer = connectOnThread(place)
  const reader = connectOnThread(place)
  const eachRows: EachRows = async (query, parameters, onRows) => {
    const rows = await reader.ask({ query, parameters }).catch(error => {
      throw new AppError('SINK_FAILED', `cannot read ${uri}: ${sdkReason(error)}`, { cause: error })
    })
    onRows(rows)
  }
  return {
    uri,
    async write(table, rows) {
      const { fitting, refused } = sortOut(table, rows)
      if (fitting.length === 0) return refused
      const values = fitting.map(({ value }) => value)
      try {
        await writer.ask({ statements: [insertion(table, values), ...expiry(table, values.length, now())] })
        return refused
      } catch (error) {
        if (!(error instanceof SqliteFailure))
          throw new AppError('SINK_FAILED', `cannot write ${uri}: ${sdkReason(error)}`, { cause: error })
        if (error.isBusy) throw new AppError('SINK_FAILED', `${uri} is locked by another process`, { cause: error })
        // A folder that cannot be written, a full disk or another file of that name: trying again does not help.
        const reason = `cannot write ${uri}: ${sdkReason(error)}`
        return [...refused, ...fitting.map(({ row }): RefusedRow => ({ row, reason }))]
      }
    },
    ...sqlReads({ dialect: DIALECT, eachRows, partsOf: daysOf }),
    async close() {
      await Promise.all([writer.close(), reader.close()])
    },
  }
}

/** Day by day, so that the counts of a long window need no more memory than those of a day. */
function* daysOf({ since, until }: Window): Generator<Window> {
  for (let from = since; from < until; ) {
    const nextDay = new Date(Date.parse(from) + 86_400_000).toISOString()
    const to = nextDay < until ? nextDay : until
    yield { since: from, until: to }
    from = to
  }
}

function insertion<Name extends SinkTableName>(table: Name, rows: readonly SinkRows[Name][]): SqliteStatement {
  const names = columnsOf(table).map(([name]) => name)
  const columns = names.map(name => `"${name}"`).join(', ')
  return {
    sql: `INSERT INTO "${table}" (${columns}) VALUES (${names.map(() => '?').join(', ')})`,
    runs: rows.map(row => names.map(name => (row as unknown as Readonly<Record<string, SqliteValue>>)[name])),
  }
}

/**
 * Of a table that expires, each row that is added looks at the two oldest: what is too old goes as fast as the new comes,
 * without an index by time and without a pause.
 */
function expiry(table: SinkTableName, added: number, now: Date): SqliteStatement[] {
  const days = expiryDays(table)
  if (days === undefined) return []
  const before = new Date(now.getTime() - days * 86_400_000).toISOString()
  const oldest = `SELECT rowid FROM "${table}" ORDER BY rowid LIMIT ${2 * added}`
  return [{ sql: `DELETE FROM "${table}" WHERE rowid IN (${oldest}) AND time < ?`, runs: [[before]] }]
}
