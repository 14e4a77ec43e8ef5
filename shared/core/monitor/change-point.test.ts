import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findStep } from './change-point.ts'

/** Deterministic wobble in [-1, 1], never the same value many times. */
const wobble = (i: number) => Math.sin(12.9898 * i) * Math.cos(78.233 * i)
const series = (length: number, level: (i: number) => number) => Array.from({ length }, (_, i) => level(i))

test.each([2, 3, 10, 100])('a step is found at its first value with %i values after it', after => {
  const values = series(150 + after, i => 200 + 30 * wobble(i) + (i >= 150 ? 220 : 0))
  const step = findStep(values)!
  expect(step.index).toBe(150)
  expect([step.before, step.after].map(level => Math.round(level / 100))).toEqual([2, 4])
})

test('a step down is found too, and in values that do not vary at all', () => {
  expect(findStep(series(40, i => (i < 30 ? 0.9 : 0.8)))).toEqual({ index: 30, before: 0.9, after: 0.8 })
})

test.each<[string, number[]]>([
  ['constant values', series(100, () => 0.9)],
  ['noise alone', series(300, wobble)],
  ['a daily wave', series(240, i => 200 + 30 * Math.cos((2 * Math.PI * i) / 24) + 10 * wobble(i))],
  ['a slope', series(200, i => 0.9 - 0.0005 * i + 0.001 * wobble(i))],
  ['a level and then a slope', series(200, i => 0.9 - 0.002 * Math.max(0, i - 150) + 0.001 * wobble(i))],
  ['one bad value at the end', series(100, i => (i === 99 ? 0.5 : 0.9 + 0.01 * wobble(i)))],
  ['a spike in the middle', series(100, i => (i === 50 ? 0.5 : 0.9 + 0.01 * wobble(i)))],
  ['a step of less than 1 %', series(100, i => (i < 80 ? 0.9 : 0.895))],
  ['seven values before', series(20, i => (i < 7 ? 0.9 : 0.8))],
  ['no values', []],
])('no step: %s', (_, values) => {
  expect(findStep(values)).toBeUndefined()
})

test('adding a constant or turning the values upside down moves no step', () => {
  const steps = fc.record({ length: fc.integer({ min: 20, max: 60 }), at: fc.integer({ min: 8, max: 18 }) })
  fc.assert(
    fc.property(steps, fc.integer({ min: 200, max: 400 }), ({ length, at }, jump) => {
      const values = series(length, i => 1000 + 20 * wobble(i) + (i >= at ? jump : 0))
      expect(findStep(values)?.index).toBe(at)
      expect(findStep(values.map(value => value + 500))?.index).toBe(at)
      expect(findStep(values.map(value => 3000 - value))?.index).toBe(at)
    }),
  )
})
