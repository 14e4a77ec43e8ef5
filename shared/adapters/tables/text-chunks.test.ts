import { expect, test } from 'vitest'
import { openTableFolder } from './table-file.fixture.ts'
import { TableProblems } from './table-problems.ts'
import { type TextSource, textChunks } from './text-chunks.ts'

const folder = openTableFolder()

async function readText(content: string | Uint8Array, onProgress?: TextSource['onProgress']): Promise<string> {
  const path = await folder.write('a.txt', content)
  let text = ''
  for await (const piece of textChunks({ path, problems: new TableProblems('a.txt'), onProgress })) text += piece
  return text
}

/** Bytes of one piece; the tests put what must not be torn around it. */
const PIECE = 256 * 1024

test.each([-2, -1, 0, 1])('a line end of two bytes and a character of four survive the cut (%d)', async shift => {
  const head = 'a'.repeat(PIECE + shift)
  expect(await readText(`${head}\r\nb`)).toBe(`${head}\nb`)
  expect(await readText(`${head}😀b`)).toBe(`${head}😀b`)
  expect(await readText(`${head}\r`)).toBe(`${head}\r`)
})

test('a byte order mark is taken off the start only', async () => {
  expect(await readText('\ufeffa\ufeff')).toBe('a\ufeff')
})

const latin1 = (text: string) => Buffer.from(text, 'latin1')

test.each<[string, Uint8Array, number]>([
  ['in the first line', latin1('caf\xe9,1\nb\n'), 1],
  ['in the third line', latin1('a\nb\ncaf\xe9,1\nd\n'), 3],
  ['in the last line, without an end', latin1('a\nb\nd\xe9x'), 3],
  ['a character cut off by the end of the file', Buffer.from('a\né').subarray(0, 3), 2],
  ['in the second piece', Buffer.concat([Buffer.from('a\n'.repeat(PIECE / 2)), latin1('b\n\xff\n')]), PIECE / 2 + 2],
  [
    'in the second piece, which starts inside a character',
    Buffer.concat([Buffer.from(`${'a\n'.repeat(PIECE / 2 - 1)}aé\n`), latin1('b\n\xff\n')]),
    PIECE / 2 + 2,
  ],
  ['UTF-16 with its mark', Buffer.from('\ufeffa,b\n', 'utf16le'), 1],
])('bytes that are no UTF-8 are refused by line: %s', async (_, bytes, line) => {
  await expect(readText(bytes)).rejects.toMatchObject({
    code: 'INVALID_TABLE',
    message: `a.txt:${line} is no UTF-8 text; save the file as UTF-8`,
  })
})

test('a NUL byte is refused by line', async () => {
  await expect(readText('a\nb\nc\0d\n')).rejects.toMatchObject({ message: 'a.txt:3 has a NUL byte; allowed: text' })
})

test('progress counts the bytes read up to the size of the file', async () => {
  const calls: [number, number][] = []
  await readText('é'.repeat(PIECE), (done, total) => calls.push([done, total]))
  expect(calls).toEqual([
    [PIECE, 2 * PIECE],
    [2 * PIECE, 2 * PIECE],
  ])
})
