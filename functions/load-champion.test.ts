import { expect, test } from 'vitest'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import type { Storage } from '../shared/adapters/storage/storage.ts'
import { AppError } from '../shared/core/errors.ts'
import type { ModelManifest } from '../shared/core/model/manifest.ts'
import { churnRow, expectedProbability, publishChampion } from './champion.fixture.ts'
import { loadChampion, makeChampionCheck } from './load-champion.ts'

/** A memory store that counts its reads by key. */
function countReads() {
  const storage = openMemory()
  const reads: string[] = []
  const counting: Storage = {
    ...storage,
    read(key) {
      reads.push(key)
      return storage.read(key)
    },
  }
  return { storage: counting, reads }
}

async function flipByte(storage: Storage, key: string): Promise<void> {
  const bytes = Uint8Array.from(await storage.read(key))
  bytes[bytes.length >> 1] ^= 1
  await storage.write(key, bytes)
}

const keyOf = (storage: Storage, file: string) =>
  storage.list('2026').then(keys => keys.find(key => key.endsWith(file))!)

test('the champion answers what its formula says', async () => {
  const model = await loadChampion(await publishChampion(openMemory()))
  expect(model).toMatchObject({ name: 'churn', version: '20260101.abc1234.1', threshold: 0.5, classes: [0, 1] })
  const rows = [churnRow(), churnRow({ tenure_months: 30 }), churnRow({ tenure_months: 30, is_promo_user: 'Yes' })]
  const { values, rowCount } = model.encodeRows(rows)
  expect(rowCount).toBe(3)
  const probabilities = await model.run(values, rowCount)
  const expected = [expectedProbability(10), expectedProbability(30), expectedProbability(30, true)]
  expected.forEach((probability, row) => {
    expect(probabilities[row]).toBeCloseTo(probability, 6)
  })
})

test('a registry without a champion says so, and how to get one', async () => {
  const store = openModelStore(openMemory())
  const refusal = {
    code: 'NO_CHAMPION',
    message: `${store.uri} has no champion yet; npm run train makes and promotes a model version`,
  }
  await expect(loadChampion(store)).rejects.toMatchObject(refusal)
  await expect(makeChampionCheck(store)()).rejects.toMatchObject(refusal)
})

test.each(['model.onnx', 'model.json'])(
  'one flipped byte of %s is refused by load and check, with its name',
  async file => {
    const storage = openMemory()
    const store = await publishChampion(storage)
    await flipByte(storage, await keyOf(storage, file))
    for (const attempt of [() => loadChampion(store), makeChampionCheck(store)]) {
      const error = await attempt().catch(thrown => thrown)
      expect(error).toMatchObject({ code: 'MODEL_CORRUPT', status: 503 })
      expect(error.message).toContain(file)
    }
  },
)

test('a champion whose version is gone is unavailable, not an unknown path', async () => {
  const storage = openMemory()
  const store = await publishChampion(storage)
  await storage.remove(await keyOf(storage, 'model.json'))
  await expect(loadChampion(store)).rejects.toMatchObject({ code: 'MODEL_CORRUPT', status: 503 })
})

test.each<[string, Partial<ModelManifest>]>([
  ['a contract that is none', { contract: {} as ModelManifest['contract'] }],
  ['inputs the contract does not have', { features: [{ name: 'height', kind: 'number' }] }],
  ['fewer inputs than the file', { features: [{ name: 'tenure_months', kind: 'number' }] }],
])('a version with %s is refused at load', async (_, overrides) => {
  const store = await publishChampion(openMemory(), overrides)
  const error = await loadChampion(store).catch(thrown => thrown)
  expect(error).toMatchObject({ code: 'MODEL_CORRUPT', status: 503 })
  expect(error.message).toMatch(/^model version 20260101\.abc1234\.1 cannot be loaded.*; promote another version$/)
  expect(error.cause).toBeDefined()
})

test('a failing store passes through as it is', async () => {
  const failure = new AppError('STORAGE_FAILED', 'the bucket does not answer')
  const storage: Storage = { ...openMemory(), list: () => Promise.reject(failure) }
  await expect(loadChampion(openModelStore(storage))).rejects.toBe(failure)
})

test('the check reads an intact version once, and again when another is promoted', async () => {
  const { storage, reads } = countReads()
  const store = await publishChampion(storage)
  const check = makeChampionCheck(store)
  const modelReads = () => reads.filter(key => key.endsWith('model.onnx')).length
  const before = modelReads()
  await check()
  await check()
  expect(modelReads() - before).toBe(1)
  const second = await publishChampion(storage)
  expect((await second.champion())?.n).toBe(2)
  const promoted = modelReads()
  await check()
  await check()
  expect(modelReads() - promoted).toBe(1)
})

test('a version damaged after a failed check is checked again', async () => {
  const storage = openMemory()
  const store = await publishChampion(storage)
  const key = await keyOf(storage, 'model.onnx')
  const check = makeChampionCheck(store)
  await flipByte(storage, key)
  await expect(check()).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
  await flipByte(storage, key)
  await check()
})
