import { expect, test, vi } from 'vitest'
import type { FeatureBins } from '../../core/drift/feature-bins.ts'
import { batchSink } from './batching.ts'
import { makeFeatureCounter } from './feature-counter.ts'
import { openMemorySink } from './memory.ts'

const BINS: readonly FeatureBins[] = [
  {
    kind: 'number',
    name: 'x',
    bounds: Float32Array.of(10),
    searched: new Float32Array(15).fill(Number.NaN, 1).fill(10, 0, 1),
  },
  { kind: 'category', name: 'plan', levels: ['A', 'B'] },
]

/** Rows of x below 10 and plan A. */
const rows = (count: number) => Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 5 : 1))

function make({ everyMs = 60_000 } = {}) {
  const sink = openMemorySink()
  const told: string[] = []
  const log = { warn: (message: string) => void told.push(message) }
  const writer = batchSink(sink, { log, delayMs: 1, beforeClose: () => counter.flush() })
  const counter = makeFeatureCounter(writer, { log, now: () => new Date('2026-01-05T00:00:00.000Z'), everyMs })
  const count = (version: string, count: number, loadBins = async () => BINS) =>
    counter.count({ modelName: 'churn', modelVersion: version, values: rows(count), loadBins })
  const kept = () =>
    sink.rows.feature_counts.map(({ model_version, counted, counts }) => [model_version, counted, counts])
  return { counter, count, writer, told, kept, sink }
}

const counts = (count: number) => `{"x":[${count},0,0],"plan":[${count},0,0,0]}`

test('rows of many requests are one row of counts, and after it counting begins at nothing', async () => {
  const { counter, count, writer, kept } = make()
  for (const some of [3, 1, 6]) count('v1', some)
  await counter.flush()
  count('v1', 2)
  await counter.flush()
  await counter.flush()
  await writer.flush()
  expect(kept()).toEqual([
    ['v1', 10, counts(10)],
    ['v1', 2, counts(2)],
  ])
})

test('rows that come before the profile is read are counted when it is, and the profile is read once', async () => {
  const { counter, count, writer, kept } = make()
  const loading = Promise.withResolvers<readonly FeatureBins[]>()
  const loadBins = vi.fn(() => loading.promise)
  count('v1', 3, loadBins as never)
  count('v1', 4, loadBins as never)
  const flushed = counter.flush()
  loading.resolve(BINS)
  await flushed
  await writer.flush()
  expect([kept(), loadBins.mock.calls.length]).toEqual([[['v1', 7, counts(7)]], 1])
})

test('what waits for a profile is bounded: beyond four million values it is not counted', async () => {
  const { counter, count, writer, kept } = make()
  const loading = Promise.withResolvers<readonly FeatureBins[]>()
  count('v1', 1_500_000, () => loading.promise)
  count('v1', 1_500_000, () => loading.promise)
  count('v1', 500_000, () => loading.promise)
  loading.resolve(BINS)
  await counter.flush()
  await writer.flush()
  expect(kept()).toEqual([['v1', 2_000_000, counts(2_000_000)]])
})

test('counts are written after their time without anybody asking', async () => {
  const { count, kept } = make({ everyMs: 5 })
  count('v1', 3)
  await expect.poll(kept).toEqual([['v1', 3, counts(3)]])
})

test('another champion hands on what the one before it has counted, and both are counted apart', async () => {
  const { counter, count, writer, kept } = make()
  count('v1', 3)
  await Promise.resolve()
  await Promise.resolve()
  count('v2', 4)
  await writer.flush()
  expect(kept()).toEqual([['v1', 3, counts(3)]])
  count('v1', 1)
  await counter.flush()
  await writer.flush()
  expect(kept().slice(1)).toEqual([
    ['v1', 1, counts(1)],
    ['v2', 4, counts(4)],
  ])
})

test('of ten versions in a row nothing is lost', async () => {
  const { counter, count, writer, kept } = make()
  for (let i = 0; i < 10; i++) {
    count(`v${i}`, i + 1)
    await new Promise(resolve => setTimeout(resolve, 0))
  }
  await counter.flush()
  await writer.flush()
  expect(kept().map(([version, counted]) => [version, counted])).toEqual(
    Array.from({ length: 10 }, (_, i) => [`v${i}`, i + 1]),
  )
})

test('a profile that cannot be read is told of once, tried again after the next flush, and counted from then on', async () => {
  const { counter, count, writer, kept, told } = make()
  const broken = () => Promise.reject(new Error('the store is away'))
  for (let i = 0; i < 3; i++) {
    count('v1', 5, broken)
    count('v1', 5, broken)
    await counter.flush()
  }
  count('v1', 2)
  await counter.flush()
  await writer.flush()
  expect(told).toEqual(['what model version v1 answers is not counted for drift: the store is away'])
  expect(kept()).toEqual([['v1', 2, counts(2)]])
})

test('closing the writer writes what was counted, and waits no longer than its time for a profile that hangs', async () => {
  const { count, writer, kept } = make()
  count('v1', 3)
  count('hangs', 3, () => new Promise(() => {}))
  const before = performance.now()
  // Half of it for the profile; a busy machine may take some of the other half.
  await writer.close(1_000)
  expect(performance.now() - before).toBeLessThan(2_000)
  expect(kept()).toEqual([['v1', 3, counts(3)]])
})
