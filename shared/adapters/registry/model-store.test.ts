import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLocal } from '../storage/local.ts'
import { openMemory } from '../storage/memory.ts'
import { describePromotionLog } from './decision.conformance.ts'
import { describeModelStore, samplePromotion, sampleRequest } from './model-store.conformance.ts'
import { openModelStore } from './model-store.ts'
import { describeGate } from './promote-by-gate.conformance.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'treeline-registry-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

let opened = 0
const openFolder = () => openLocal({ root: join(scratch, String(opened++)) })
for (const describeSuite of [describeModelStore, describePromotionLog, describeGate]) {
  describeSuite('memory', openMemory)
  describeSuite('local', openFolder)
}

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

test('a promoter killed at any moment leaves a valid champion, a history without gaps and a log that can be read', async () => {
  const root = join(scratch, 'killed')
  const store = openModelStore(openLocal({ root }))
  const versions: string[] = []
  for (const content of ['first', 'second']) versions.push((await store.publish(sampleRequest(content))).version)
  const at = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
  const script = `
    const { openLocal } = await import(${at('../storage/local.ts')})
    const { openModelStore } = await import(${at('./model-store.ts')})
    const store = openModelStore(openLocal({ root: ${JSON.stringify(root)} }))
    const versions = ${JSON.stringify(versions)}
    const at = '2026-11-21T10:00:00.000Z'
    console.log('promoting')
    for (let i = 0; ; i++) {
      await store.promote(versions[i % 2], { at, by: 'killed', reason: 'x', verdict: i % 3 ? 'promoted' : 'rolled_back' })
      console.log('promoted')
      await store.refuse({ version: versions[0], champion: await store.championNumber(), at, by: 'killed', reason: 'x' })
    }`
  let promoted = 0
  for (const [lines, afterMs] of [
    [1, 0],
    [1, 3],
    [1, 9],
    [2, 0],
    [3, 2],
    [4, 5],
    [6, 1],
  ]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    // By what it says it has done, however slow the machine is, and a little later.
    let said = ''
    while (said.split('\n').length <= lines) said += (await once(child.stdout, 'data'))[0]
    await new Promise(done => setTimeout(done, afterMs))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const champion = await store.champion()
    if (champion) await store.manifest(champion)
    const history = await store.history()
    expect(history.map(pointer => pointer.n)).toEqual(Array.from(history, (_, i) => i + 1))
    expect(history.length).toBeGreaterThanOrEqual(promoted)
    promoted = history.length
    const { decisions, unreadable } = await store.log()
    expect(unreadable).toEqual([])
    expect(decisions.filter(({ verdict }) => verdict !== 'refused')).toHaveLength(promoted)
    // Whoever comes next is not held up by what the killed one left.
    expect((await store.promote(versions[0], samplePromotion('ada', promoted))).n).toBe(++promoted)
  }
  // Seven of ours, and what the killed ones said they had promoted before.
  expect(promoted).toBeGreaterThanOrEqual(7 + 1 + 2 + 3 + 5)
})
