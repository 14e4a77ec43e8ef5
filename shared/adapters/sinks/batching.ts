/**
 * The way into a sink that costs its caller nothing: rows are taken at once, and written in batches in the background, with
 * retries. At most `maxRows` wait; what comes beyond that, what is refused and what every try failed for is lost: counted,
 * told in the log, and never an error of whoever added it.
 */
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import type { SinkRows, SinkTableName } from '../../core/sink/sink-tables.ts'
import type { Log } from '../http/log.ts'
import { sdkReason } from '../sdk-reason.ts'
import { withinTime } from '../time-limit.ts'
import type { RefusedRow, Sink } from './sink.ts'

/** Rows that are made when they are written, so that adding many costs no more than adding one. */
export interface RowSource<Row> {
  readonly count: number
  /** Rows from (inclusive) to (exclusive). */
  make(from: number, to: number): Row[]
}

/** What is known to be lost, since the start. */
export interface SinkLosses {
  readonly rows: number
  /** Why, of the latest; undefined: nothing is lost. */
  readonly reason: string | undefined
}

export interface SinkWriter {
  /** Returns at once and never throws. */
  add<Name extends SinkTableName>(table: Name, rows: RowSource<SinkRows[Name]>): void
  /** Adds one row and waits for it up to `timeoutMs` (default 5 s). true: it is written. Never rejects. */
  put<Name extends SinkTableName>(table: Name, row: SinkRows[Name], timeoutMs?: number): Promise<boolean>
  /** Rows that wait or are being written. */
  readonly waiting: number
  readonly losses: SinkLosses
  /** Resolves when all that was added before is written or lost, and after `timeoutMs` (default 5 s) at the latest. */
  flush(timeoutMs?: number): Promise<void>
  /** The same; then what still waits is lost and nothing more is taken. */
  close(timeoutMs?: number): Promise<void>
}

export interface BatchingOptions {
  readonly log: Pick<Log, 'warn'>
  /** Rows in one call of the sink. */
  readonly batchRows?: number
  /** Batches that may be on their way at once, while there are rows to fill them. */
  readonly lanes?: number
  /** Rows that may wait. A row is at most some hundred bytes until it is written. */
  readonly maxRows?: number
  /** How long a row waits for others. */
  readonly delayMs?: number
  /** Calls for one batch. */
  readonly tries?: number
  /** Pause after the first failed try; doubled after each further one. */
  readonly backoffMs?: number
  /** A call that takes longer has failed. */
  readonly callTimeoutMs?: number
  /** Losses are told at once, and then at most this often. */
  readonly tellEveryMs?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** Called first of all by close, and waited for half of its time: what somebody still holds back can be added. */
  readonly beforeClose?: () => Promise<void>
}

const DEFAULTS = {
  batchRows: 500,
  lanes: 4,
  maxRows: 50_000,
  delayMs: 500,
  tries: 5,
  backoffMs: 200,
  callTimeoutMs: 12_000,
  tellEveryMs: 60_000,
  now: () => performance.now(),
  beforeClose: async () => {},
}

/** Longest pause between two tries. */
const MAX_BACKOFF_MS = 5_000

/** Rows of one table that were added together. */
interface Entry {
  readonly table: SinkTableName
  readonly rows: RowSource<object>
  /** Rows taken into batches so far. */
  taken: number
  readonly settled?: (isWritten: boolean) => void
}

interface Batch {
  readonly table: SinkTableName
  readonly rows: object[]
  readonly ended: { readonly last: number; readonly settled: Entry['settled'] }[]
}

export function batchSink(sink: Sink, options: BatchingOptions): SinkWriter {
  return new BatchingWriter(sink, { ...DEFAULTS, ...options })
}

class BatchingWriter implements SinkWriter {
  readonly #sink: Sink
  readonly #options: Required<BatchingOptions>
  readonly #queue: Entry[] = []
  readonly #stop = new AbortController()
  #waiting = 0
  #timer: NodeJS.Timeout | undefined
  /** The work under way: each takes batches until the queue is empty. */
  readonly #lanes = new Set<Promise<void>>()
  /** Batches that are being written. */
  readonly #writing = new Set<Promise<void>>()
  /** Entries that have left the queue, since the start. */
  #left = 0
  #lost = 0
  #reason: string | undefined
  #told = { rows: 0, at: Number.NEGATIVE_INFINITY }
  #tellTimer: NodeJS.Timeout | undefined

  constructor(sink: Sink, options: Required<BatchingOptions>) {
    this.#sink = sink
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting
  }

  get losses(): SinkLosses {
    return { rows: this.#lost, reason: this.#reason }
  }

  add<Name extends SinkTableName>(table: Name, rows: RowSource<SinkRows[Name]>): void {
    if (this.#take({ table, rows, taken: 0 })) this.#schedule()
  }

  async put<Name extends SinkTableName>(table: Name, row: SinkRows[Name], timeoutMs = 5_000): Promise<boolean> {
    if (this.#sink.uri === 'none') return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    if (!this.#take({ table, rows: { count: 1, make: () => [row] }, taken: 0, settled: resolve })) return false
    this.#start()
    return within(timeoutMs, promise, false)
  }

  async flush(timeoutMs = 5_000): Promise<void> {
    await within(timeoutMs, this.#catchUp(), undefined)
  }

  async close(timeoutMs = 5_000): Promise<void> {
    const startedAt = performance.now()
    await within(timeoutMs / 2, this.#options.beforeClose(), undefined)
    await this.flush(timeoutMs - (performance.now() - startedAt))
    this.#stop.abort()
    await Promise.all(this.#lanes)
    for (const entry of this.#queue.splice(0)) this.#giveUp(entry, NO_TIME)
    this.#tell({ isLast: true })
    await this.#sink.close()
  }

  /** false: nothing is kept of it. */
  #take(entry: Entry): boolean {
    const { table, rows } = entry
    if (this.#sink.uri === 'none' || rows.count === 0) return false
    const isFull = this.#waiting + rows.count > this.#options.maxRows
    if (isFull || this.#stop.signal.aborted) {
      this.#lose(table, rows.count, isFull ? `${this.#waiting} rows wait already` : 'the sink is closed')
      return false
    }
    this.#waiting += rows.count
    this.#queue.push(entry)
    return true
  }

  #schedule(): void {
    if (this.#timer !== undefined) return
    // Waiting rows keep no process alive: who ends one calls close.
    this.#timer = setTimeout(() => this.#start(), this.#options.delayMs).unref()
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#queue.length === 0 || this.#stop.signal.aborted) return
    const { lanes, batchRows } = this.#options
    while (this.#lanes.size < Math.min(lanes, Math.ceil(this.#waiting / batchRows))) {
      const lane: Promise<void> = this.#drain().finally(() => {
        this.#lanes.delete(lane)
        // Added after its last look at the queue.
        this.#start()
      })
      this.#lanes.add(lane)
    }
  }

  async #drain(): Promise<void> {
    // Making rows takes time; between two batches requests get their turn.
    for (await nextTurn(); this.#queue.length > 0 && !this.#stop.signal.aborted; await nextTurn()) {
      const batch = this.#writeNext()
      this.#writing.add(batch)
      await batch
      this.#writing.delete(batch)
    }
  }

  /** Resolves when all that waits now is written or lost: what is added meanwhile is not waited for. */
  async #catchUp(): Promise<void> {
    const until = this.#left + this.#queue.length
    this.#start()
    // While anything waits there is a lane, unless all is to end.
    while (this.#left < until && this.#lanes.size > 0) {
      await (this.#writing.size > 0 ? Promise.race(this.#writing) : nextTurn())
    }
    await Promise.all(this.#writing)
  }

  async #writeNext(): Promise<void> {
    const { table, rows, ended } = this.#nextBatch()
    const refused = rows.length === 0 ? [] : await this.#write(table, rows)
    this.#waiting -= rows.length
    if (refused.length > 0) this.#lose(table, refused.length, summary(refused, rows))
    const lost = new Set(refused.map(({ row }) => row))
    for (const { last, settled } of ended) settled?.(!lost.has(last))
  }

  /** Rows from the head of the queue, all of one table, and where each entry ends that is now done. */
  #nextBatch(): Batch {
    const { batchRows } = this.#options
    const batch: Batch = { table: this.#queue[0].table, rows: [], ended: [] }
    const { table, rows, ended } = batch
    while (rows.length < batchRows && this.#queue[0]?.table === table) {
      const entry = this.#queue[0]
      const to = Math.min(entry.rows.count, entry.taken + batchRows - rows.length)
      try {
        rows.push(...entry.rows.make(entry.taken, to))
      } catch (error) {
        this.#shift()
        this.#giveUp(entry, `no rows could be made: ${sdkReason(error)}`)
        continue
      }
      entry.taken = to
      if (to < entry.rows.count) break
      this.#shift()
      ended.push({ last: rows.length - 1, settled: entry.settled })
    }
    return batch
  }

  #shift(): void {
    this.#queue.shift()
    this.#left++
  }

  /** Loses what is left of an entry. */
  #giveUp({ table, rows, taken, settled }: Entry, reason: string): void {
    this.#waiting -= rows.count - taken
    this.#lose(table, rows.count - taken, reason)
    settled?.(false)
  }

  /** The rows that are lost. What a part of the rows failed for may pass too; then they alone are tried again. */
  async #write(table: SinkTableName, rows: readonly object[]): Promise<readonly RefusedRow[]> {
    const { tries, backoffMs } = this.#options
    const lost: RefusedRow[] = []
    let open = [...rows.keys()]
    let reason = ''
    for (let tried = 1; ; tried++) {
      try {
        const refused = await this.#call(
          table,
          open.map(row => rows[row]),
        )
        const again = refused.filter(({ mayPass }) => mayPass)
        for (const { row, reason, mayPass } of refused) if (!mayPass) lost.push({ row: open[row], reason })
        if (again.length === 0) return lost
        open = again.map(({ row }) => open[row])
        reason = again[0].reason
      } catch (error) {
        if (!this.#stop.signal.aborted) reason = sdkReason(error)
      }
      const isOver = this.#stop.signal.aborted
      if (tried >= tries || isOver) {
        const why = `${reason} (tried ${tried} times)`
        const told = isOver ? NO_TIME + (reason === '' ? '' : `; before: ${reason}`) : why
        return [...lost, ...open.map(row => ({ row, reason: told }))]
      }
      const pauseMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2 ** (tried - 1))
      // Instances that failed together do not come back together.
      await pause(pauseMs * (0.5 + Math.random() / 2), this.#stop.signal)
    }
  }

  async #call(table: SinkTableName, rows: readonly object[]): Promise<readonly RefusedRow[]> {
    const { callTimeoutMs } = this.#options
    const { signal } = this.#stop
    // It ended the pause before this try, and ends no call that begins after it.
    signal.throwIfAborted()
    const call = this.#sink.write(table, rows as readonly SinkRows[SinkTableName][])
    const { promise: stopped, reject } = Promise.withResolvers<never>()
    const onStop = (): void => reject(new Error(NO_TIME))
    signal.addEventListener('abort', onStop)
    const late = (): never => {
      throw new Error(`no answer within ${callTimeoutMs / 1000} s`)
    }
    return withinTime(callTimeoutMs, Promise.race([call, stopped]), late).finally(() =>
      signal.removeEventListener('abort', onStop),
    )
  }

  #lose(table: SinkTableName, rows: number, reason: string): void {
    if (rows <= 0) return
    this.#lost += rows
    this.#reason = `${table}: ${reason}`
    this.#tell()
  }

  /** At once, or together with what else is lost until it is time again. */
  #tell({ isLast = false } = {}): void {
    const { tellEveryMs, log, now } = this.#options
    const untold = this.#lost - this.#told.rows
    if (untold === 0) return
    const waitMs = isLast ? 0 : this.#told.at + tellEveryMs - now()
    if (waitMs > 0) {
      this.#tellTimer ??= setTimeout(() => {
        this.#tellTimer = undefined
        this.#tell()
      }, waitMs).unref()
      return
    }
    clearTimeout(this.#tellTimer)
    this.#tellTimer = undefined
    this.#told = { rows: this.#lost, at: now() }
    const message = `the sink ${this.#sink.uri} lost ${untold} rows (${this.#lost} since the start); ${this.#reason}`
    log.warn(message, { sink_lost_rows: untold, sink_lost_rows_total: this.#lost })
  }
}

const NO_TIME = 'there was no time left to write them'

const MAX_NAMED_ROWS = 5

/** `2 of 5 rows (r-1 row 1, r-1 row 3): missing title` for a part, the reason alone when it is all of them. */
function summary(refused: readonly RefusedRow[], rows: readonly object[]): string {
  const byReason = Map.groupBy(refused, ({ reason }) => reason)
  const [[first, same]] = byReason
  if (same.length === rows.length) return first
  return [...byReason]
    .slice(0, MAX_NAMED_ROWS)
    .map(([reason, of]) => {
      const named = of.slice(0, MAX_NAMED_ROWS).map(({ row }) => nameOf(rows[row]))
      return `${of.length} of ${rows.length} rows (${named.join(', ')}${of.length > named.length ? ', …' : ''}): ${reason}`
    })
    .join('; ')
}

/** By what a person finds the row's request in the log. */
function nameOf(row: object): string {
  const { request_id, row_index, time } = row as { request_id?: unknown; row_index?: unknown; time?: unknown }
  return request_id === undefined ? `of ${time}` : `${request_id} row ${row_index}`
}

/** What the promise gives, or `otherwise` after the time. */
async function within<T>(timeoutMs: number, work: Promise<T>, otherwise: T): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>()
  const timer = setTimeout(() => resolve(otherwise), timeoutMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Ends early when the signal says so; keeps no process alive. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { ref: false, signal }).catch(() => {})
}
