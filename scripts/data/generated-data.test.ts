import { expect, test } from 'vitest'
import { csvFile, jsonFile, jsonLinesFile, roundTo } from './generated-data.ts'

test('a CSV file has its header, one line per row, and counts rows without the header', () => {
  const expected = { name: 't.csv', rows: 2, text: 'a,b\nx,1.5\ny,0\n' }
  expect(csvFile('t.csv', ['a', 'b'], [['x', 1.5], ['y', 0]])).toEqual(expected) // biome-ignore format: the rows as rows
})

test('a cell that would need quotes is refused, for nothing here writes them', () => {
  for (const cell of ['a,b', 'a"b', 'a\nb', 'a\rb']) expect(() => csvFile('t.csv', ['c'], [[cell]])).toThrow('t.csv')
})

test('JSON Lines ends every document with a line break; a document alone is indented', () => {
  expect(jsonLinesFile('m.jsonl', [{ a: 1 }, { a: 2 }])).toEqual({
    name: 'm.jsonl',
    rows: 2,
    text: '{"a":1}\n{"a":2}\n',
  })
  expect(jsonFile('d.json', { a: 1 })).toEqual({ name: 'd.json', rows: 1, text: '{\n  "a": 1\n}\n' })
})

test('roundTo rounds half away from zero and prints at most the decimals asked for', () => {
  expect([roundTo(2.345, 1), roundTo(2.25, 1), roundTo(-2.25, 1), roundTo(1234567.891, 2), roundTo(7, 2)]).toEqual([
    2.3, 2.3, -2.3, 1234567.89, 7,
  ])
})
