import { expect, test } from 'vitest'
import { parsePointer, pointerKey, pointerNumbers } from './champion-pointer.ts'

const pointer = {
  n: 7,
  version: '20261121.abc1234.1',
  manifest_sha256: 'ab'.repeat(32),
  promoted_at: '2026-11-21T10:00:00.000Z',
  by: 'ada',
  reason: 'better',
  previous: '20261120.abc1234.1',
}
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

test('pointer numbers are read from names alone, ascending as numbers', () => {
  const keys = ['champion.10.json', 'champion.2.json', 'champion.1.json', 'champion.03.json', 'champion.json', 'champion.0.json', 'champion.4.json.bak', 'champion.-1.json', 'champion.99999999999999999999.json'] // biome-ignore format: list
  expect(pointerNumbers(keys)).toEqual([1, 2, 10])
  expect(pointerNumbers([pointerKey(12)])).toEqual([12])
})

test('a pointer comes back as it was written', () => {
  expect(parsePointer(7, encode(pointer))).toEqual(pointer)
})

test.each([
  ['is not JSON', new Uint8Array(0)],
  ['is not JSON', encode(pointer).slice(0, -1)],
  ['is not JSON', Uint8Array.from([0x22, 0xff, 0x22])],
  ['does not have "n": 7', encode(null)],
  ['does not have "n": 7', encode([])],
  ['does not have "n": 7', encode({ ...pointer, n: 8 })],
  ['names no model version', encode({ ...pointer, version: '../elsewhere' })],
  ['has no "manifest_sha256"', encode({ ...pointer, manifest_sha256: undefined })],
  ['has no "by"', encode({ ...pointer, by: 3 })],
])('a pointer that %s is refused by its name (%#)', (what, bytes) => {
  const message = `champion.7.json ${what}; restore the file or promote a version to replace it`
  expect(() => parsePointer(7, bytes)).toThrow(expect.objectContaining({ code: 'MODEL_CORRUPT', message }))
})
