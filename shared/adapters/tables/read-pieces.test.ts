import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseContract } from '../../core/contract/contract.ts'
import type { Table } from '../../core/table/table.ts'
import { type ReadPiecesOptions, readPieces } from './read-pieces.ts'
import { readTable } from './read-table.ts'
import { CONTRACT_DOCUMENT, cellsOf, openTableFolder } from './table-file.fixture.ts'

const files = openTableFolder()
const contract = parseContract(CONTRACT_DOCUMENT, 'test')

/** Long enough a cell that some hundred rows are several pieces of the file. */
const WIDE = ' '.repeat(3_000)
const rowOf = (i: number) => ({ plan: i % 3 === 0 ? 'Pro' : 'Basic', months: i, usage: i % 5 === 0 ? null : i / 7 })
const csvOf = (count: number) =>
  `plan,months,usage,left\n${Array.from({ length: count }, (_, i) => {
    const { plan, months, usage } = rowOf(i)
    return `${plan},${months},${usage ?? ''},"${WIDE}"\n`
  }).join('')}`
const jsonOf = (count: number) =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ ...rowOf(i), left: WIDE })}\n`).join('')

async function read(path: string, options: Partial<ReadPiecesOptions>) {
  const pieces: ReturnType<typeof cellsOf>[] = []
  let bytes = 0
  const count = await readPieces(path, contract, {
    columns: 'features',
    rowsPerPiece: 100,
    onPiece: async (piece, firstRow) => {
      expect(firstRow).toBe(pieces.flat().length)
      pieces.push(cellsOf(piece))
    },
    onProgress: read => {
      bytes = read
    },
    ...options,
  })
  return { pieces, count, bytes }
}

test.each(['csv', 'jsonl'])('the pieces of a %s file, put together, are what readTable reads', async kind => {
  const path = await files.write(`many.${kind}`, kind === 'csv' ? csvOf(600) : jsonOf(600))
  const whole = cellsOf(await readTable(path, contract, { columns: 'features' }))
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 700 }),
      fc.option(fc.integer({ min: 1, max: 700 }), { nil: undefined }),
      async (rowsPerPiece, maxRows) => {
        const { pieces, count } = await read(path, { rowsPerPiece, ...(maxRows && { maxRows }) })
        expect(pieces.flat()).toEqual(whole.slice(0, maxRows))
        expect(count).toBe(Math.min(600, maxRows ?? 600))
        for (const piece of pieces.slice(0, -1)) expect(piece.length).toBeGreaterThanOrEqual(rowsPerPiece)
      },
    ),
    { numRuns: 15 },
  )
})

test.each(['csv', 'jsonl'])(
  'a %s file is read on only when a piece is done with, and no further than wanted',
  async kind => {
    const path = await files.write(`long.${kind}`, kind === 'csv' ? csvOf(1_000) : jsonOf(1_000))
    let [bytes, busy] = [0, false]
    const onProgress = (read: number) => {
      bytes = read
      expect(busy).toBe(false)
    }
    const onPiece = async () => {
      busy = true
      await new Promise(next => setTimeout(next, 30))
      busy = false
    }
    await read(path, { maxRows: 300, onPiece, onProgress })
    // Of 3 MB the pieces with the first 300 rows, and one that was on its way.
    expect(bytes).toBeLessThan(1_500_000)
  },
)

test('rows after the last wanted one are not looked at, and those before it are', async () => {
  const lines = csvOf(20).split('\n')
  const path = await files.write('bad.csv', [...lines.slice(0, 11), 'Gold,x', ...lines.slice(11)].join('\n'))
  expect((await read(path, { maxRows: 10 })).count).toBe(10)
  await expect(read(path, { maxRows: 11 })).rejects.toThrow(/bad\.csv:12 the row has 2 cells/)
})

test('from the first problem on no piece is handed out, and all problems of the file are told', async () => {
  const lines = csvOf(900).split('\n')
  lines[500] = lines[500].replace(/Pro|Basic/, 'Gold')
  lines[890] = lines[890].replace(/Pro|Basic/, 'Gold')
  const path = await files.write('late.csv', lines.join('\n'))
  let rows = 0
  const onPiece = async (piece: Table) => {
    rows += piece.rowCount
  }
  const error = await read(path, { onPiece }).catch(thrown => thrown)
  expect(error.problems.map(({ message }: { message: string }) => /late\.csv:\d+/.exec(message)?.[0])).toEqual([
    'late.csv:501',
    'late.csv:891',
  ])
  expect(rows).toBeGreaterThan(0)
  expect(rows).toBeLessThan(500)
})

test('what a piece fails with ends the reading as it is', async () => {
  const path = await files.write('fails.csv', csvOf(300))
  const failure = new Error('no room')
  await expect(read(path, { onPiece: () => Promise.reject(failure) })).rejects.toBe(failure)
})
