import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseContract } from '../../core/contract/contract.ts'
import { lenientTableOfRows, readLenientTable } from './lenient-table.ts'
import { CONTRACT_DOCUMENT, cellsOf, openTableFolder } from './table-file.fixture.ts'

const folder = openTableFolder()
const CONTRACT = parseContract(
  { ...CONTRACT_DOCUMENT, sensitive: { sex: { type: 'category' } }, weight: 'w', ignore: ['id'] },
  'shop.yaml',
)

const read = async (name: string, content: string) =>
  readLenientTable({ path: await folder.write(name, content) }, CONTRACT)

test('values that the contract refuses are kept: out of range, not whole, new categories, missing', async () => {
  const { table, unreadable } = await read('a.csv', 'plan,months,usage,left\nGold,-3,2.5,1\n,2.5,,\n')
  expect(cellsOf(table)).toEqual([
    { plan: 'Gold', months: -3, usage: 2.5, left: '1' },
    { plan: null, months: 2.5, usage: null, left: null },
  ])
  expect([...unreadable.values()]).toEqual([0, 0, 0, 0])
})

test('what is no number counts as unreadable and is missing, in both formats', async () => {
  const csv = await read('b.csv', 'plan,months,usage\nPro,many,1e999\n')
  const jsonl = await read('b.jsonl', '{"plan":7,"months":"3","usage":[1]}\n')
  expect(cellsOf(csv.table)).toEqual([{ plan: 'Pro', months: null, usage: null }])
  expect(csv.unreadable).toEqual(new Map([['plan', 0], ['months', 1], ['usage', 1]])) // biome-ignore format: a map
  expect(cellsOf(jsonl.table)).toEqual([{ plan: null, months: null, usage: null }])
  expect([...jsonl.unreadable.values()]).toEqual([1, 1, 1])
})

test('an absent column is absent, unlisted ones are named, sensitive, weight and ignored ones are neither read nor named', async () => {
  const csv = await read('c.csv', 'extra,plan,sex,w,id\n1,Pro,F,2,9\n')
  const jsonl = await read('c.jsonl', '{"extra":1,"plan":"Pro","sex":"F","w":2,"id":9}\n')
  for (const { table, unlisted } of [csv, jsonl]) {
    expect([...table.columns.keys()]).toEqual(['plan'])
    expect(unlisted).toEqual(['extra'])
  }
})

test.each([
  ['a row with a cell too many', 'd.csv', 'plan,months\nPro,1,2\n', 'the row has 3 cells; allowed: 2'],
  ['a header alone', 'e.csv', 'plan,months\n', 'the file has a header and no row'],
  ['an empty file', 'f.csv', '', 'the file is empty'],
  ['a column twice', 'g.csv', 'plan,plan\nPro,Pro\n', 'is column 1 too'],
  ['a line that is no JSON', 'h.jsonl', '{"plan":\n', 'the line is no JSON'],
  ['another table', 'i.csv', 'a,b\n1,2\n', 'has none of the features of contract shop; it needs: plan, months, usage'],
])('%s is refused', async (_, name, content, message) => {
  await expect(read(name, content)).rejects.toMatchObject({
    code: 'INVALID_TABLE',
    message: expect.stringContaining(message),
  })
})

test('bytes that lie on no disk are read like a file of that name', async () => {
  const content = `plan,months,usage,left\n${'Pro,3,1,0\n'.repeat(40_000)}`
  const bytes = new TextEncoder().encode(content)
  const ofBytes = await readLenientTable({ path: 'samples/x.csv', bytes }, CONTRACT)
  expect(ofBytes).toEqual(await read('x.csv', content))
  expect(ofBytes.table.rowCount).toBe(40_000)
})

const value = fc.oneof(fc.constantFrom<unknown>('Pro', 'Gold', '', null, true, [1], 1e300), fc.integer(), fc.double())
const rows = fc.array(fc.dictionary(fc.constantFrom('plan', 'months', 'usage', 'left', 'other', '__proto__'), value))

test('rows are the same table as the file of their lines, whatever they hold', async () => {
  await fc.assert(
    fc.asyncProperty(rows, async rows => {
      const lines = [{ plan: 'Pro' }, ...rows].map(row => JSON.stringify(row))
      const parsed = lines.map(line => JSON.parse(line))
      const bytes = new TextEncoder().encode(lines.join('\n'))
      const ofFile = await readLenientTable({ path: 'x.jsonl', bytes }, CONTRACT)
      expect(lenientTableOfRows(parsed, CONTRACT, 'rows')).toEqual(ofFile)
    }),
    { numRuns: 50 },
  )
})

test('rows that are no objects are refused by their place, and no rows are an empty table', () => {
  expect(() => lenientTableOfRows([{ plan: 'Pro' }, 3], CONTRACT, 'current')).toThrow('current[1] is no object')
  expect(lenientTableOfRows([], CONTRACT, 'current').table.rowCount).toBe(0)
})
