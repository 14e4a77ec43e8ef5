import { expect, test, vi } from 'vitest'
import { type ModelStore, openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import { AppError } from '../shared/core/errors.ts'
import { churnRow, expectedProbability, publishChampion } from './champion.fixture.ts'
import { type LoadedChampion, loadChampion } from './load-champion.ts'
import { makePredict } from './predict.ts'
import { serveChampion } from './serve-champion.ts'

const request = { method: 'POST', path: '/predict', headers: {}, bodyBytes: 1, requestId: 'r' }

/** A registry with one champion, served; `spoil` makes the newest version unreadable. */
async function open({ reloadSeconds = 0, load = loadChampion } = {}) {
  const storage = openMemory()
  const store = await publishChampion(storage)
  const lines: string[] = []
  const log = { info: (line: string) => void lines.push(line), error: (line: string) => void lines.push(line) }
  const champion = serveChampion({ store, reloadSeconds, log, load })
  const spoil = async (version: string) => {
    const key = `${version}/model.onnx`
    const bytes = Uint8Array.from(await storage.read(key))
    bytes[bytes.length >> 1] ^= 1
    await storage.write(key, bytes)
  }
  return { storage, store, champion, lines, spoil }
}

async function probabilityOf(model: LoadedChampion): Promise<number> {
  const { values, rowCount } = model.encodeRows([churnRow({ tenure_months: 30 })])
  return (await model.run(values, rowCount))[0]
}

test('a champion promoted later is served after a reload, and the model taken before still answers', async () => {
  const { storage, champion, lines } = await open()
  const old = await champion.loadModel()
  await publishChampion(storage)
  expect((await champion.loadModel()).version).toBe('20260101.abc1234.1')
  expect((await champion.reload()).version).toBe('20260101.abc1234.2')
  expect((await champion.loadModel()).version).toBe('20260101.abc1234.2')
  expect(await probabilityOf(old)).toBeCloseTo(expectedProbability(30), 6)
  expect(lines).toEqual(['model version 20260101.abc1234.2 is served now, in place of 20260101.abc1234.1'])
})

test('while the champion changes all the time, each of 16 clients gets only answers of one whole version', async () => {
  const { storage, store, champion } = await open()
  // 30 months: a probability of 0.12, and so positive by the second version's threshold alone.
  await publishChampion(storage, { threshold: 0.1 })
  const predict = makePredict({ loadModel: champion.loadModel })
  const seen = new Map<string, number>()
  let running = true
  const client = async () => {
    while (running) {
      const { body } = await predict({ ...request, body: churnRow({ tenure_months: 30 }) })
      const { model, predictions } = body as { model: { version: string; threshold: number }; predictions: object[] }
      const isSecond = model.version === '20260101.abc1234.2'
      expect([model.threshold, predictions]).toEqual([
        isSecond ? 0.1 : 0.5,
        [{ probability: expect.closeTo(expectedProbability(30), 6), class: isSecond ? 1 : 0 }],
      ])
      seen.set(model.version, (seen.get(model.version) ?? 0) + 1)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const clients = Array.from({ length: 16 }, client)
  for (let round = 0; round < 10; round++) {
    const version = `20260101.abc1234.${1 + (round % 2)}`
    await store.promote(version, { at: '2026-01-02T00:00:00Z', by: 'ada', reason: 'back and forth' })
    expect((await champion.reload()).version).toBe(version)
  }
  running = false
  await Promise.all(clients)
  expect([...seen.keys()].sort()).toEqual(['20260101.abc1234.1', '20260101.abc1234.2'])
})

test('a champion that cannot be loaded leaves the old one serving, in the log and in the details, until it is mended', async () => {
  const { storage, champion, lines, spoil } = await open()
  await champion.loadModel()
  await publishChampion(storage)
  await spoil('20260101.abc1234.2')
  await expect(champion.reload()).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
  expect((await champion.loadModel()).version).toBe('20260101.abc1234.1')
  expect(champion.details()).toEqual({
    champion: {
      serving: '20260101.abc1234.1',
      reason: expect.stringContaining('20260101.abc1234.2: file model.onnx does not match'),
    },
  })
  expect(lines).toEqual(['the newest champion cannot be served; 20260101.abc1234.1 goes on'])
  await spoil('20260101.abc1234.2')
  expect((await champion.reload()).version).toBe('20260101.abc1234.2')
  expect(champion.details()).toBeUndefined()
})

test('going back to the version that is served ends the problem', async () => {
  const { storage, store, champion, spoil } = await open()
  await champion.loadModel()
  await publishChampion(storage)
  await spoil('20260101.abc1234.2')
  await champion.reload().catch(() => {})
  await store.promote('20260101.abc1234.1', { at: '2026-01-02T00:00:00Z', by: 'ada', reason: 'back' })
  expect((await champion.reload()).pointer.n).toBe(3)
  expect(champion.details()).toBeUndefined()
})

test('a store that does not answer leaves the old one serving, and its next answer ends the problem', async () => {
  let fails = false
  const { champion, store } = await open()
  const shaky: ModelStore = {
    ...store,
    championNumber: () =>
      fails ? Promise.reject(new AppError('STORAGE_FAILED', 'the bucket is away')) : store.championNumber(),
  }
  champion.stop()
  const served = serveChampion({ store: shaky, reloadSeconds: 0, log: { info: () => {}, error: () => {} } })
  const first = await served.loadModel()
  fails = true
  await expect(served.reload()).rejects.toThrow('the bucket is away')
  expect(served.details()).toEqual({ champion: { serving: first.version, reason: 'the bucket is away' } })
  fails = false
  expect(await served.reload()).toBe(first)
  expect(served.details()).toBeUndefined()
})

test('a store that hangs is told of like one that fails, the next look begins anew, and what comes late changes nothing', async () => {
  const { champion, store, storage, lines } = await open()
  champion.stop()
  const waiting: (() => void)[] = []
  let hangs = false
  const slow: ModelStore = {
    ...store,
    championNumber: async () => {
      const number = await store.championNumber()
      if (hangs) await new Promise<void>(resolve => waiting.push(resolve))
      return number
    },
  }
  const log = { info: (line: string) => void lines.push(line), error: (line: string) => void lines.push(line) }
  const served = serveChampion({ store: slow, reloadSeconds: 0, log, lookLimitMs: 500 })
  const first = await served.loadModel()
  await publishChampion(storage)
  hangs = true
  const reason = 'the registry gave no champion within 0.5 s'
  await expect(served.reload()).rejects.toMatchObject({ code: 'STORAGE_FAILED', message: reason })
  expect(served.details()).toEqual({ champion: { serving: first.version, reason } })
  expect(await served.loadModel()).toBe(first)
  hangs = false
  const second = await served.reload()
  expect(second.version).toBe('20260101.abc1234.2')
  await store.promote(first.version, { at: '2026-01-02T00:00:00Z', by: 'ada', reason: 'back' })
  for (const answer of waiting) answer()
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(await served.loadModel()).toBe(second)
  expect(lines).toEqual([
    `the newest champion cannot be served; ${first.version} goes on`,
    `model version ${second.version} is served now, in place of ${first.version}`,
  ])
})

test('a first look that hangs is an error within the limit', async () => {
  const hanging = { ...openModelStore(openMemory()), champion: () => new Promise<never>(() => {}) }
  const served = serveChampion({ store: hanging, reloadSeconds: 0, log: { info() {}, error() {} }, lookLimitMs: 20 })
  await expect(served.loadModel()).rejects.toMatchObject({ code: 'STORAGE_FAILED', status: 503 })
})

test('an unchanged champion is not read again', async () => {
  const load = vi.fn(loadChampion)
  const { champion } = await open({ load })
  const first = await champion.loadModel()
  expect(await champion.reload()).toBe(first)
  expect(load).toHaveBeenCalledTimes(1)
})

test('simultaneous calls share one load, one that fails is told to all of them, and the next call tries again', async () => {
  let loads = 0
  const load = async (store: ModelStore) => {
    if (++loads === 1) throw new Error('not yet')
    return loadChampion(store)
  }
  const { champion } = await open({ load })
  const results = await Promise.allSettled([champion.loadModel(), champion.loadModel()])
  expect(results.map(result => result.status)).toEqual(['rejected', 'rejected'])
  const [a, b] = await Promise.all([champion.loadModel(), champion.loadModel()])
  expect(a).toBe(b)
  expect(loads).toBe(2)
})

test('the champion is looked up after every interval, also after one that failed, until stopped', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const { storage, champion, spoil } = await open({ reloadSeconds: 60 })
    expect(vi.getTimerCount()).toBe(0)
    await champion.loadModel()
    await publishChampion(storage)
    await spoil('20260101.abc1234.2')
    await vi.advanceTimersByTimeAsync(59_000)
    expect(champion.details()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(2_000)
    await vi.waitFor(() => expect(champion.details()).toBeDefined())
    await spoil('20260101.abc1234.2')
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1))
    await vi.advanceTimersByTimeAsync(61_000)
    await vi.waitFor(async () => expect((await champion.loadModel()).version).toBe('20260101.abc1234.2'))
    champion.stop()
    await publishChampion(storage)
    await vi.advanceTimersByTimeAsync(600_000)
    expect((await champion.loadModel()).version).toBe('20260101.abc1234.2')
  } finally {
    vi.useRealTimers()
  }
})

test('who wakes an instance that has slept is answered by the champion of now, or soon by the old one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
  try {
    const { store, storage } = await open()
    let hangs = false
    const slow: ModelStore = {
      ...store,
      championNumber: () => (hangs ? new Promise(() => {}) : store.championNumber()),
    }
    let slept = 0
    const now = () => performance.now() + slept
    const served = serveChampion({ store: slow, reloadSeconds: 60, log: { info() {}, error() {} }, now })
    await served.loadModel()
    await publishChampion(storage)
    slept = 3_600_000
    vi.advanceTimersByTime(60_000)
    expect((await served.loadModel()).version).toBe('20260101.abc1234.2')
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1))
    await publishChampion(storage)
    hangs = true
    slept *= 2
    vi.advanceTimersByTime(60_000)
    const answered = served.loadModel()
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await answered).version).toBe('20260101.abc1234.2')
    served.stop()
  } finally {
    vi.useRealTimers()
  }
})

test('with 0 seconds nothing is ever looked up again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const { champion } = await open({ reloadSeconds: 0 })
    await champion.loadModel()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
