/**
 * A sink in one SQLite file, written by any number of processes (WAL). The file is opened by the first call. A write waits
 * for another process without holding this one's event loop: SQLite's own waiting would delay every reply meanwhile.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '../../core/errors.ts'
import { latestDriftSql, measuredPointsSql, type SqlDialect, storedPointsSql } from '../../core/sink/points-sql.ts'
import { columnsOf, type MetricsRow, type SinkRows, type SinkTableName } from '../../core/sink/sink-tables.ts'
import { sqliteSchema } from '../../core/sink/table-schemas.ts'
import { sdkReason } from '../sdk-reason.ts'
import { type RefusedRow, type Sink, sortOut } from './sink.ts'

export interface SqliteOptions {
  /** `:memory:` is a database of this sink alone. */
  readonly path: string
}

/** How long SQLite itself may wait for a lock, which blocks the event loop; and how long we try. */
const LOCK_MS = 5
const BUSY_MS = 10_000

const DIALECT: SqlDialect = {
  table: name => `"${name}"`,
  hour: column => `SUBSTR(${column}, 1, 13) || ':00:00.000Z'`,
  timeParameter: name => name,
}

export function openSqlite({ path }: SqliteOptions): Sink {
  const uri = `sqlite:${path}`
  let database: DatabaseSync | undefined
  const use = <T>(work: (opened: DatabaseSync) => T): Promise<T> =>
    whenFree(() => {
      database ??= connect(path)
      return work(database)
    })
  const read = async <T>(work: (opened: DatabaseSync) => T): Promise<T> => {
    try {
      return await use(work)
    } catch (error) {
      throw new AppError('SINK_FAILED', `cannot read ${uri}: ${sdkReason(error)}`, { cause: error })
    }
  }
  return {
    uri,
    async write(table, rows) {
      const { fitting, refused } = sortOut(table, rows)
      const values = fitting.map(({ value }) => value)
      try {
        if (values.length > 0) await use(opened => insert(opened, table, values))
      } catch (error) {
        if (isBusy(error)) throw new AppError('SINK_FAILED', `${uri} is locked by another process`, { cause: error })
        // A folder that cannot be written, a full disk or another file of that name: trying again does not help.
        const reason = `cannot write ${uri}: ${sdkReason(error)}`
        return [...refused, ...fitting.map(({ row }): RefusedRow => ({ row, reason }))]
      }
      return refused
    },
    points: ({ model, since }) =>
      read(opened => {
        const select = (sql: string) => opened.prepare(sql).all({ model, since })
        const toPoint = (row: object) => ({ ...row, model_name: model }) as unknown as MetricsRow
        return {
          measured: select(measuredPointsSql(DIALECT)).map(toPoint),
          stored: select(storedPointsSql(DIALECT)).map(toPoint),
        }
      }),
    latestDrift: model =>
      read(opened => opened.prepare(latestDriftSql(DIALECT)).get({ model })?.report as string | undefined),
    async close() {
      database?.close()
      database = undefined
    },
  }
}

function connect(path: string): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path, { timeout: LOCK_MS })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    database.exec(sqliteSchema())
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Loading node:sqlite warns that it is experimental, in a line that is no JSON, among the log's lines. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

/** All rows or none. */
function insert<Name extends SinkTableName>(
  database: DatabaseSync,
  table: Name,
  rows: readonly SinkRows[Name][],
): void {
  const names = columnsOf(table).map(([name]) => name)
  database.exec('BEGIN IMMEDIATE')
  try {
    const statement = database.prepare(
      `INSERT INTO "${table}" (${names.map(name => `"${name}"`).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    )
    for (const row of rows) {
      const values = row as unknown as Readonly<Record<string, string | number | null>>
      statement.run(...names.map(name => values[name]))
    }
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Tries again while another process holds the lock, up to BUSY_MS; then its error is thrown. */
async function whenFree<T>(work: () => T): Promise<T> {
  const until = performance.now() + BUSY_MS
  for (let pauseMs = 2; ; pauseMs = Math.min(2 * pauseMs, 200)) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error
      // Not in step with the other writers.
      await wait(pauseMs * (0.5 + Math.random()))
    }
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED, with whatever an extended code adds. */
function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' && [5, 6].includes(errcode & 0xff)
}
