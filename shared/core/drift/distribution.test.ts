import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  consumeDistribution,
  distributionOf,
  momentsOf,
  rowsBelow,
  rowsOf,
  thinned,
  valueAtRank,
} from './distribution.ts'
import { numberCases } from './drift.fixture.ts'

const values = fc.array(fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constant(Number.NaN)), { maxLength: 30 })

test('rows below a value and the value of a rank are those of the sorted column', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: -5, max: 5 }), (column, x) => {
      const present = column.filter(value => !Number.isNaN(value)).sort((a, b) => a - b)
      const distribution = distributionOf(Object.freeze(column))
      expect(rowsOf(distribution)).toBe(present.length)
      expect(rowsBelow(distribution, x)).toBe(present.filter(value => value < x).length)
      present.forEach((value, rank) => {
        expect(valueAtRank(distribution, rank)).toBe(value + 0)
      })
    }),
  )
})

test('whole numbers that are counted give what sorting gives', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -70_000, max: 70_000 })), fc.nat(60), (wide, span) => {
      const narrow = wide.map(value => (value % (span + 1)) - 7)
      for (const column of [wide, narrow]) {
        // A half keeps a column from being counted.
        const sorted = distributionOf([...column, 1e9 + 0.5])
        const counted = distributionOf(column)
        expect([...counted.values, 1e9 + 0.5]).toEqual([...sorted.values])
        expect([...counted.cumulative, column.length + 1]).toEqual([...sorted.cumulative])
      }
    }),
  )
})

test('a consumed column gives the same distribution, and its memory is free or in use', () => {
  const column = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noDefaultInfinity: true })))
  fc.assert(
    fc.property(column, values => {
      const consumed = Float64Array.from(values)
      const distribution = consumeDistribution(consumed)
      expect(distribution).toEqual(distributionOf(values))
      if (distribution.values.buffer !== consumed.buffer) expect(consumed.byteLength).toBe(0)
    }),
  )
})

test('0 and -0 are one value', () => {
  expect([...distributionOf([0, -0, 0, -0]).values]).toEqual([0])
})

test.each(numberCases)('moments equal numpy.mean and numpy.std (ddof 0): $name', ({ reference, expected }) => {
  const { mean, deviation } = momentsOf(distributionOf(reference))
  expect(Math.abs(mean - expected.mean)).toBeLessThan(1e-12 * Math.max(1, Math.abs(mean)))
  // At an offset of 1e9 NumPy itself is off by 1e-8 of the deviation.
  expect(Math.abs(deviation - expected.deviation)).toBeLessThan(1e-7 * Math.max(1e-9, deviation))
})

test('a constant column has deviation 0 exactly, an empty one no moments', () => {
  expect(momentsOf(distributionOf([0.1, 0.1, 0.1]))).toEqual({ mean: 0.1, deviation: 0 })
  expect(momentsOf(distributionOf([Number.NaN])).mean).toBeNaN()
})

test('thinning keeps the number of rows, and moves the distribution function by at most half a part and a row', () => {
  const column = Float64Array.from({ length: 1234 }, (_, i) => Math.round(((i * 7919) % 1234) ** 1.3))
  const whole = distributionOf(column)
  const thin = thinned(whole, 100)
  expect(thin.values.length).toBeLessThanOrEqual(100)
  expect(rowsOf(thin)).toBe(1234)
  for (const x of column) {
    expect(Math.abs(rowsBelow(thin, x) - rowsBelow(whole, x)) / 1234).toBeLessThan(1 / 200 + 2 / 1234)
  }
  expect(thinned(whole, whole.values.length)).toBe(whole)
})

test('thinning keeps a heavy value at its share', () => {
  const whole = distributionOf([...new Array(500).fill(0), ...Array.from({ length: 500 }, (_, i) => i + 1)])
  expect(rowsBelow(thinned(whole, 50), 1e-9)).toBe(500)
})
