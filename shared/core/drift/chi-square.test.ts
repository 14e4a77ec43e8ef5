import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chiSquareTest } from './chi-square.ts'
import { anyCounts, countCases } from './drift.fixture.ts'

test.each(countCases)('equals scipy.stats.chi2_contingency without correction, and Cramer’s V: $name', golden => {
  const { statistic, degreesOfFreedom, pValue, cramersV } = chiSquareTest(golden.reference, golden.current)
  expect(Math.abs(statistic / golden.chi_square - 1)).toBeLessThan(1e-12)
  expect(degreesOfFreedom).toBe(golden.degrees_of_freedom)
  if (golden.p > 1e-300) expect(Math.abs(pValue / golden.p - 1)).toBeLessThan(1e-9)
  else expect(pValue).toBeLessThan(1e-299)
  expect(cramersV).toBeCloseTo(golden.cramers_v, 12)
})

test('the two samples can change places, bins their order, and equal samples give exactly 0', () => {
  fc.assert(
    fc.property(anyCounts, ([a, b]) => {
      const forward = chiSquareTest(a, b)
      expect(chiSquareTest(b, a)).toEqual(forward)
      expect(chiSquareTest(a.toReversed(), b.toReversed()).statistic).toBeCloseTo(forward.statistic, 9)
      expect(chiSquareTest(a, a)).toMatchObject({ statistic: 0, pValue: 1, cramersV: 0 })
      expect(forward.pValue).toBeGreaterThanOrEqual(0)
      expect(forward.pValue).toBeLessThanOrEqual(1)
    }),
  )
})

test('one level that is new does not make p zero, as a test against exact reference counts would', () => {
  expect(chiSquareTest([500, 300, 0], [500, 299, 1]).pValue).toBeGreaterThan(0.5)
})

test('with one bin in use nothing can differ', () => {
  expect(chiSquareTest([0, 5], [0, 9])).toEqual({ statistic: 0, degreesOfFreedom: 0, pValue: 1, cramersV: 0 })
})

test('an empty sample and tables over different bins are refused', () => {
  expect(() => chiSquareTest([0, 0], [1, 2])).toThrow('at least one row')
  expect(() => chiSquareTest([1], [1, 2])).toThrow('1 bins against 2')
})
