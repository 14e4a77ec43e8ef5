import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { openStorage } from './open-storage.ts'

const bytes = Uint8Array.from([1, 2, 3])

test('a path and its file:// address are the same store on the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'treeline open-'))
  await openStorage(folder).write('a', bytes)
  expect(await openStorage(pathToFileURL(folder).href).read('a')).toEqual(bytes)
  await rm(folder, { recursive: true })
})

test('memory: is a new empty store each time', async () => {
  const store = openStorage('memory:')
  await store.write('a', bytes)
  expect(await store.read('a')).toEqual(bytes)
  expect(await openStorage('memory:').list('')).toEqual([])
})

test.each([
  ['artifacts/registry/churn', 'artifacts/registry/churn'],
  ['gs://bucket', 'gs://bucket'],
  ['gs://bucket/', 'gs://bucket'],
  ['gs://my-bucket.example/models/churn', 'gs://my-bucket.example/models/churn'],
  ['gs://bucket/models/', 'gs://bucket/models'],
  ['memory:', 'memory:'],
])('%s opens the store that calls itself %s', (address, uri) => {
  expect(openStorage(address).uri).toBe(uri)
})

test.each([
  's3://bucket/a',
  'https://storage.googleapis.com/bucket',
  'gs:bucket',
  'gs://',
  'gs:///a',
  'gs://UPPER/a',
  'gs://bucket/../a',
  'gs://bucket//a',
  'file://elsewhere/a',
  'file:a',
  'memory:name',
  '',
  ' ',
  'a\0b',
])('%j is refused as CONFIG, with what is allowed', address => {
  const refusal = expect.objectContaining({
    code: 'CONFIG',
    message: `storage address ${JSON.stringify(address)} is not supported; allowed: a folder such as artifacts/registry, file:///folder, gs://bucket/prefix, or memory:`,
  })
  expect(() => openStorage(address)).toThrow(refusal)
})
