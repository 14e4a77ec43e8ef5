import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.ts'

const KEYS = ['minimum', 'maximum', 'values', 'unit', 'tenure_months']

test.each([
  ['minimun', 'minimum'],
  ['MAXIMUM', 'maximum'],
  ['vlaues', 'values'],
  ['value', 'values'],
  ['uint', 'unit'],
  ['tenure_month', 'tenure_months'],
])('%s is a slip for %s', (written, meant) => {
  expect(nearestName(written, KEYS)).toBe(meant)
})

test.each(['x', 'colour', '', 'tenure', 'm'.repeat(10_000)])('%s is near to nothing', written => {
  expect(nearestName(written, KEYS)).toBeUndefined()
})

test('of two names equally near the first is taken, so that the message never varies', () => {
  expect(nearestName('ab3d', ['ab1d', 'ab2d'])).toBe('ab1d')
})
