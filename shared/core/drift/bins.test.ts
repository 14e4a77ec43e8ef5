import { expect, test } from 'vitest'
import { countBins, isSingleValue, quantileEdges } from './bins.ts'
import { distributionOf, rowsOf } from './distribution.ts'
import { numberCases } from './drift.fixture.ts'

test.each(numberCases)('edges and counts equal numpy.quantile and searchsorted: $name', sample => {
  const { reference, current, expected } = sample
  const edges = quantileEdges(distributionOf(reference))
  expect([...edges.slice(1, -1)]).toEqual(expected.edges)
  const counts = [reference, current].map(column => {
    const distribution = distributionOf(column)
    return [...countBins(distribution, column.length - rowsOf(distribution), edges)]
  })
  expect(counts).toEqual(expected.counts)
})

test('a bin holds its lower edge and not its upper one', () => {
  const edges = Float64Array.of(-Infinity, 1, 2, Infinity)
  expect([...countBins(distributionOf([0.5, 1, 1.5, 2, 9, -9, NaN]), 1, edges)]).toEqual([2, 2, 2, 1])
})

test.each([0, 5, -5, 1e-308, -0.1])('a constant reference of %d has bins below, equal and above', constant => {
  const edges = quantileEdges(distributionOf([constant, constant, constant]))
  const step = Math.abs(constant) * 2 ** -52 + Number.MIN_VALUE
  const around = distributionOf([constant - step, constant - step, constant, constant + step])
  expect([...countBins(around, 1, edges)]).toEqual([2, 1, 1, 1])
  expect([0, 1, 2].map(bin => isSingleValue(edges, bin))).toEqual([false, true, false])
})

test('of two distinct quantiles the value with more rows gets the bin in the middle', () => {
  const zeros = quantileEdges(distributionOf([...new Array(95).fill(0), 1, 2, 3, 4, 5]))
  expect(zeros[1]).toBe(0)
  const ones = quantileEdges(distributionOf([...new Array(5).fill(0), ...new Array(95).fill(1)]))
  expect(ones[1]).toBe(1)
  expect([zeros, ones].map(edges => edges.length)).toEqual([4, 4])
})

test('three distinct quantiles keep the definition: their middle one is the only edge', () => {
  const edges = quantileEdges(distributionOf([-5, ...new Array(30).fill(0), 5]))
  expect([...edges]).toEqual([-Infinity, 0, Infinity])
})

test('a reference without a value has one bin for all that come', () => {
  expect([...quantileEdges(distributionOf([NaN]))]).toEqual([-Infinity, Infinity])
})
