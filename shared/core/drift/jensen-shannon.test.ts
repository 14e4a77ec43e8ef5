import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCounts, countCases, numberCases } from './drift.fixture.ts'
import { jensenShannonDistance } from './jensen-shannon.ts'

const tables = [
  ...countCases.map(({ name, reference, current, jensen_shannon }) => ({ name, reference, current, jensen_shannon })),
  ...numberCases.map(({ name, expected: { counts, jensen_shannon } }) => ({
    name,
    reference: counts[0],
    current: counts[1],
    jensen_shannon,
  })),
]

test.each(tables)('equals scipy.spatial.distance.jensenshannon to base 2: $name', table => {
  expect(jensenShannonDistance(table.reference, table.current)).toBeCloseTo(table.jensen_shannon, 8)
})

test('the distance is the same from both sides, in [0, 1], and exactly 0 for equal shares', () => {
  fc.assert(
    fc.property(anyCounts, ([a, b]) => {
      const distance = jensenShannonDistance(a, b)
      expect(jensenShannonDistance(b, a)).toBe(distance)
      expect(distance).toBeGreaterThanOrEqual(0)
      expect(distance).toBeLessThanOrEqual(1)
      expect(jensenShannonDistance(a, a)).toBe(0)
    }),
  )
})

test('samples without a bin in common are at distance 1', () => {
  expect(jensenShannonDistance([3, 4, 0], [0, 0, 9])).toBe(1)
  expect(() => jensenShannonDistance([0], [1])).toThrow('at least one row')
})
