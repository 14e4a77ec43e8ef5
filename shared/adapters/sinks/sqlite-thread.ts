/**
 * A connection to an SQLite file on a thread of its own: waiting for a lock or the disk, and statements that take seconds,
 * hold nobody's event loop. The thread is started by the first work, from the text of `runThread`, so that a bundle needs no
 * second file: that function may use nothing from outside itself.
 */
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

export type SqliteValue = string | number | null

/** `query`: its rows are the answer. `statements`: all or none, each once for every list of values. */
export type SqliteWork =
  | { readonly query: string; readonly parameters: Readonly<Record<string, SqliteValue>> }
  | { readonly statements: readonly SqliteStatement[] }

export interface SqliteStatement {
  readonly sql: string
  readonly runs: readonly (readonly SqliteValue[])[]
}

export interface SqliteConnection {
  /** Rejects with SQLite's error, or when the thread ended; the next work starts another. */
  ask(work: SqliteWork): Promise<Record<string, SqliteValue>[]>
  /** Lets go of the file, within a second or so; nothing more is taken. */
  close(): Promise<void>
}

export interface SqlitePlace {
  readonly path: string
  /** Executed whenever the file is opened. */
  readonly schema: string
  /** How long to try while another process holds the lock. */
  readonly busyMs: number
}

/** SQLite's error, whose class is lost on its way between threads. */
export class SqliteFailure extends Error {
  /** true: another process held the lock all the time. */
  readonly isBusy: boolean

  constructor(message: string, isBusy: boolean) {
    super(message)
    this.isBusy = isBusy
  }
}

interface Asked {
  readonly id: number
  readonly work: SqliteWork | 'close'
}

interface Told {
  readonly id: number
  readonly rows: Record<string, SqliteValue>[]
  readonly failure?: { readonly message: string; readonly isBusy: boolean }
}

/** What a thread that is in the middle of a statement may take to end. */
const CLOSE_MS = 1_000

export function connectOnThread(place: SqlitePlace): SqliteConnection {
  const waiting = new Map<number, PromiseWithResolvers<Record<string, SqliteValue>[]>>()
  let worker: Worker | undefined
  let lastId = 0
  let isClosed = false
  const endOf = (ended: Worker, reason: string): void => {
    if (worker !== ended) return
    worker = undefined
    for (const { reject } of waiting.values()) reject(new Error(reason))
    waiting.clear()
  }
  const start = (): Worker => {
    // No options of this process: they may name modules that are for it alone.
    const started = new Worker(`(${runThread})()`, { eval: true, execArgv: [], workerData: place })
    started.on('error', error => endOf(started, `its thread failed: ${error.message}`))
    started.on('exit', code => endOf(started, `its thread ended with code ${code}`))
    started.on('message', ({ id, rows, failure }: Told) => {
      const asked = waiting.get(id)
      waiting.delete(id)
      // An idle thread keeps no process alive.
      if (waiting.size === 0) started.unref()
      if (failure === undefined) asked?.resolve(rows)
      else asked?.reject(new SqliteFailure(failure.message, failure.isBusy))
    })
    return started
  }
  const post = (work: Asked['work']): Promise<Record<string, SqliteValue>[]> => {
    worker ??= start()
    const answer = Promise.withResolvers<Record<string, SqliteValue>[]>()
    waiting.set(++lastId, answer)
    worker.ref()
    worker.postMessage({ id: lastId, work } satisfies Asked)
    return answer.promise
  }
  return {
    async ask(work) {
      const until = performance.now() + place.busyMs
      for (let pauseMs = 2; ; pauseMs = Math.min(2 * pauseMs, 200)) {
        if (isClosed) throw new Error('it is closed')
        try {
          return await post(work)
        } catch (error) {
          if (!(error instanceof SqliteFailure && error.isBusy) || performance.now() > until) throw error
          // Not in step with the other writers.
          await wait(pauseMs * (0.5 + Math.random()))
        }
      }
    },
    async close() {
      isClosed = true
      if (worker === undefined) return
      const ended = post('close')
        .catch(() => {})
        .then(() => worker?.terminate())
      await Promise.race([ended, wait(CLOSE_MS, undefined, { ref: false })])
      await Promise.race([worker?.terminate(), wait(CLOSE_MS, undefined, { ref: false })])
    },
  }
}

/** The thread. */
function runThread(): void {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads')
  const { mkdirSync, statSync } = process.getBuiltinModule('node:fs')
  const { dirname } = process.getBuiltinModule('node:path')
  // Loading it warns that it is experimental, in a line that is no JSON, among the log's lines.
  process.emitWarning = () => {}
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const { path, schema } = workerData as SqlitePlace
  let opened: { readonly database: DatabaseSync; readonly file: number } | undefined

  /** The file of that name: one that was removed, or replaced, is opened anew. */
  const database = (): DatabaseSync => {
    if (opened !== undefined && statSync(path, { throwIfNoEntry: false })?.ino === opened.file) return opened.database
    opened?.database.close()
    opened = undefined
    mkdirSync(dirname(path), { recursive: true })
    // SQLite's own waiting cannot be cut short; ours can.
    const connected = new DatabaseSync(path, { timeout: 100 })
    try {
      connected.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${schema}`)
    } catch (error) {
      connected.close()
      throw error
    }
    opened = { database: connected, file: statSync(path).ino }
    return connected
  }

  const perform = (work: SqliteWork): Record<string, SqliteValue>[] => {
    const use = database()
    if ('query' in work) return use.prepare(work.query).all(work.parameters) as Record<string, SqliteValue>[]
    use.exec('BEGIN IMMEDIATE')
    try {
      for (const { sql, runs } of work.statements) {
        const statement = use.prepare(sql)
        for (const values of runs) statement.run(...values)
      }
      use.exec('COMMIT')
    } catch (error) {
      if (use.isTransaction) use.exec('ROLLBACK')
      throw error
    }
    return []
  }

  parentPort?.on('message', ({ id, work }: Asked) => {
    try {
      if (work === 'close') opened?.database.close()
      parentPort.postMessage({ id, rows: work === 'close' ? [] : perform(work) } satisfies Told)
    } catch (error) {
      const { message, errcode = 0 } = error as Error & { readonly errcode?: number }
      // SQLITE_BUSY and SQLITE_LOCKED, with whatever an extended code adds.
      const failure = { message, isBusy: [5, 6].includes(errcode & 0xff) }
      parentPort.postMessage({ id, rows: [], failure } satisfies Told)
    }
  })
}
