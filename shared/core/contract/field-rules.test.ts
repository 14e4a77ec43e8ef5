import { expect, test } from 'vitest'
import type { CategoryFeature, NumberFeature } from './contract.ts'
import { categoryProblem, MAX_FLOAT32, missingProblem, numberProblem, wrongTypeProblem } from './field-rules.ts'

const number = (rules: Partial<NumberFeature> = {}): NumberFeature => ({
  name: 'x',
  type: 'number',
  nullable: false,
  ...rules,
})
const category = (values?: string[]): CategoryFeature => ({
  name: 'c',
  type: 'category',
  values,
  nullable: false,
  unknown: 'error',
})

test('the largest float32 is the one Math.fround keeps finite', () => {
  expect(Math.fround(MAX_FLOAT32)).toBe(MAX_FLOAT32)
  expect(new Float32Array(new Uint32Array([0x7f7fffff]).buffer)[0]).toBe(MAX_FLOAT32)
})

test.each([0, -0, 1.5, -1e30, 5e-324, MAX_FLOAT32, -MAX_FLOAT32])('%d is a number', value => {
  expect(numberProblem(number(), value)).toBeUndefined()
})

const FLOAT32 = 'numbers from -3.4028234663852886e+38 to 3.4028234663852886e+38, which is what float32 holds'

test.each<[Partial<NumberFeature>, number, string, string]>([
  [{}, Number.NaN, 'out_of_range', 'x is NaN; allowed: a number'],
  [{}, Number.POSITIVE_INFINITY, 'out_of_range', `x is Infinity; allowed: ${FLOAT32}`],
  [{ minimum: 0 }, 3.402823466385289e38, 'out_of_range', `x is 3.402823466385289e+38; allowed: ${FLOAT32}`],
  [{ minimum: 0 }, -0.5, 'out_of_range', 'x is -0.5; allowed: a number of at least 0'],
  [{ maximum: 1 }, 2, 'out_of_range', 'x is 2; allowed: a number of at most 1'],
  [{ minimum: 0, maximum: 100 }, 101, 'out_of_range', 'x is 101; allowed: a number from 0 to 100'],
  [{ type: 'integer', minimum: 0 }, 1.5, 'not_integer', 'x is 1.5; allowed: an integer of at least 0'],
  [{ type: 'integer', minimum: 0 }, -1.5, 'out_of_range', 'x is -1.5; allowed: an integer of at least 0'],
])('%j refuses %d', (rules, value, code, message) => {
  expect(numberProblem(number(rules), value)).toEqual({ field: 'x', code, message })
})

test('both bounds are inside', () => {
  expect(numberProblem(number({ minimum: 0, maximum: 1 }), 0)).toBeUndefined()
  expect(numberProblem(number({ minimum: 0, maximum: 1 }), 1)).toBeUndefined()
})

test('a number keeps the spelling of its file in the message', () => {
  expect(numberProblem(number({ maximum: 1 }), 1000, '1e3')?.message).toBe('x is "1e3"; allowed: a number of at most 1')
})

test('a category lists its values, and of a long list the first 20 and how many there are', () => {
  expect(categoryProblem(category(['a', 'b']), 'z').message).toBe('c is "z"; allowed: a, b')
  const levels = Array.from({ length: 21 }, (_, i) => `v${i}`)
  expect(categoryProblem(category(), 'z', levels).message).toBe(
    'c is "z"; allowed: v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19, … (21 values)',
  )
  expect(categoryProblem(category(), '').message).toBe('c is ""; allowed: any string but the empty one')
})

test('a missing value is said as it came', () => {
  expect(missingProblem(number(), undefined).message).toBe('x is absent; allowed: a number')
  expect(missingProblem(number(), null).message).toBe('x is null; allowed: a number')
  expect(missingProblem(number(), '?').message).toBe('x is missing ("?"); allowed: a number')
})

test('a value of the wrong type is never repeated whole', () => {
  expect(wrongTypeProblem(number(), '12').message).toBe('x is "12"; allowed: a number')
  expect(wrongTypeProblem(number(), [1]).message).toBe('x is a list; allowed: a number')
  expect(wrongTypeProblem(category(['a']), 'y'.repeat(1000)).message).toBe(`c is "${'y'.repeat(60)}…"; allowed: a`)
})
