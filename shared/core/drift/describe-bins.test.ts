import { expect, test } from 'vitest'
import { countBins, quantileEdges } from './bins.ts'
import { describeLevelBins, describeNumberBins, shortNumber } from './describe-bins.ts'
import { distributionOf } from './distribution.ts'

const labels = (values: readonly number[], missing = 0) => {
  const distribution = distributionOf(values)
  const edges = quantileEdges(distribution)
  const counts = countBins(distribution, missing, edges)
  return describeNumberBins(edges, counts, counts).map(({ label }) => label)
}

test('bins are named by their bounds, the ends open, and missing values stand last where there are any', () => {
  const values = Array.from({ length: 101 }, (_, i) => i)
  expect(labels(values).slice(0, 3)).toEqual(['< 10', '[10, 20)', '[20, 30)'])
  expect(labels(values, 3).slice(-2)).toEqual(['≥ 90', 'missing'])
})

test('a constant reference shows below, equal and above; one without values a single bin', () => {
  expect(labels([0, 0, 0])).toEqual(['< 0', '= 0', '> 0'])
  expect(labels([], 2)).toEqual(['any value', 'missing'])
})

test('shares of shown bins add up to 1 on both sides, also when small levels are gathered', () => {
  const levels = Array.from({ length: 100 }, (_, i) => `level ${i}`)
  const reference = Float64Array.from({ length: 101 }, (_, i) => i + 1)
  const current = Float64Array.from({ length: 101 }, () => 1)
  const bins = describeLevelBins({ levels, reference, current })
  expect(bins.map(({ kind }) => kind)).toEqual([...new Array(30).fill('level'), 'other', 'missing'])
  expect(bins[30].label).toBe('70 other levels')
  expect(bins.reduce((sum, bin) => sum + bin.reference, 0)).toBeCloseTo(1, 12)
  expect(bins.reduce((sum, bin) => sum + bin.current, 0)).toBeCloseTo(1, 12)
})

test.each([
  [0, '0'],
  [12.3456, '12.346'],
  [1234.567, '1234.57'],
  [0.012345678, '0.01235'],
  [1.25e-7, '1.25e-7'],
  [-3e12, '-3e+12'],
])('%d is shown as %s', (value, text) => {
  expect(shortNumber(value)).toBe(text)
})
