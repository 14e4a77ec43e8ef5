import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMemory } from '../storage/memory.ts'
import { type Storage, TEMPORARY_PREFIX } from '../storage/storage.ts'
import { keepModelFiles, withFileCache } from './file-cache.ts'
import { sampleRequest } from './model-store.conformance.ts'
import { openModelStore } from './model-store.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'treeline-cache-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

let opened = 0

/** A store whose reads of model files are counted, over a cache in a folder of its own. */
async function open(folder = join(scratch, String(opened++))) {
  const storage = openMemory()
  const reads: string[] = []
  const counting: Storage = {
    ...storage,
    read(key) {
      if (key.endsWith('model.onnx')) reads.push(key)
      return storage.read(key)
    },
  }
  const store = openModelStore(counting)
  const manifest = await store.publish(sampleRequest('first'))
  return { storage, store, reads, manifest, folder, cached: withFileCache(store, folder) }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('a file is fetched once, and another process with the same folder does not fetch it at all', async () => {
  const { store, reads, manifest, folder, cached } = await open()
  for (const one of [cached, cached, withFileCache(store, folder)]) {
    expect(text(await one.readFile(manifest, 'model.onnx'))).toBe('model of first')
  }
  expect(reads).toHaveLength(1)
  expect(await readdir(folder)).toEqual([manifest.files['model.onnx'].sha256])
})

test('a damaged copy is fetched again and replaced', async () => {
  const { reads, manifest, folder, cached } = await open()
  await cached.readFile(manifest, 'model.onnx')
  await writeFile(join(folder, manifest.files['model.onnx'].sha256), 'damaged')
  expect(text(await cached.readFile(manifest, 'model.onnx'))).toBe('model of first')
  expect(text(await cached.readFile(manifest, 'model.onnx'))).toBe('model of first')
  expect(reads).toHaveLength(2)
})

test('a file whose hash is wrong in the store is refused and not kept', async () => {
  const { storage, manifest, folder, cached } = await open()
  await storage.write(`${manifest.version}/model.onnx`, new Uint8Array(3))
  await expect(cached.readFile(manifest, 'model.onnx')).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
  expect(await readdir(folder).catch(() => [])).toEqual([])
})

test('a folder that cannot be written only costs time', async () => {
  const file = join(scratch, 'no-folder')
  await writeFile(file, '')
  const { reads, manifest, cached } = await open(file)
  for (let i = 0; i < 2; i++) expect(text(await cached.readFile(manifest, 'model.onnx'))).toBe('model of first')
  expect(reads).toHaveLength(2)
})

test('16 readers at once all get the file, and one whole copy is left', async () => {
  const { store, manifest, folder } = await open()
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => withFileCache(store, folder).readFile(manifest, 'model.onnx')),
  )
  expect(new Set(answers.map(text))).toEqual(new Set(['model of first']))
  expect(await readdir(folder)).toHaveLength(1)
})

test('the newest 20 files stay, whatever else is in the folder', async () => {
  const { manifest, folder, cached } = await open()
  await cached.readFile(manifest, 'model.onnx')
  for (let i = 0; i < 25; i++) {
    const file = join(folder, i.toString(16).padStart(64, '0'))
    await writeFile(file, '')
    await utimes(file, new Date(1000 * i), new Date(1000 * i))
  }
  await writeFile(join(folder, 'notes.txt'), '')
  await cached.readFile(manifest, 'profile.json')
  const left = (await readdir(folder)).sort()
  expect(left).toHaveLength(21)
  const newest = Array.from({ length: 18 }, (_, i) => (i + 7).toString(16).padStart(64, '0'))
  expect(left).toEqual([...newest, manifest.files['model.onnx'].sha256, manifest.files['profile.json'].sha256, 'notes.txt'].sort()) // biome-ignore format: one list
})

test('what a killed writer left is removed after a day, and not before', async () => {
  const { manifest, folder, cached } = await open()
  await cached.readFile(manifest, 'model.onnx')
  const [old, fresh] = ['old', 'fresh'].map(name => join(folder, TEMPORARY_PREFIX + name))
  for (const file of [old, fresh]) await writeFile(file, 'half of it')
  const before = new Date(Date.now() - 25 * 3_600_000)
  await utimes(old, before, before)
  await cached.readFile(manifest, 'profile.json')
  const left = await readdir(folder)
  expect([left.includes(basename(old)), left.includes(basename(fresh)), left.length]).toEqual([false, true, 3])
})

test('an unknown file is what the store says it is, and only a bucket gets a cache', async () => {
  const { store, manifest, cached, folder } = await open()
  await expect(cached.readFile(manifest, 'constructor')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(keepModelFiles(store, folder)).toBe(store)
  expect(keepModelFiles({ ...store, uri: 'gs://bucket/models' }, folder)).not.toBe(store)
})
