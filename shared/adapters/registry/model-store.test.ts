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

/**
 * Promotes the second version and refuses the first, and ends itself with SIGKILL before the change of the disk that has the
 * number `killAt`. Says how many changes there were.
 */
const promoterScript = (killAt: number) => `
  import fs from 'node:fs/promises'
  import { syncBuiltinESMExports } from 'node:module'
  let changes = 0
  const before = change => (...args) => {
    if (changes++ === ${killAt}) { process.kill(process.pid, 'SIGKILL'); for (;;); }
    return change(...args)
  }
  const open = fs.open
  fs.open = async (file, flags) => {
    const handle = flags === 'wx' ? await before(open)(file, flags) : await open(file, flags)
    for (const name of ['writeFile', 'sync', 'close']) handle[name] = before(handle[name].bind(handle))
    return handle
  }
  for (const name of ['mkdir', 'link', 'rename', 'unlink']) fs[name] = before(fs[name])
  syncBuiltinESMExports()
  const { openLocal } = await import(${JSON.stringify(new URL('../storage/local.ts', import.meta.url).href)})
  const { openModelStore } = await import(${JSON.stringify(new URL('./model-store.ts', import.meta.url).href)})
  const store = openModelStore(openLocal({ root: '.' }))
  const [first, second] = await store.versions()
  const facts = { at: '2026-11-21T10:00:00.000Z', by: 'killed', reason: 'x' }
  changes = 0
  await store.promote(second, { ...facts, expect: 1, verdict: 'promoted' })
  await store.refuse({ ...facts, version: first, champion: 2 })
  console.log(changes)`

async function runPromoter(root: string, killAt: number): Promise<{ said: string; signal: unknown }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', promoterScript(killAt)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', chunk => {
    said += chunk
  })
  const [, signal] = await once(child, 'close')
  return { said, signal }
}

test('a promoter killed before any single change of the disk leaves a valid champion, and a log that can be read', async () => {
  const openPromoted = async () => {
    const root = join(scratch, `killed-${opened++}`)
    const store = openModelStore(openLocal({ root }))
    const versions: string[] = []
    for (const content of ['first', 'second']) versions.push((await store.publish(sampleRequest(content))).version)
    await store.promote(versions[0], samplePromotion('ada', 0))
    return { root, store, versions }
  }
  const whole = await runPromoter((await openPromoted()).root, -1)
  const changes = Number(whole.said)
  expect(changes).toBeGreaterThanOrEqual(2 * 7)
  const found: [champion: number, refusals: number][] = []
  for (let killAt = 0; killAt < changes; killAt++) {
    const { root, store, versions } = await openPromoted()
    expect(await runPromoter(root, killAt)).toEqual({ said: '', signal: 'SIGKILL' })
    const champion = (await store.champion())!
    expect((await store.manifest(champion)).version).toBe(versions[champion.n - 1])
    expect((await store.history()).map(({ n }) => n)).toEqual(champion.n === 1 ? [1] : [1, 2])
    const { decisions, unreadable } = await store.log()
    expect(unreadable).toEqual([])
    found.push([champion.n, decisions.filter(({ verdict }) => verdict === 'refused').length])
    // Whoever comes next is not held up by what the killed one left.
    expect((await store.promote(versions[0], samplePromotion('ada', champion.n))).n).toBe(champion.n + 1)
  }
  // First neither, then the promotion, then the refusal too, and no step back.
  expect([...new Set(found.map(String))]).toEqual(['1,0', '2,0', '2,1'])
}, 120_000)
