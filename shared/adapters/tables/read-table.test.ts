import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseContract } from '../../core/contract/contract.ts'
import { MAX_FLOAT32 } from '../../core/contract/field-rules.ts'
import { makeFeatureBuilder } from './column-builder.ts'
import { readTable } from './read-table.ts'
import { CONTRACT_DOCUMENT, cellsOf, openTableFolder } from './table-file.fixture.ts'

const folder = openTableFolder()
const CONTRACT = parseContract(CONTRACT_DOCUMENT, 'shop.yaml')

test.each([
  ['a.xls', 'the file ends in ".xls"; allowed: .csv, .tsv, .jsonl, .ndjson, .data, .test'],
  ['table', 'the file has no extension; allowed: .csv, .tsv, .jsonl, .ndjson, .data, .test'],
])('%s is no known format', async (name, message) => {
  expect((await folder.refusal(name, 'x')).message).toBe(`${name}: ${message}`)
})

test('the extension may be in capitals', async () => {
  expect((await folder.read('A.CSV', 'plan,months,usage,left\nPro,3,1,1\n')).rowCount).toBe(1)
})

test('a file that is not there, or a folder, is named', async () => {
  const path = await folder.write('b.csv', '')
  const absent = join(path, '../absent.csv')
  const options = { columns: 'all' } as const
  await expect(readTable(absent, CONTRACT, options)).rejects.toMatchObject({
    code: 'INVALID_TABLE',
    message: `${absent}: no such file`,
  })
  const folderPath = join(path, '../folder.csv')
  await mkdir(folderPath)
  await expect(readTable(folderPath, CONTRACT, options)).rejects.toMatchObject({
    code: 'INVALID_TABLE',
    message: `${folderPath}: a folder; allowed: a file`,
  })
})

test('codes are a byte up to 255 levels, two up to 65,535 and four beyond, and mean the same levels', async () => {
  const widths: number[] = []
  for (const count of [255, 256, 65_535, 65_536]) {
    const levels = Array.from({ length: count }, (_, i) => `level ${i}`)
    const text = `plan,months,usage,left\n${levels.map(level => `${level},3,1,1`).join('\n')}\n`
    const open = { ...CONTRACT_DOCUMENT, features: { ...CONTRACT_DOCUMENT.features, plan: { type: 'category' } } }
    const path = await folder.write('levels.csv', text)
    const { columns } = await readTable(path, parseContract(open, 'open.yaml'), { columns: 'all' })
    const column = columns.get('plan')
    if (column?.kind !== 'category') throw new Error('plan is a category')
    expect(Array.from(column.codes, code => column.levels[code - 1])).toEqual(levels)
    widths.push(column.codes.BYTES_PER_ELEMENT)
  }
  expect(widths).toEqual([1, 2, 2, 4])
})

test('a category of more than a million different values is refused as what it is, an id', () => {
  const builder = makeFeatureBuilder(
    { name: 'customer', type: 'category', nullable: false, unknown: 'error' },
    { missing: [], trim: false },
  )
  for (let i = 0; i < 1_000_000; i++) builder.addCell(String(i))
  expect(builder.addCell('7')).toBeUndefined()
  expect(() => builder.addCell('one more')).toThrow(
    'customer has more than 1,000,000 different values; allowed: 1,000,000 in a category; a column that names each row',
  )
})

test('the columns come in the order features, sensitive, target, whatever the order of the file', async () => {
  const contract = { sensitive: { sex: { type: 'category' } } }
  const { columns } = await folder.read('a.csv', 'sex,left,usage,plan,months\nF,1,2,Pro,3\n', { contract })
  expect([...columns.keys()]).toEqual(['plan', 'months', 'usage', 'sex', 'left'])
})

test('a feature may be called like a member of every object, in both formats', async () => {
  const contract = { features: { constructor: { type: 'number' }, toString: { type: 'category' } } }
  const rows = [{ constructor: 1, toString: 'valueOf', left: '0' }]
  expect(cellsOf(await folder.read('a.csv', 'constructor,toString,left\n1,valueOf,0\n', { contract }))).toEqual(rows)
  expect(cellsOf(await folder.read('a.jsonl', JSON.stringify(rows[0]), { contract }))).toEqual(rows)
  expect((await folder.refusal('a.jsonl', '{"left":1}', { contract })).problems).toHaveLength(2)
})

/** A cell as RFC 4180 allows it: quoted where it must be. */
const toCell = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

test('any table is the same read from CSV, with either line end, and from JSON Lines', async () => {
  const contract = { features: { x: { type: 'number', nullable: true }, c: { type: 'category', nullable: true } } }
  // CSV cannot tell "" from missing, makes "\n" of "\r\n", and UTF-8 has no lone surrogates and the reader no NUL.
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter(value => !/[\0\r]/.test(value))
  const row = fc.record({
    // + 0 because no text tells -0 from 0 here.
    x: fc.option(fc.double({ min: -MAX_FLOAT32, max: MAX_FLOAT32, noNaN: true }).map(x => x + 0)),
    c: fc.option(fc.oneof(text, fc.constantFrom('"', '""', ',', '\n', ' a ', '"a"', 'NaN'))),
    left: fc.constantFrom('0', '1'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1 }), fc.constantFrom('\n', '\r\n'), async (rows, end) => {
      const lines = rows.map(({ x, c, left }) => [x ?? '', c ?? '', left].map(cell => toCell(String(cell))).join(','))
      const fromCsv = await folder.read('p.csv', `${['x,c,left', ...lines].join(end)}${end}`, { contract })
      const fromJson = await folder.read('p.jsonl', rows.map(cells => JSON.stringify(cells)).join('\n'), { contract })
      expect(cellsOf(fromCsv)).toEqual(rows)
      expect(fromJson).toEqual(fromCsv)
    }),
    { numRuns: 50 },
  )
})

test('a weight column is read where the target is: a number that may not be missing; for scoring it may be there or absent', async () => {
  const contract = { weight: 'w' }
  const table = await folder.read('w.csv', 'w,plan,months,usage,left\n2.5,Pro,1,2,1\n', { contract })
  expect([...table.columns.keys()]).toEqual(['plan', 'months', 'usage', 'left', 'w'])
  expect(table.columns.get('w')).toEqual({ kind: 'number', values: Float64Array.of(2.5) })
  const missing = await folder.refusal('v.csv', 'w,plan,months,usage,left\n,Pro,1,2,1\n', { contract })
  expect(missing.problems).toEqual(['v.csv:2:1 w is missing (""); allowed: a number'])
  for (const content of ['w,plan,months,usage\nx,Pro,1,2\n', 'plan,months,usage\nPro,1,2\n']) {
    const scored = await folder.read('s.csv', content, { contract, columns: 'features' })
    expect([...scored.columns.keys()]).toEqual(['plan', 'months', 'usage'])
  }
})
