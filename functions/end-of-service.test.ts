import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { batchSink } from '../shared/adapters/sinks/batching.ts'
import { openMemorySink } from '../shared/adapters/sinks/memory.ts'
import { prediction, sourceOf } from '../shared/adapters/sinks/sink.fixture.ts'
import { endService, stopSignal } from './end-of-service.ts'

test.each(['SIGTERM', 'SIGINT'])(
  'after %s nobody listens to either signal, so the next one ends the process',
  async first => {
    const target = new EventEmitter()
    const stopped = stopSignal(target)
    expect(target.emit(first)).toBe(true)
    await stopped
    expect([target.emit('SIGTERM'), target.emit('SIGINT')]).toEqual([false, false])
  },
)

test('what the last request adds is written too when the sink takes seconds for it', async () => {
  const sink = openMemorySink()
  const slow: typeof sink = {
    ...sink,
    async write(table, rows) {
      await pause(2_500)
      return sink.write(table, rows)
    },
  }
  const writer = batchSink(slow, { log: { warn: () => {} } })
  const lastRequest = async () => {
    await pause(50)
    writer.add('predictions', sourceOf([prediction()]))
  }
  await endService(lastRequest, writer)
  expect([sink.rows.predictions.length, writer.losses.rows]).toEqual([1, 0])
})
