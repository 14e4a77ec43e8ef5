import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTimestamp, parseTimestampUs } from './timestamp.ts'

const NOON = Date.UTC(2025, 7, 17, 12) * 1000

test.each([
  ['without a zone', '2025-08-17T12:00:00', NOON],
  ['with Z', '2025-08-17T12:00:00Z', NOON],
  ['with a blank and UTC, as BigQuery writes it', '2025-08-17 12:00:00 UTC', NOON],
  ['east of Greenwich', '2025-08-17T17:30:00+05:30', NOON],
  ['west of Greenwich, over midnight', '2025-08-16T22:00-1400', NOON],
  ['with an offset of hours', '2025-08-17T14:00:00+02', NOON],
  ['with microseconds', '2025-08-17T12:00:00.895592', NOON + 895_592],
  ['with milliseconds', '2025-08-17T12:00:00.5Z', NOON + 500_000],
  ['with nanoseconds, which are cut', '2025-08-17T12:00:00.895592999', NOON + 895_592],
  ['as a date alone', '2025-08-17', NOON - 12 * 3_600_000_000],
  ['on a leap day', '2024-02-29T00:00Z', Date.UTC(2024, 1, 29) * 1000],
  ['before 1970', '1969-12-31T23:59:59.999999Z', -1],
])('a time %s is read', (_, text, us) => {
  expect(parseTimestampUs(text)).toBe(us)
})

test.each(
  [
    ['', 'yesterday', '17/08/2025', '2025-13-01', '2025-02-29', '2025-04-31', '2025-08-17T24:00', '2025-08-17T12:60'],
    [
      '2025-08-17T12:00:60',
      '2025-08-17T12',
      '2025-08-17T12:00+24:00',
      '2025-08-17T12:00+05:',
      '1755432000',
      '2025-8-17',
    ],
  ].flat(),
)('%j is no time', text => {
  expect(parseTimestampUs(text)).toBeUndefined()
})

test('reads what Date.toISOString writes, for any date of four-digit years', () => {
  const dates = fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(dates, date => {
      expect(parseTimestampUs(date.toISOString())).toBe(date.getTime() * 1000)
    }),
  )
})

test('is shown to the second, the part of a second cut', () => {
  expect(formatTimestamp(NOON + 999_999)).toBe('2025-08-17T12:00:00Z')
  expect(formatTimestamp(-1)).toBe('1969-12-31T23:59:59Z')
})
