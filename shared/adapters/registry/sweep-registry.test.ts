import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLocal } from '../storage/local.ts'
import { openMemory } from '../storage/memory.ts'
import { sweepRegistry } from './sweep-registry.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'treeline-sweep-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const now = new Date('2026-11-21T10:00:00Z')
const request = { now, reservation: 'run.yaml' }
const bytes = new Uint8Array(1)

test('a name reserved a week ago goes; younger ones, versions with more files and all else stay', async () => {
  const storage = openMemory()
  const stay = [
    '20261115.abc1234.1/run.yaml',
    '20261101.abc1234.2/run.yaml',
    '20261101.abc1234.2/model.onnx',
    '20261101.abc1234.3/model.onnx',
    'champion.1.json',
    'run.yaml',
    'notes/run.yaml',
  ]
  for (const key of [...stay, '20261114.abc1234.1/run.yaml', '20261101.abc1234.1/run.yaml']) {
    await storage.write(key, bytes)
  }
  await sweepRegistry(storage, request)
  expect(await storage.list('')).toEqual(stay.toSorted())
})

test('half-written files older than a day go, in whatever folder; younger ones stay', async () => {
  const folder = join(root, '20261101.abc1234.2')
  await mkdir(folder)
  for (const [name, hours] of [
    ['.tmp~old', 25],
    ['.tmp~young', 23],
    ['old', 1000],
  ] as const) {
    for (const file of [join(root, name), join(folder, name)]) {
      await writeFile(file, '')
      const time = new Date(now.getTime() - hours * 3_600_000)
      await utimes(file, time, time)
    }
  }
  await sweepRegistry(openLocal({ root }), request)
  expect((await readdir(folder)).sort()).toEqual(['.tmp~young', 'old'])
  expect((await readdir(root)).sort()).toEqual(['.tmp~young', '20261101.abc1234.2', 'old'])
})

test('a registry that is not there yet, or where nothing may be removed, is no failure', async () => {
  await sweepRegistry(openLocal({ root: join(root, 'absent') }), request)
  const storage = openMemory()
  await storage.write('20261101.abc1234.1/run.yaml', bytes)
  await sweepRegistry({ ...storage, remove: () => Promise.reject(new Error('not allowed')) }, request)
  expect(await storage.list('')).toHaveLength(1)
})
