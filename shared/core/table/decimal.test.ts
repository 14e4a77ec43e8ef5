import { expect, test } from 'vitest'
import { parseDecimal } from './decimal.ts'

test.each([
  ['0', 0],
  ['-12', -12],
  ['+3.50', 3.5],
  ['.5', 0.5],
  ['5.', 5],
  ['1e-3', 0.001],
  ['2E+2', 200],
  ['007', 7],
  ['1e400', Number.POSITIVE_INFINITY],
])('%s is a decimal number', (text, value) => {
  expect(parseDecimal(text)).toBe(value)
})

test.each([
  '',
  ' ',
  ' 5',
  '5 ',
  '5\n',
  '12abc',
  '1,5',
  'NaN',
  'Infinity',
  '-Infinity',
  '0x10',
  '0b1',
  '1_000',
  '.',
  '-',
  'e5',
  '1e',
  '١',
])('%j is none', text => {
  expect(parseDecimal(text)).toBeUndefined()
})
