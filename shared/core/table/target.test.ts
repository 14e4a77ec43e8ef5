import { expect, test } from 'vitest'
import { AppError } from '../errors.ts'
import type { Table } from './table.ts'
import { labelsByClasses, targetLabels } from './target.ts'

/** A table with one column "y"; a null is a missing value. */
function tableOf(cells: readonly (string | null)[], unusedLevels: readonly string[] = []): Table {
  const levels = [...unusedLevels, ...new Set(cells.filter(cell => cell !== null))]
  const codes = Uint32Array.from(cells, cell => (cell === null ? 0 : levels.indexOf(cell) + 1))
  return { rowCount: cells.length, columns: new Map([['y', { kind: 'category', codes, levels }]]) }
}

const declared = (positive: string | number) => ({ target: { column: 'y', positive } })

test('a numeric positive gives numeric classes', () => {
  const { labels, classes } = targetLabels(tableOf(['0', '1', '1', '0']), declared(1))
  expect([...labels]).toEqual([0, 1, 1, 0])
  expect(classes).toEqual([0, 1])
})

test('a textual positive keeps the classes as text, whichever comes first', () => {
  const { labels, classes } = targetLabels(tableOf(['>50K', '<=50K']), declared('>50K'))
  expect([...labels]).toEqual([1, 0])
  expect(classes).toEqual(['<=50K', '>50K'])
  expect(targetLabels(tableOf(['0', '1']), declared('1')).classes).toEqual(['0', '1'])
})

test('with a numeric positive 1 and 1.0 are one class', () => {
  const { labels, classes } = targetLabels(tableOf(['1.0', '0.0', '1', '0']), declared(1))
  expect([...labels]).toEqual([1, 0, 1, 0])
  expect(classes).toEqual([0, 1])
})

test('a negative that is no number stays text beside a numeric positive', () => {
  expect(targetLabels(tableOf(['1', 'no']), declared(1)).classes).toEqual(['no', 1])
})

test('a level of the dictionary that no row has is no class', () => {
  expect(targetLabels(tableOf(['0', '1'], ['2']), declared(1)).classes).toEqual([0, 1])
})

test.each<[string, (string | null)[], string]>([
  ['one class, the positive', ['1', '1'], 'target y is 1 in every row; allowed: rows of two classes'],
  ['one class, the negative', ['0', '0'], 'target y never is 1, the positive class of the contract; it is 0'],
  ['positive never seen', ['yes', 'no'], 'target y never is 1, the positive class of the contract; it is "yes", "no"'],
  [
    'a third value',
    ['0', '1', 'maybe'],
    'target y has 3 values, 0, 1, "maybe"; allowed: two (target.labels can join spellings)',
  ],
  ['a missing value', ['0', '1', null], 'target y is missing in 1 of 3 rows; allowed: a value in every row'],
  ['no row', [], 'target y has no rows; allowed: rows of two classes'],
])('refused: %s', (_, cells, message) => {
  expect(() => targetLabels(tableOf(cells), declared(1))).toThrow(new AppError('INVALID_TABLE', message))
})

test('labels by known classes: one class alone will do, 1.0 is 1, and any other value is refused with its row', () => {
  const of = (cells: readonly (string | null)[]) => labelsByClasses(tableOf(cells), declared(1), [0, 1])
  expect([...of(['1', '1.0'])]).toEqual([1, 1])
  expect([...of(['0', '1', '0'])]).toEqual([0, 1, 0])
  expect(() => of(['1', '2'])).toThrow('target y is "2" in row 2 of 2; allowed: 0, 1')
  expect(() => of([null])).toThrow('target y is missing in row 1 of 1; allowed: 0, 1')
})
