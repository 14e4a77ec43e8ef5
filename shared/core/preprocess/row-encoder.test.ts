import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseContract } from '../contract/contract.ts'
import { MAX_FLOAT32, numberProblem } from '../contract/field-rules.ts'
import { AppError } from '../errors.ts'
import type { Column, Table } from '../table/table.ts'
import { encodeTable, type FeatureSpec, fitPreprocessor } from './preprocessor.ts'
import { makeRowEncoder } from './row-encoder.ts'

const CONTRACT = parseContract(
  {
    name: 'a',
    data: 'a.csv',
    target: { column: 'churned', positive: 1 },
    features: {
      plan: { type: 'category', values: ['Basic', 'Pro'] },
      months: { type: 'integer', minimum: 0 },
      usage: { type: 'number', nullable: true },
      region: { type: 'category', values: ['north', 'south'], nullable: true, unknown: 'other' },
    },
    sensitive: { sex: { type: 'category' } },
    weight: 'w',
  },
  'c.yaml',
)
const NO_TABLE: Table = { rowCount: 0, columns: new Map() }
const encode = makeRowEncoder(CONTRACT, fitPreprocessor(NO_TABLE, CONTRACT))
const ROW = Object.freeze({ plan: 'Pro', months: 3, usage: 0.1, region: 'south' })

function refusal(run: () => unknown): AppError {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_ROWS') return error
    throw error
  }
  throw new Error('accepted')
}

test('a right row is encoded in the order of the specs, whatever the order of its keys', () => {
  const expected = [2, 3, Math.fround(0.1), 2]
  expect([...encode([ROW]).values]).toEqual(expected)
  expect([...encode([{ region: 'south', usage: 0.1, months: 3, plan: 'Pro' }]).values]).toEqual(expected)
})

test('a nullable feature may be null or absent, and a category empty; unknown: other has its own code', () => {
  const rows = [
    { plan: 'Basic', months: 0 },
    { plan: 'Basic', months: 0, usage: null, region: null },
    { plan: 'Basic', months: 0, region: '' },
    { plan: 'Basic', months: 0, region: 'west' },
  ]
  const { rowCount, values } = encode(rows)
  expect(rowCount).toBe(4)
  const head = [1, 0, Number.NaN]
  expect([...values]).toEqual([...head, Number.NaN, ...head, Number.NaN, ...head, Number.NaN, ...head, 3])
})

test('no rows are no values', () => {
  expect(encode([])).toEqual({ rowCount: 0, values: new Float32Array(0) })
})

const withJson = (text: string) => ({ ...ROW, ...JSON.parse(text) })

test.each<[string, unknown, string, string]>([
  ['unknown category', { ...ROW, plan: 'Gold' }, 'unknown_category', 'plan is "Gold"; allowed: Basic, Pro'],
  ['empty category', { ...ROW, plan: '' }, 'unknown_category', 'plan is ""; allowed: Basic, Pro'],
  ['text for a number', { ...ROW, months: '12' }, 'wrong_type', 'months is "12"; allowed: an integer of at least 0'],
  ['empty text for a nullable number', { ...ROW, usage: '' }, 'wrong_type', 'usage is ""; allowed: a number'],
  ['number for a category', { ...ROW, plan: 1 }, 'wrong_type', 'plan is 1; allowed: Basic, Pro'],
  ['number for unknown: other', { ...ROW, region: 1 }, 'wrong_type', 'region is 1; allowed: north, south'],
  [
    'truth value for a number',
    { ...ROW, months: true },
    'wrong_type',
    'months is true; allowed: an integer of at least 0',
  ],
  ['list', { ...ROW, months: [3] }, 'wrong_type', 'months is a list; allowed: an integer of at least 0'],
  ['object', { ...ROW, plan: { toString: 1 } }, 'wrong_type', 'plan is an object; allowed: Basic, Pro'],
  ['null', { ...ROW, months: null }, 'missing_field', 'months is null; allowed: an integer of at least 0'],
  ['fraction', { ...ROW, months: 1.5 }, 'not_integer', 'months is 1.5; allowed: an integer of at least 0'],
  ['negative', { ...ROW, months: -1 }, 'out_of_range', 'months is -1; allowed: an integer of at least 0'],
  ['NaN', { ...ROW, usage: Number.NaN }, 'out_of_range', 'usage is NaN; allowed: a number'],
  [
    '1e400',
    withJson('{"usage": 1e400}'),
    'out_of_range',
    `usage is Infinity; allowed: numbers from -${MAX_FLOAT32} to ${MAX_FLOAT32}, which is what float32 holds`,
  ],
  [
    'number beyond float32',
    { ...ROW, usage: -1e39 },
    'out_of_range',
    `usage is -1e+39; allowed: numbers from -${MAX_FLOAT32} to ${MAX_FLOAT32}, which is what float32 holds`,
  ],
  [
    'slip in a name',
    { ...ROW, regoin: 1 },
    'unknown_field',
    '"regoin" is no field of the contract; did you mean "region"?',
  ],
  [
    'extra field',
    { ...ROW, customer_id: 1 },
    'unknown_field',
    '"customer_id" is no field of the contract; allowed: the features of the contract only',
  ],
  ['target', { ...ROW, churned: 0 }, 'unknown_field', '"churned" is the target, which is never an input; leave it out'],
  [
    'sensitive',
    { ...ROW, sex: 'F' },
    'unknown_field',
    '"sex" is a sensitive column, which is never an input; leave it out',
  ],
  [
    'weight',
    { ...ROW, w: 2 },
    'unknown_field',
    '"w" is the weight of training rows, which is never an input; leave it out',
  ],
  [
    'own key __proto__',
    JSON.parse('{"__proto__": {"plan": "Pro"}, "plan": "Pro", "months": 3}'),
    'unknown_field',
    '"__proto__" is no field of the contract; allowed: the features of the contract only',
  ],
  ['null row', null, 'not_a_row', 'the row is null; allowed: an object with one key for each feature'],
  ['list row', [1, 2], 'not_a_row', 'the row is a list; allowed: an object with one key for each feature'],
  ['bare number', 5, 'not_a_row', 'the row is 5; allowed: an object with one key for each feature'],
  ['hole in the list', undefined, 'not_a_row', 'the row is absent; allowed: an object with one key for each feature'],
])('refused by row, field and code: %s', (_, row, code, message) => {
  const error = refusal(() => encode([ROW, row]))
  expect(error.problems).toEqual([expect.objectContaining({ row: 1, code, message })])
  expect(error.message).toBe(`row 1: ${message}`)
})

test('a row with a missing field and another one too many hides neither', () => {
  const { months: _, ...rest } = ROW
  expect(refusal(() => encode([{ ...rest, month: 3 }])).problems.map(({ field, code }) => [field, code])).toEqual([
    ['month', 'unknown_field'],
    ['months', 'missing_field'],
  ])
})

test('every problem of every row is told, in order', () => {
  const error = refusal(() => encode([{ ...ROW, plan: 'Gold', months: -1 }, ROW, { ...ROW, months: '3' }]))
  expect(error.problems.map(({ row, field }) => [row, field])).toEqual([
    [0, 'plan'],
    [0, 'months'],
    [2, 'months'],
  ])
  expect(error.message).toBe('3 problems in 2 rows')
})

test('at most 100 problems are listed, and all are counted', () => {
  const error = refusal(() => encode(Array.from({ length: 60 }, () => ({ ...ROW, plan: 'Gold', months: -1 }))))
  expect(error.problems).toHaveLength(100)
  expect(error.message).toBe('120 problems in 60 rows; the first 100 are listed')
})

test('a long name or value of the caller is cut at 60 characters', () => {
  const long = 'y'.repeat(1_000_000)
  const error = refusal(() => encode([{ ...ROW, plan: long, [long]: 1 }]))
  expect(JSON.stringify(error.problems).length).toBeLessThan(600)
})

test('features called like members of every object work, and are missed when absent', () => {
  const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty']
  const features = Object.fromEntries(names.map(name => [name, { type: 'number' }]))
  const document = { name: 'a', data: 'a.csv', target: { column: 'y', positive: 1 }, features }
  const encodeOdd = makeRowEncoder(
    parseContract(document, 'c.yaml'),
    names.map((name): FeatureSpec => ({ name, kind: 'number' })),
  )
  const row = { constructor: 1, toString: 2, valueOf: 3, hasOwnProperty: 4 }
  expect([...encodeOdd([row]).values]).toEqual([1, 2, 3, 4])
  expect(refusal(() => encodeOdd([{}])).problems.map(({ field, code }) => [field, code])).toEqual(
    names.map(name => [name, 'missing_field']),
  )
})

test('specs that the contract does not have are a bug, not a request error', () => {
  expect(() => makeRowEncoder(CONTRACT, [{ name: 'months', kind: 'category', levels: [], hasOther: false }])).toThrow(
    'model input "months" (category) is no feature of contract a',
  )
})

test('the encoder takes a number exactly when numberProblem finds nothing', () => {
  const contract = parseContract(
    { ...CONTRACT.document, features: { x: { type: 'integer', minimum: -5, maximum: 1e39 } } },
    'c.yaml',
  )
  const [feature] = contract.features
  const encodeX = makeRowEncoder(contract, [{ name: 'x', kind: 'number' }])
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer({ min: -10, max: 10 })), x => {
      const problem = feature.type === 'category' ? undefined : numberProblem(feature, x)
      if (problem === undefined) expect(encodeX([{ x }]).values[0]).toBe(Math.fround(x))
      else expect(refusal(() => encodeX([{ x }])).problems).toEqual([{ row: 0, ...problem }])
    }),
  )
})

/** The same cells as a table; null is missing. */
function tableOf(rows: readonly { x: number | null; c: string | null }[]): Table {
  const levels = [...new Set(rows.flatMap(({ c }) => (c === null ? [] : [c])))]
  const columns: [string, Column][] = [
    ['x', { kind: 'number', values: Float64Array.from(rows, ({ x }) => x ?? Number.NaN) }],
    [
      'c',
      { kind: 'category', levels, codes: Uint32Array.from(rows, ({ c }) => (c === null ? 0 : levels.indexOf(c) + 1)) },
    ],
  ]
  return { rowCount: rows.length, columns: new Map(columns) }
}

test('rows give the same bytes as encodeTable of the same table', () => {
  const features = { x: { type: 'number', nullable: true }, c: { type: 'category', nullable: true, unknown: 'other' } }
  const contract = parseContract({ ...CONTRACT.document, features }, 'c.yaml')
  const cell = fc.record({
    x: fc.option(fc.double({ min: -MAX_FLOAT32, max: MAX_FLOAT32, noNaN: true })),
    c: fc.option(fc.oneof(fc.constantFrom('a', 'b', 'toString', '__proto__'), fc.string({ minLength: 1 }))),
  })
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1 }), fc.array(cell), (training, rows) => {
      fc.pre(training.some(({ c }) => c !== null))
      const specs = fitPreprocessor(tableOf(training), contract)
      const fromTable = encodeTable(tableOf(rows), specs).values
      const fromRows = makeRowEncoder(contract, specs)(rows).values
      expect(Buffer.from(fromRows.buffer).equals(Buffer.from(fromTable.buffer))).toBe(true)
    }),
  )
})
