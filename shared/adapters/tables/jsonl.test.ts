import { expect, test } from 'vitest'
import { cellsOf, openTableFolder } from './table-file.fixture.ts'

const folder = openTableFolder()
const RIGHT = '{"plan":"Pro","months":3,"usage":1.5,"left":1}'

test('objects are rows; null, absent and for a category "" are missing where that is allowed', async () => {
  const contract = {
    features: { usage: { type: 'number', nullable: true }, region: { type: 'category', nullable: true } },
  }
  const text = [
    '{"usage": 1e-1, "region": "n", "left": 1}',
    '{"left": 0, "region": null, "usage": null}',
    '',
    '  {"left": 0, "region": ""}\r',
  ].join('\n')
  expect(cellsOf(await folder.read('a.jsonl', text, { contract }))).toEqual([
    { usage: 0.1, region: 'n', left: '1' },
    { usage: null, region: null, left: '0' },
    { usage: null, region: null, left: '0' },
  ])
})

test.each([
  ['a number', '1', '1'],
  ['a string', '"yes"', 'yes'],
  ['a truth value', 'true', 'true'],
])('the target may be %s', async (_, json, cell) => {
  const table = await folder.read('a.ndjson', `{"plan":"Pro","months":3,"left":${json}}`)
  expect(cellsOf(table)).toEqual([{ plan: 'Pro', months: 3, usage: null, left: cell }])
})

test('for scoring target and sensitive columns may be there or absent', async () => {
  const contract = { sensitive: { sex: { type: 'category' } } }
  const text = '{"plan":"Pro","months":3,"left":[],"sex":1}\n{"plan":"Pro","months":4}'
  const table = await folder.read('a.jsonl', text, { contract, columns: 'features' })
  expect(cellsOf(table).map(({ months }) => months)).toEqual([3, 4])
})

test.each<[string, string, string]>([
  ['text for a number', '{"plan":"Pro","months":"3","left":1}', 'months is "3"; allowed: an integer of at least 0'],
  ['number for a category', '{"plan":1,"months":3,"left":1}', 'plan is 1; allowed: Basic, Pro'],
  ['null', '{"plan":null,"months":3,"left":1}', 'plan is null; allowed: Basic, Pro'],
  ['absent key', '{"plan":"Pro","left":1}', 'months is absent; allowed: an integer of at least 0'],
  ['absent target', '{"plan":"Pro","months":3}', 'left is absent; allowed: any string but the empty one'],
  ['fraction', '{"plan":"Pro","months":1.5,"left":1}', 'months is 1.5; allowed: an integer of at least 0'],
  [
    '1e400',
    '{"plan":"Pro","months":3,"usage":1e400,"left":1}',
    'usage is Infinity; allowed: numbers from -3.4028234663852886e+38 to 3.4028234663852886e+38, which is what float32 holds',
  ],
  ['nested value', '{"plan":{"a":1},"months":3,"left":1}', 'plan is an object; allowed: Basic, Pro'],
  ['nested target', '{"plan":"Pro","months":3,"left":[1]}', 'left is a list; allowed: any string but the empty one'],
  [
    'extra key',
    '{"plan":"Pro","months":3,"left":1,"mnths":3}',
    '"mnths" is no column of contract shop; did you mean "months"? to leave it out, add it to ignore',
  ],
  [
    '__proto__',
    '{"plan":"Pro","months":3,"left":1,"__proto__":{}}',
    '"__proto__" is no column of contract shop; to leave it out, add it to ignore',
  ],
  ['list', '[1]', 'the row is a list; allowed: an object with one key for each column'],
  ['bare null', 'null', 'the row is null; allowed: an object with one key for each column'],
])('a bad line is refused by its number: %s', async (_, line, message) => {
  const { problems } = await folder.refusal('a.jsonl', `${RIGHT}\n\n${line}\n${RIGHT}\n`)
  expect(problems).toEqual([`a.jsonl:3 ${message}`])
})

test.each(['{"plan":', 'NaN', '{"months": NaN}', "{'plan': 1}", '{} {}'])('%s is no JSON', async line => {
  const { problems } = await folder.refusal('a.jsonl', `${RIGHT}\n${line}\n`)
  expect(problems).toEqual([expect.stringMatching(/^a\.jsonl:2 the line is no JSON: /)])
})

test.each(['', '\n \n'])('a file without rows is refused: %j', async text => {
  expect((await folder.refusal('a.jsonl', text)).message).toBe('a.jsonl:1 the file is empty; allowed: at least one row')
})

test('an endless line is refused without gathering it', async () => {
  const { message } = await folder.refusal('a.jsonl', `${RIGHT}\n[${'1,'.repeat(1_500_000)}`)
  expect(message).toBe('a.jsonl:2 the line goes on for more than 1000000 characters; allowed: one JSON object a line')
})

test('lines that lie across the pieces of a large file stay whole', async () => {
  const lines = Array.from({ length: 12_000 }, (_, i) => RIGHT.replace('3', `${i}`))
  const { columns } = await folder.read('a.jsonl', lines.join('\n'))
  expect(columns.get('months')).toEqual({ kind: 'number', values: Float64Array.from(lines.keys()) })
})
