import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { findJsonError, parseJsonBody } from './json-body.ts'

function refusal(body: string | Buffer): AppError {
  try {
    parseJsonBody(Buffer.from(body))
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('the body was accepted')
}

test('every JSON value comes through as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), text => {
      expect(parseJsonBody(Buffer.from(text))).toEqual(JSON.parse(text))
    }),
  )
})

test('an empty body is no value, and a byte order mark is skipped', () => {
  expect(parseJsonBody(Buffer.alloc(0))).toBeUndefined()
  expect(parseJsonBody(Buffer.from('\ufeff'))).toBeUndefined()
  expect(parseJsonBody(Buffer.from('\ufeff[1]'))).toEqual([1])
})

test.each([
  ['[{"a": NaN}]', 'line 1, column 8: NaN and Infinity are not JSON numbers'],
  ['[{"a": -Infinity}]', 'line 1, column 8: NaN and Infinity are not JSON numbers'],
  ['[\n  {"a": 1},\n  {"a": oops}\n]', 'line 3, column 9: unexpected character'],
  ['[{"a": 1}', 'line 1, column 10: the text ends too early'],
  ['[1] x', 'line 1, column 5: unexpected character'],
  ["{'a': 1}", 'line 1, column 2: unexpected character'],
  ['   ', 'line 1, column 4: the text ends too early'],
])('%j is refused with %s', (body, message) => {
  const error = refusal(body)
  expect(error.code).toBe('MALFORMED_JSON')
  expect(error.message).toBe(`the body is not JSON: ${message}`)
})

test('bytes that are not UTF-8 are refused, not replaced', () => {
  expect(refusal(Buffer.from([0x22, 0xff, 0x22])).message).toBe('the body is not valid UTF-8')
  // An overlong slash and half of a surrogate pair: both decode to something elsewhere.
  expect(refusal(Buffer.from([0x22, 0xc0, 0xaf, 0x22])).code).toBe('MALFORMED_JSON')
  expect(refusal(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])).code).toBe('MALFORMED_JSON')
})

test('no message repeats the body', () => {
  expect(refusal('{"secret-token-123": secret-token-123}').message).not.toContain('secret')
  expect(refusal('secret-token-123').cause).toBeUndefined()
})

// V8 names the position in most of its messages; where it does, it is the oracle. It counts into a bad number, word or
// escape, which findJsonError reports at its start, so those are left to the table above.
test('findJsonError finds the place that V8 finds, on broken texts', () => {
  const broken = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom('', ',', ':', ']', '}', '[', '{', '"', '\u0001', '1', ' '),
  )
  let compared = 0
  fc.assert(
    fc.property(broken, ([json, seed, piece]) => {
      const at = seed % (json.length + 1)
      const text = json.slice(0, at) + piece + json.slice(at + (seed % 2))
      let message: string
      try {
        JSON.parse(text)
        return
      } catch (error) {
        message = (error as Error).message
      }
      const found = findJsonError(text)
      if (message.startsWith('Unexpected end'))
        expect(text.slice(found)).toMatch(/^(?:|t|tr|tru|f|fa|fal|fals|n|nu|nul|-)$/)
      const position =
        /^(?:Expected|Unexpected non-whitespace|Bad control|Unterminated string).* at position (\d+)/.exec(message)
      if (!position) return
      expect([text, found]).toEqual([text, Number(position[1])])
      compared++
    }),
    { numRuns: 3_000, seed: 1 },
  )
  expect(compared).toBeGreaterThan(300)
})

test('a million open brackets and a ten-megabyte string are refused in linear time and without recursion', () => {
  expect(findJsonError('['.repeat(1_000_000))).toBe(1_000_000)
  expect(findJsonError('{"a":'.repeat(200_000))).toBe(1_000_000)
  expect(findJsonError(`"${'a'.repeat(10_000_000)}`)).toBe(10_000_001)
  expect(findJsonError('\\"'.repeat(1_000))).toBe(0)
  expect(findJsonError(`["${'\\n'.repeat(100_000)}\\x"]`)).toBe(200_002)
})
