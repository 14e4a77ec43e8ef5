import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLocal } from './local.ts'
import { describeStorage } from './storage.conformance.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'treeline-local-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

let opened = 0
const newRoot = (): string => join(scratch, String(opened++), 'root')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))

describeStorage('local', () => openLocal({ root: newRoot() }))

test('reading and listing make no folder; the first write does', async () => {
  const root = newRoot()
  const store = openLocal({ root })
  expect(await store.list('')).toEqual([])
  await expect(store.read('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(readdir(root)).rejects.toMatchObject({ code: 'ENOENT' })
  await store.write('a', bytes('x'))
  expect(await readdir(root)).toEqual(['a'])
})

test('a key is that file: what other programs put there is listed and read', async () => {
  const root = newRoot()
  await mkdir(join(root, 'a'), { recursive: true })
  await writeFile(join(root, 'a', 'b.txt'), 'by hand')
  const store = openLocal({ root })
  expect(await store.list('a/')).toEqual(['a/b.txt'])
  expect(await store.read('a/b.txt')).toEqual(bytes('by hand'))
})

test('a refused or finished write leaves no temporary file behind', async () => {
  const root = newRoot()
  const store = openLocal({ root })
  await store.write('a', bytes('x'))
  await expect(store.write('a', bytes('y'), { ifAbsent: true })).rejects.toMatchObject({ code: 'CONFLICT' })
  await store.write('folder/b', bytes('x'))
  await expect(store.write('folder', bytes('y'))).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
  expect((await readdir(root, { recursive: true })).sort()).toEqual(['a', 'folder', join('folder', 'b')])
})

test('a writer killed at any moment leaves the old or the new value and nothing in the list', async () => {
  const root = newRoot()
  const store = openLocal({ root })
  const values = [1, 2].map(fill => Buffer.alloc(2_000_000, fill))
  await store.write('a', values[0])
  const script = `
    const { openLocal } = await import(${JSON.stringify(new URL('./local.ts', import.meta.url).href)})
    const store = openLocal({ root: ${JSON.stringify(root)} })
    console.log('writing')
    for (let i = 0; ; i++) await store.write('a', Buffer.alloc(2000000, 1 + (i % 2)))`
  for (const afterMs of [0, 3, 10, 25]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(child.stdout, 'data')
    await new Promise(done => setTimeout(done, afterMs))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const got = await store.read('a')
    expect(values.some(value => value.equals(got))).toBe(true)
    expect(await store.list('')).toEqual(['a'])
  }
}, 30_000)

test('a temporary file of a killed writer is never listed', async () => {
  const root = newRoot()
  const store = openLocal({ root })
  await store.write('a/b', bytes('x'))
  await writeFile(join(root, '.tmp~4f0e'), 'half')
  await writeFile(join(root, 'a', '.tmp~4f0e'), 'half')
  expect(await store.list('')).toEqual(['a/b'])
  expect(await store.list('a/')).toEqual(['a/b'])
})

test('a failure of the disk is STORAGE_FAILED with key, store and reason, without the path on the disk', async () => {
  const root = newRoot()
  const store = openLocal({ root })
  await store.write('folder/a', bytes('x'))
  await expect(store.write('folder', bytes('y'))).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    message: expect.stringMatching(/^cannot write "folder" in .*: EISDIR: illegal operation on a directory/),
  })
  await expect(store.write('folder/a/b', bytes('y'))).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    message: expect.stringMatching(/^cannot write "folder\/a\/b" in .*: (ENOTDIR|EEXIST): /),
  })
  // mkdir says EEXIST here, which must not be taken for the key itself.
  await expect(store.write('folder/a/b', bytes('y'), { ifAbsent: true })).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
  })
  const failure = await store.write('folder', bytes('y')).catch(error => error)
  expect(failure.message.replace(root, '')).not.toContain(scratch)
})

// Root reads and writes everything, so the reason is provoked by a loop of links there, by permissions elsewhere.
test('an object that cannot be opened is STORAGE_FAILED, not NOT_FOUND', async () => {
  const root = newRoot()
  const store = openLocal({ root })
  await store.write('locked', bytes('x'))
  await chmod(join(root, 'locked'), 0)
  await symlink('loop', join(root, 'loop'))
  await expect(store.read('loop')).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    message: expect.stringContaining('ELOOP'),
  })
  const expected = process.getuid?.() === 0 ? bytes('x') : 'EACCES'
  const got = await store.read('locked').catch(error => error.message.match(/EACCES/)?.[0])
  expect(got).toEqual(expected)
})

test('a symbolic link does not lead a key out of the store', async () => {
  const root = newRoot()
  const outside = newRoot()
  await mkdir(outside, { recursive: true })
  await writeFile(join(outside, 'secret'), 'secret')
  const store = openLocal({ root })
  await store.write('a', bytes('x'))
  await symlink(join(outside, 'secret'), join(root, 'file'))
  await symlink(outside, join(root, 'folder'))
  const refused = { code: 'STORAGE_FAILED', message: expect.stringContaining('a symbolic link leads out of the store') }
  await expect(store.read('file')).rejects.toMatchObject(refused)
  await expect(store.read('folder/secret')).rejects.toMatchObject(refused)
  await expect(store.write('folder/new', bytes('x'))).rejects.toMatchObject(refused)
  await expect(store.remove('folder/secret')).rejects.toMatchObject(refused)
  expect(await readdir(outside)).toEqual(['secret'])
  expect(await store.list('')).toEqual(['a'])
})

test('the store may itself be reached through a symbolic link', async () => {
  const root = newRoot()
  await openLocal({ root }).write('a/b', bytes('x'))
  const link = `${root}-link`
  await symlink(root, link)
  const store = openLocal({ root: link })
  await store.write('a/c', bytes('y'))
  expect(await store.list('')).toEqual(['a/b', 'a/c'])
  expect(await store.read('a/b')).toEqual(bytes('x'))
})
