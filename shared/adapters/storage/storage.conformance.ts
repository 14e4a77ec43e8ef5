/** What every store promises (storage.ts), as tests. An implementation calls this and adds its own special cases. */
import { describe, expect, test } from 'vitest'
import type { Storage } from './storage.ts'

type Open = () => Promise<Storage> | Storage

/** `open` gives a new, empty store each time. */
export function describeStorage(name: string, open: Open): void {
  describe(`${name} storage`, () => {
    describeBytes(open)
    describeOwnership(open)
    describeKeys(open)
    describeRefusals(open)
    describeWriters(open)
    describeReaders(open)
  })
}

const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value))

/** Every byte value, in an order that a shifted or repeated block cannot imitate. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 17 + (i >> 16)) & 255)
}

function describeBytes(open: Open): void {
  test.each([
    ['no bytes', 0],
    ['one byte', 1],
    ['every byte value', 1024],
    ['5 MB', 5_000_000],
  ])('gives back %s as written', async (_, length) => {
    const store = await open()
    const bytes = pattern(length)
    await store.write('a/b.bin', bytes)
    // Buffer.equals, because a failing toEqual would print five million numbers.
    expect(Buffer.from(bytes).equals(await store.read('a/b.bin'))).toBe(true)
  })

  test('an overwrite leaves nothing of a longer value', async () => {
    const store = await open()
    await store.write('a', text('a long value'))
    await store.write('a', text('short'))
    expect(await store.read('a')).toEqual(text('short'))
  })

  test('readRange agrees with slice of the whole, within, across and past the end', async () => {
    const store = await open()
    const bytes = pattern(300)
    await store.write('a', bytes)
    const ranges = [[0, 300], [0, 1], [10, 20], [299, 300], [290, 400], [300, 301], [5000, 6000], [7, 7], [0, 0]] // biome-ignore format: pairs
    for (const [start, end] of ranges) {
      expect(await store.readRange('a', start, end), `${start} to ${end}`).toEqual(bytes.slice(start, end))
    }
  })

  test('readRange of an empty object is empty', async () => {
    const store = await open()
    await store.write('a', new Uint8Array(0))
    expect(await store.readRange('a', 0, 10)).toEqual(new Uint8Array(0))
  })

  test.each([
    [-1, 5],
    [5, 4],
    [0, 1.5],
    [0, Number.NaN],
  ])('readRange from %d to %d is refused', async (start, end) => {
    const store = await open()
    await store.write('a', text('value'))
    await expect(store.readRange('a', start, end)).rejects.toMatchObject({ code: 'USAGE' })
  })
}

function describeOwnership(open: Open): void {
  test('bytes are copied: neither side sees the other change them later', async () => {
    const store = await open()
    const given = text('value')
    await store.write('a', given)
    given.fill(0)
    const got = await store.read('a')
    expect(got).toEqual(text('value'))
    got.fill(0)
    const part = await store.readRange('a', 0, 2)
    part.fill(0)
    expect(await store.read('a')).toEqual(text('value'))
  })

  test('what is read is a plain Uint8Array over a buffer of its own', async () => {
    const store = await open()
    await store.write('a', text('value'))
    const got = await store.read('a')
    expect(Object.getPrototypeOf(got)).toBe(Uint8Array.prototype)
    expect(got.buffer.byteLength).toBe(5)
  })

  test('a view into a larger buffer is written as the view alone', async () => {
    const store = await open()
    await store.write('a', pattern(100).subarray(10, 20))
    expect(await store.read('a')).toEqual(pattern(100).slice(10, 20))
  })
}

function describeKeys(open: Open): void {
  test('list gives the keys that start with the prefix, sorted by code unit', async () => {
    const store = await open()
    // U+1F600 sorts before U+FF5E by code unit and after it by UTF-8 bytes.
    const keys = ['b', 'a/2', 'a/10', 'a/b/c', 'ab', 'A', '\u{1f600}', '\uff5e']
    for (const key of keys) await store.write(key, text(key))
    expect(await store.list('')).toEqual(['A', 'a/10', 'a/2', 'a/b/c', 'ab', 'b', '\u{1f600}', '\uff5e'])
    expect(await store.list('a')).toEqual(['a/10', 'a/2', 'a/b/c', 'ab'])
    expect(await store.list('a/')).toEqual(['a/10', 'a/2', 'a/b/c'])
    expect(await store.list('a/b')).toEqual(['a/b/c'])
    expect(await store.list('a/b/c')).toEqual(['a/b/c'])
    expect(await store.list('a/b/c/d')).toEqual([])
    expect(await store.list('none/')).toEqual([])
  })

  test('list of an empty store is empty', async () => {
    expect(await (await open()).list('')).toEqual([])
  })

  test.each([
    'with space.txt',
    'naïve/ключ/键.json',
    'a%2Fb',
    'a+b&c=d?e#f',
    'quote\'"`$x',
    'champion.12.json',
    '..a',
    'a~',
    '-rf',
  ])('the key %s works like any other', async key => {
    const store = await open()
    await store.write(key, text(key))
    expect(await store.list('')).toEqual([key])
    expect(await store.read(key)).toEqual(text(key))
    await expect(store.write(key, text('again'), { ifAbsent: true })).rejects.toMatchObject({ code: 'CONFLICT' })
    await store.remove(key)
    expect(await store.list('')).toEqual([])
  })
}

/** Each would climb out of the store, be absolute, or name something else on another system. */
const BAD_KEYS = ['', '/', '/etc/passwd', '..', '../a', 'a/../../b', 'a/..', './a', 'a/.', 'a//b', 'a/', 'a\\b', 'a\0b', 'a\nb', '\ud800', '.tmp~a', 'a/.tmp~b/c'] // biome-ignore format: list

function describeRefusals(open: Open): void {
  test.each(BAD_KEYS)('the key %j is refused by every method', async key => {
    const store = await open()
    await expect(store.read(key)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(store.readRange(key, 0, 1)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(store.write(key, text('x'))).rejects.toMatchObject({ code: 'USAGE' })
    await expect(store.remove(key)).rejects.toMatchObject({ code: 'USAGE' })
    expect(await store.list('')).toEqual([])
  })

  test.each(['/', '../', '/etc', 'a//', 'a/../', './', 'a\\', '\ud800', '.tmp~'])(
    'the prefix %j is refused',
    async prefix => {
      await expect((await open()).list(prefix)).rejects.toMatchObject({ code: 'USAGE' })
    },
  )

  test('what is not there is NOT_FOUND and named, with the store', async () => {
    const store = await open()
    await store.write('a/b', text('x'))
    const notFound = (key: string) => ({ code: 'NOT_FOUND', message: `there is no "${key}" in ${store.uri}` })
    for (const key of ['none', 'a', 'a/b/c', 'a/c', `a/${'long'.repeat(100)}`]) {
      await expect(store.read(key)).rejects.toMatchObject(notFound(key))
      await expect(store.readRange(key, 0, 0)).rejects.toMatchObject(notFound(key))
      await expect(store.readRange(key, 3, 9)).rejects.toMatchObject(notFound(key))
    }
  })

  test('remove removes that object only, and doing it twice is no error', async () => {
    const store = await open()
    for (const key of ['a', 'ab', 'b/a']) await store.write(key, text(key))
    await store.remove('a')
    await store.remove('a')
    await store.remove('b')
    await store.remove('never/there')
    expect(await store.list('')).toEqual(['ab', 'b/a'])
    await expect(store.read('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
}

function describeWriters(open: Open): void {
  test('ifAbsent writes a new key, is CONFLICT on an old one and leaves that as it was', async () => {
    const store = await open()
    await store.write('a/b', text('first'), { ifAbsent: true })
    await expect(store.write('a/b', text('second'), { ifAbsent: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `"a/b" already exists in ${store.uri}`,
    })
    expect(await store.read('a/b')).toEqual(text('first'))
    await store.remove('a/b')
    await store.write('a/b', text('third'), { ifAbsent: true })
    expect(await store.read('a/b')).toEqual(text('third'))
    expect(await store.list('')).toEqual(['a/b'])
  })

  test('of 16 writers at once with ifAbsent exactly one wins, and its bytes are the ones stored', async () => {
    const store = await open()
    for (let round = 0; round < 5; round++) {
      const key = `round/${round}`
      const values = Array.from({ length: 16 }, (_, i) => text(`writer ${i} of round ${round}`))
      const results = await Promise.allSettled(values.map(value => store.write(key, value, { ifAbsent: true })))
      const winners = results.flatMap((result, i) => (result.status === 'fulfilled' ? [values[i]] : []))
      const losses = results.flatMap(result => (result.status === 'rejected' ? [result.reason.code] : []))
      expect(winners).toHaveLength(1)
      expect(losses).toEqual(Array(15).fill('CONFLICT'))
      expect(await store.read(key)).toEqual(winners[0])
    }
  })

  test('of 16 writers of the very same bytes with ifAbsent exactly one wins', async () => {
    const store = await open()
    const writes = Array.from({ length: 16 }, () => store.write('a', text('same'), { ifAbsent: true }))
    const results = await Promise.allSettled(writes)
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1)
  })
}

function describeReaders(open: Open): void {
  test('a reader beside a writer sees the whole old or the whole new value', async () => {
    const store = await open()
    const values = [new Uint8Array(300_000).fill(1), new Uint8Array(200_000).fill(2)].map(bytes => Buffer.from(bytes))
    await store.write('a', values[0])
    let writing = true
    const write = async () => {
      for (let i = 1; i <= 30; i++) await store.write('a', values[i % 2])
    }
    const writer = write().finally(() => {
      writing = false
    })
    let reads = 0
    while (writing) {
      const got = await store.read('a')
      expect(
        values.some(value => value.equals(got)),
        `${got.length} bytes, first ${got[0]}, last ${got.at(-1)}`,
      ).toBe(true)
      expect(await store.list('')).toEqual(['a'])
      reads++
    }
    await writer
    expect(reads).toBeGreaterThan(0)
  })
}
