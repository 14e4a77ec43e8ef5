import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import type { PredictionRow } from '../../core/sink/sink-tables.ts'
import { type BatchingOptions, batchSink } from './batching.ts'
import { openMemorySink } from './memory.ts'
import { openNone } from './none.ts'
import { driftReport, outcome, plan, prediction, sourceOf } from './sink.fixture.ts'
import type { RefusedRow, Sink } from './sink.ts'

type Write = (table: string, rows: readonly PredictionRow[]) => Promise<readonly RefusedRow[]>

/** A writer whose sink does what `write` says, and what it told. */
function make(write: Write, options: Partial<BatchingOptions> = {}) {
  const told: { message: string; fields?: Readonly<Record<string, unknown>> }[] = []
  const sink = { ...openMemorySink(), uri: 'test:', write: write as unknown as Sink['write'] }
  const log = {
    warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void told.push({ message, fields }),
  }
  return { told, writer: batchSink(sink, { log, backoffMs: 1, delayMs: 5, ...options }) }
}

const rowsFrom = (start: number, count: number) =>
  Array.from({ length: count }, (_, i) => prediction({ row_index: start + i }))
const broken = () => new AppError('SINK_FAILED', 'cannot write test:: 503 try later')

test('everything added arrives once and in order, in batches of one table and at most the size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 12 })), { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      async (additions, batchRows) => {
        const batches: { table: string; rows: readonly PredictionRow[] }[] = []
        const { writer, told } = make(
          async (table, rows) => {
            batches.push({ table, rows })
            return []
          },
          { batchRows },
        )
        let next = 0
        const expected: string[] = []
        for (const [isOutcome, count] of additions) {
          const rows = isOutcome
            ? Array.from({ length: count }, (_, i) => outcome({ row_index: next + i }))
            : rowsFrom(next, count)
          for (const { row_index } of rows) expected.push(`${isOutcome ? 'outcomes' : 'predictions'} ${row_index}`)
          next += count
          if (isOutcome) writer.add('outcomes', sourceOf(rows as ReturnType<typeof outcome>[]))
          else writer.add('predictions', sourceOf(rows as PredictionRow[]))
        }
        await writer.flush()
        expect(batches.flatMap(({ table, rows }) => rows.map(row => `${table} ${row.row_index}`))).toEqual(expected)
        for (const { rows } of batches) expect(rows.length).toBeLessThanOrEqual(batchRows)
        expect([writer.waiting, writer.losses.rows, told]).toEqual([0, 0, []])
      },
    ),
    { numRuns: 50 },
  )
})

test('rows are written after a short wait without anybody asking', async () => {
  const sink = openMemorySink()
  const writer = batchSink(sink, { log: { warn: () => {} }, delayMs: 5 })
  writer.add('predictions', sourceOf(rowsFrom(0, 3)))
  expect(sink.rows.predictions).toHaveLength(0)
  await expect.poll(() => sink.rows.predictions.length).toBe(3)
})

test('adding makes no row: that is done when they are written', async () => {
  const { writer } = make(async () => [])
  let made = 0
  writer.add('predictions', {
    count: 10_000,
    make: (from, to) => {
      made += to - from
      return rowsFrom(from, to - from)
    },
  })
  expect([made, writer.waiting]).toEqual([0, 10_000])
  await writer.flush()
  expect([made, writer.waiting]).toEqual([10_000, 0])
})

test('a batch that fails is tried again, and nothing is lost when a later try is good', async () => {
  let calls = 0
  const { writer, told } = make(async () => {
    if (++calls < 4) throw broken()
    return []
  })
  writer.add('predictions', sourceOf(rowsFrom(0, 2)))
  await writer.flush()
  expect([calls, writer.losses.rows, told]).toEqual([4, 0, []])
})

test('after the last try the batch is lost, counted and told with its reason; the next one is written', async () => {
  let calls = 0
  const { writer, told } = make(
    async (_, rows) => {
      calls++
      if (rows[0].row_index === 0) throw broken()
      return []
    },
    { batchRows: 2, tries: 3 },
  )
  writer.add('predictions', sourceOf(rowsFrom(0, 4)))
  await writer.flush()
  expect([calls, writer.losses]).toEqual([
    4,
    { rows: 2, reason: 'predictions: cannot write test:: 503 try later (tried 3 times)' },
  ])
  expect(told).toEqual([
    {
      message:
        'the sink test: lost 2 rows (2 since the start); predictions: cannot write test:: 503 try later (tried 3 times)',
      fields: { sink_lost_rows: 2, sink_lost_rows_total: 2 },
    },
  ])
})

test('pauses between tries double, with chance in them', async () => {
  const at: number[] = []
  const { writer } = make(
    async () => {
      at.push(performance.now())
      throw broken()
    },
    { tries: 4, backoffMs: 40 },
  )
  writer.add('predictions', sourceOf(rowsFrom(0, 1)))
  await writer.flush()
  const pauses = at.slice(1).map((time, i) => time - at[i])
  // Half to the whole of 40, 80 and 160 ms; a timer may be late and is 1 ms early at most.
  for (const [i, least] of [20, 40, 80].entries()) expect(pauses[i]).toBeGreaterThanOrEqual(least - 2)
})

test('a refused row is lost alone and named with its reason', async () => {
  const { writer, told } = make(async () => [
    { row: 1, reason: 'no such field' },
    { row: 3, reason: 'no such field' },
  ])
  writer.add('predictions', sourceOf(rowsFrom(0, 5)))
  await writer.flush()
  expect(writer.losses.rows).toBe(2)
  expect(told[0].message).toContain('predictions: 2 of 5 rows (r-1 row 1, r-1 row 3): no such field')
})

test('a backlog is written by four calls at a time, and a few rows by one', async () => {
  for (const [count, expected] of [
    [40, 4],
    [15, 2],
    [10, 1],
  ]) {
    let [now, most] = [0, 0]
    const { writer } = make(
      async () => {
        most = Math.max(most, ++now)
        await new Promise(next => setTimeout(next, 10))
        now--
        return []
      },
      { batchRows: 10 },
    )
    for (let row = 0; row < count; row++) writer.add('predictions', sourceOf(rowsFrom(row, 1)))
    await writer.flush()
    expect([most, writer.waiting]).toEqual([expected, 0])
  }
})

test('what is put at any moment around the end of the work before it is written', async () => {
  for (let turns = 0; turns < 30; turns++) {
    const put = Promise.withResolvers<boolean>()
    let calls = 0
    const { writer } = make(async () => {
      if (++calls > 1) return []
      void (async () => {
        for (let turn = 0; turn < turns; turn++) await null
        put.resolve(await writer.put('plans', plan(), 1_000))
      })()
      return []
    })
    writer.add('predictions', sourceOf(rowsFrom(0, 1)))
    expect(await put.promise, `after ${turns} turns`).toBe(true)
  }
})

test('rows that were refused for something that may pass are tried again without the others', async () => {
  const calls: number[][] = []
  const passing = (row: number) => ({ row, reason: 'timeout', mayPass: true })
  const { writer, told } = make(async (_, rows) => {
    calls.push(rows.map(({ row_index }) => row_index))
    if (calls.length === 1) return [passing(1), { row: 2, reason: 'invalid' }, passing(4)]
    return calls.length === 2 ? [passing(1)] : []
  })
  writer.add('predictions', sourceOf(rowsFrom(0, 5)))
  await writer.flush()
  expect(calls).toEqual([[0, 1, 2, 3, 4], [1, 4], [4]])
  expect([writer.losses.rows, told[0].message]).toEqual([1, expect.stringContaining('(r-1 row 2): invalid')])
})

test('rows that never pass are lost after the last try, with the others that were refused', async () => {
  const { writer, told } = make(
    async (_, rows) =>
      rows.map(({ row_index }, row) => ({
        row,
        reason: row_index === 0 ? 'invalid' : 'timeout',
        mayPass: row_index > 0,
      })),
    { tries: 2 },
  )
  writer.add('predictions', sourceOf(rowsFrom(0, 3)))
  await writer.flush()
  expect(writer.losses.rows).toBe(3)
  expect(told[0].message).toContain(
    '1 of 3 rows (r-1 row 0): invalid; 2 of 3 rows (r-1 row 1, r-1 row 2): timeout (tried 2',
  )
})

test('what is lost soon after something was told is told when it is time, without another loss or an end', async () => {
  const { writer, told } = make(async (_, rows) => rows.map((__, row) => ({ row, reason: 'no' })), { tellEveryMs: 40 })
  for (const count of [1, 2]) {
    writer.add('predictions', sourceOf(rowsFrom(0, count)))
    await writer.flush()
  }
  expect(told).toHaveLength(1)
  await expect.poll(() => told.map(({ fields }) => fields?.sink_lost_rows)).toEqual([1, 2])
})

test('what was last wrong is told too when there was no time for another try', async () => {
  const { writer, told } = make(
    async () => {
      throw broken()
    },
    { backoffMs: 60_000 },
  )
  writer.add('predictions', sourceOf(rowsFrom(0, 1)))
  await writer.close(20)
  expect(told[0].message).toContain('there was no time left to write them; before: cannot write test:: 503 try later')
})

test('close ends a pause between two tries, and no other try comes after it', async () => {
  let calls = 0
  const { writer } = make(
    () => {
      if (++calls > 1) return new Promise(() => {})
      throw broken()
    },
    { backoffMs: 60_000, callTimeoutMs: 500 },
  )
  writer.add('predictions', sourceOf(rowsFrom(0, 1)))
  await writer.close(20)
  expect([calls, writer.losses.rows]).toEqual([1, 1])
})

test('a flush waits for what was added at any moment around the end of the work before it', async () => {
  for (let turns = 0; turns < 30; turns++) {
    const flushed = Promise.withResolvers<number>()
    let calls = 0
    const addAndFlush = async () => {
      for (let turn = 0; turn < turns; turn++) await null
      writer.add('predictions', sourceOf(rowsFrom(0, 1)))
      await writer.flush()
      flushed.resolve(writer.waiting)
    }
    const { writer } = make(async () => {
      if (++calls === 1) void addAndFlush()
      return []
    })
    writer.add('predictions', sourceOf(rowsFrom(0, 1)))
    await writer.flush()
    expect(await flushed.promise, `after ${turns} turns`).toBe(0)
  }
})

test('a flush waits for what was added before it and not for what goes on being added', async () => {
  const LAST = 300
  let calls = 0
  const overtaken = Promise.withResolvers<string>()
  const { writer } = make(
    async () => {
      if (++calls === LAST) overtaken.resolve('overtaken')
      else if (calls < LAST) writer.add('predictions', sourceOf(rowsFrom(calls, 1)))
      await null
      return []
    },
    { batchRows: 1 },
  )
  writer.add('predictions', sourceOf(rowsFrom(0, 3)))
  const flushed = writer.flush(60_000).then(() => 'flushed')
  expect(await Promise.race([flushed, overtaken.promise])).toBe('flushed')
  expect(calls).toBeGreaterThanOrEqual(3)
  await overtaken.promise
})

test('what does not fit into the queue is lost at once, and what fits is kept', async () => {
  const { writer, told } = make(async () => [], { maxRows: 10 })
  writer.add('predictions', sourceOf(rowsFrom(0, 8)))
  writer.add('predictions', sourceOf(rowsFrom(8, 3)))
  writer.add('predictions', sourceOf(rowsFrom(11, 2)))
  expect([writer.waiting, writer.losses]).toEqual([10, { rows: 3, reason: 'predictions: 8 rows wait already' }])
  expect(told).toHaveLength(1)
  await writer.flush()
  expect([writer.waiting, writer.losses.rows]).toEqual([0, 3])
})

test('losses are told at once, then at most once a minute with what came together, and at the end', async () => {
  let now = 0
  const { writer, told } = make(async (_, rows) => rows.map((__, row) => ({ row, reason: 'no' })), { now: () => now })
  const lose = async () => {
    writer.add('predictions', sourceOf(rowsFrom(0, 1)))
    await writer.flush()
  }
  await lose()
  await lose()
  await lose()
  expect(told.map(({ fields }) => fields?.sink_lost_rows)).toEqual([1])
  now = 60_000
  await lose()
  expect(told.map(({ fields }) => fields?.sink_lost_rows)).toEqual([1, 3])
  await lose()
  await writer.close()
  expect(told.map(({ fields }) => fields?.sink_lost_rows)).toEqual([1, 3, 1])
})

test('a sink that hangs is left after the time of a call, and close does not wait for it', async () => {
  const { writer } = make(() => new Promise(() => {}), { callTimeoutMs: 20, tries: 2 })
  writer.add('predictions', sourceOf(rowsFrom(0, 2)))
  await writer.flush()
  expect(writer.losses).toEqual({ rows: 2, reason: expect.stringContaining('no answer within 0.02 s (tried 2 times)') })
  const hung = make(() => new Promise(() => {}))
  hung.writer.add('predictions', sourceOf(rowsFrom(0, 2)))
  hung.writer.add('plans', sourceOf([plan()]))
  const before = performance.now()
  await hung.writer.close(50)
  expect(performance.now() - before).toBeLessThan(2_000)
  expect([hung.writer.losses.rows, hung.writer.waiting, hung.told.length > 0]).toEqual([3, 0, true])
})

test('a call is not late for the time in which the process did not run', async () => {
  // Its answer is there as soon as anything runs again, behind every timer that is due by then.
  const { writer } = make(() => new Promise(answer => setTimeout(() => setImmediate(answer, []), 60)), {
    callTimeoutMs: 200,
    tries: 1,
  })
  writer.add('predictions', sourceOf(rowsFrom(0, 1)))
  const flushed = writer.flush()
  await new Promise(next => setTimeout(next, 30))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  await flushed
  expect(writer.losses.rows).toBe(0)
})

test('after close nothing is taken, and that too is counted', async () => {
  const { writer } = make(async () => [])
  await writer.close()
  writer.add('predictions', sourceOf(rowsFrom(0, 2)))
  expect([writer.losses.rows, writer.waiting]).toEqual([2, 0])
})

test('rows that cannot be made are lost, counted and told; the others are written', async () => {
  const written: PredictionRow[] = []
  const { writer, told } = make(async (_, rows) => {
    written.push(...rows)
    return []
  })
  const make3 = () => {
    throw new TypeError('x is undefined')
  }
  writer.add('predictions', { count: 3, make: make3 })
  writer.add('predictions', sourceOf(rowsFrom(0, 2)))
  await writer.flush()
  expect([written.length, writer.losses.rows, writer.waiting]).toEqual([2, 3, 0])
  expect(told[0].message).toContain('no rows could be made: x is undefined')
})

test('put says whether its row is written, and waits no longer than told', async () => {
  const good = openMemorySink()
  expect(await batchSink(good, { log: { warn: () => {} } }).put('drift_reports', driftReport())).toBe(true)
  expect(good.rows.drift_reports).toEqual([driftReport()])
  const refusing = make(async () => [{ row: 0, reason: 'no' }])
  expect(await refusing.writer.put('drift_reports', driftReport())).toBe(false)
  const hanging = make(() => new Promise(() => {}))
  expect(await hanging.writer.put('drift_reports', driftReport(), 20)).toBe(false)
})

test('without a sink nothing is kept, made, counted or told', async () => {
  const told: string[] = []
  const writer = batchSink(openNone(), { log: { warn: message => void told.push(message) } })
  writer.add('predictions', {
    count: 1,
    make: () => {
      throw new Error('not to be made')
    },
  })
  expect(await writer.put('plans', plan())).toBe(false)
  await writer.close()
  expect([writer.waiting, writer.losses.rows, told]).toEqual([0, 0, []])
})
