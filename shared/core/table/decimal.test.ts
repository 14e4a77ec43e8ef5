import fc from 'fast-check'
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

test('a number of any length is the very float64 that Number() reads, the sign of zero too', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 18 })
  const sign = fc.constantFrom('', '-', '+')
  fc.assert(
    fc.property(sign, digits, fc.constantFrom('', '.'), digits, (sign, whole, point, fraction) => {
      const text = sign + whole + point + fraction
      if (whole + fraction === '') expect(parseDecimal(text)).toBeUndefined()
      else expect(parseDecimal(text)).toBe(Number(text))
    }),
    { numRuns: 2000 },
  )
  for (const text of ['0.1', '112.86', '-0', '-0.0', '999999999999999', '0.000000000000001', '9007199254740993']) {
    expect(parseDecimal(text)).toBe(Number(text))
  }
})
