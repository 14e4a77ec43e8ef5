import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLocal } from '../storage/local.ts'
import { openMemory } from '../storage/memory.ts'
import { describeModelStore, sampleRequest } from './model-store.conformance.ts'
import { openModelStore } from './model-store.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'treeline-registry-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

let opened = 0
describeModelStore('memory', openMemory)
describeModelStore('local', () => openLocal({ root: join(scratch, String(opened++)) }))

test('what a caller must give is checked before anything is written', async () => {
  const storage = openMemory()
  const store = openModelStore(storage)
  const request = sampleRequest('x')
  const without = new Map([...request.files].filter(([name]) => name !== 'run.yaml'))
  await expect(store.publish({ ...request, files: without })).rejects.toThrow('needs run.yaml')
  const given = new Map([...request.files, ['model.json', new Uint8Array(1)] as const])
  await expect(store.publish({ ...request, files: given })).rejects.toThrow('model.json is made by publish')
  await expect(store.publish({ ...request, date: '2026-11-21' })).rejects.toThrow('make no version name')
  await expect(store.publish({ ...request, gitSha: 'a.b' })).rejects.toThrow('make no version name')
  expect(await storage.list('')).toEqual([])
})
