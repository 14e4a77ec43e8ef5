import { expect, test } from 'vitest'
import { parseContract } from '../contract/contract.ts'
import { type Column, selectRows, type Table } from '../table/table.ts'
import { encodeTable, fitPreprocessor } from './preprocessor.ts'

const contractOf = (features: object) =>
  parseContract({ name: 'a', data: 'a.csv', target: { column: 'y', positive: 1 }, features }, 'c.yaml')

const numbers = (...values: number[]): Column => ({ kind: 'number', values: Float64Array.from(values) })
const category = (levels: string[], ...codes: number[]): Column => ({
  kind: 'category',
  codes: Uint32Array.from(codes),
  levels: Object.freeze(levels),
})

function tableOf(columns: Record<string, Column>): Table {
  const [first] = Object.values(columns)
  const rowCount = first.kind === 'number' ? first.values.length : first.codes.length
  return { rowCount, columns: new Map(Object.entries(columns)) }
}

test('declared values are the levels in declared order, whatever the table has', () => {
  const contract = contractOf({
    c: { type: 'category', values: ['z', 'a', 'm'], unknown: 'other' },
    x: { type: 'integer' },
  })
  const table = tableOf({ c: category(['m'], 1, 1), x: numbers(1, 2) })
  expect(fitPreprocessor(table, contract)).toEqual([
    { name: 'c', kind: 'category', levels: ['z', 'a', 'm'], hasOther: true },
    { name: 'x', kind: 'number' },
  ])
})

test('learnt levels are those of the rows sorted by code unit, whatever the order of the rows', () => {
  const contract = contractOf({ c: { type: 'category' } })
  const table = tableOf({ c: category(['b', 'é', 'a', 'B', '10', '9'], 1, 2, 3, 4, 5, 6) })
  const spec = { name: 'c', kind: 'category', levels: ['10', '9', 'B', 'a', 'b', 'é'], hasOther: false }
  expect(fitPreprocessor(table, contract)).toEqual([spec])
  expect(fitPreprocessor(selectRows(table, Uint32Array.of(5, 3, 1, 0, 2, 4)), contract)).toEqual([spec])
})

test('a level of the dictionary that no row has is not learnt', () => {
  const contract = contractOf({ c: { type: 'category' } })
  const table = selectRows(tableOf({ c: category(['a', 'b'], 1, 2) }), Uint32Array.of(1))
  expect(fitPreprocessor(table, contract)).toMatchObject([{ levels: ['b'] }])
})

test('a category missing in every row cannot be learnt', () => {
  const contract = contractOf({ c: { type: 'category', nullable: true } })
  expect(() => fitPreprocessor(tableOf({ c: category([], 0, 0) }), contract)).toThrow(
    expect.objectContaining({
      code: 'INVALID_TABLE',
      message: 'c is missing in every row; allowed: a value in at least one row',
    }),
  )
})

test('rows are encoded row-major: numbers as float32, categories as codes, other after the last, missing as NaN', () => {
  const table = tableOf({
    x: numbers(0.1, Number.NaN, -2),
    c: category(['b', 'q', 'a'], 3, 2, 0),
    d: category(['v'], 1, 1, 1),
  })
  const specs = [
    { name: 'c', kind: 'category', levels: ['a', 'b'], hasOther: true },
    { name: 'x', kind: 'number' },
    { name: 'd', kind: 'category', levels: ['u', 'v'], hasOther: false },
  ] as const
  const matrix = encodeTable(table, specs)
  expect(matrix.rowCount).toBe(3)
  expect(matrix.features).toEqual(specs)
  expect([...matrix.values]).toEqual([1, Math.fround(0.1), 2, 3, Number.NaN, 2, Number.NaN, -2, 2])
})

test('an unknown level is refused by row, and only if a row has it', () => {
  const specs = [{ name: 'c', kind: 'category', levels: ['a'], hasOther: false }] as const
  const table = tableOf({ c: category(['a', 'q'], 1, 2) })
  expect(() => encodeTable(table, specs)).toThrow(
    expect.objectContaining({ code: 'INVALID_TABLE', message: 'row 2: c is "q"; allowed: a' }),
  )
  expect([...encodeTable(selectRows(table, Uint32Array.of(0)), specs).values]).toEqual([1])
})
