import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  count,
  counted,
  decimal,
  percent,
  points,
  pValue,
  shortCount,
  shortened,
  thresholdText,
  timeText,
} from './number-text.ts'

test('whatever the number is, the text holds none of NaN, Infinity, undefined', () => {
  const anything = fc.oneof(fc.double(), fc.constantFrom(null, undefined, Number.NaN, Number.POSITIVE_INFINITY, -0))
  fc.assert(
    fc.property(anything, value => {
      const texts = [decimal(value), percent(value), points(value), count(value), pValue(value)]
      expect(texts.join(' ')).not.toMatch(/NaN|Infinity|undefined|null|-0\.0*(?!\d)/)
    }),
  )
  expect(decimal(Number.NaN)).toBe('–')
})

test('shares are percent, and what is there but tiny is not called 0', () => {
  expect(percent(0.1234)).toBe('12.3\u00a0%')
  expect(percent(0.0001)).toBe('<\u00a00.1\u00a0%')
  expect(percent(0.001, 0)).toBe('<\u00a01\u00a0%')
  expect(percent(0)).toBe('0.0\u00a0%')
  expect(points(0.0341)).toBe('+3.4\u00a0points')
  expect(points(-0.0341)).toBe('-3.4\u00a0points')
  expect(points(0.00001)).toBe('0.0\u00a0points')
})

test('counts, p-values, thresholds and times by example', () => {
  expect([count(12345), counted(1, 'row'), counted(2000, 'row')]).toEqual(['12,345', '1 row', '2,000 rows'])
  expect([950, 1234, 34567, 5_600_000].map(shortCount)).toEqual(['950', '1.2k', '34.6k', '5.6M'])
  expect([pValue(0.04567), pValue(1e-9)]).toEqual(['0.0457', '<\u00a00.0001'])
  expect([0.5, Math.fround(0.3), 0.312_345_678].map(thresholdText)).toEqual(['0.5', '0.3', '0.31234568'])
  expect(timeText('2026-11-21T14:36:05.123Z')).toBe('2026-11-21 14:36 UTC')
  expect(timeText('yesterday')).toBe('yesterday')
  expect([shortened('abc', 3), shortened('abcd', 3), shortened('🙂🙂🙂🙂', 3)]).toEqual(['abc', 'a…d', '🙂…🙂'])
})
