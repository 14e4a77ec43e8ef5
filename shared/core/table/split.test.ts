import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldStratified, otherRows, splitStratified, spreadRows } from './split.ts'

const labelled = fc.uint8Array({ min: 0, max: 1, minLength: 10, maxLength: 400 })
const positivesOf = (labels: Uint8Array, rows: Uint32Array) => rows.reduce((sum, row) => sum + labels[row], 0)

test('a split holds every row once and the share of each class to the nearest row', () => {
  fc.assert(
    fc.property(labelled, fc.double({ min: 0.05, max: 0.95, noNaN: true }), fc.nat(), (labels, share, seed) => {
      const { rest, part } = splitStratified(labels, share, seed)
      expect([...rest, ...part].sort((a, b) => a - b)).toEqual(Array.from(labels, (_, row) => row))
      const positives = labels.reduce((sum, label) => sum + label, 0)
      expect(positivesOf(labels, part)).toBe(Math.round(share * positives))
      expect(part.length - positivesOf(labels, part)).toBe(Math.round(share * (labels.length - positives)))
    }),
  )
})

test('folds hold every row once, are at most two rows apart in size and one in positives', () => {
  fc.assert(
    fc.property(labelled, fc.integer({ min: 2, max: 8 }), fc.nat(), (labels, count, seed) => {
      const folds = foldStratified(labels, count, seed)
      expect(folds.flatMap(fold => [...fold]).sort((a, b) => a - b)).toEqual(Array.from(labels, (_, row) => row))
      const sizes = folds.map(fold => fold.length)
      const positives = folds.map(fold => positivesOf(labels, fold))
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2)
      expect(Math.max(...positives) - Math.min(...positives)).toBeLessThanOrEqual(1)
    }),
  )
})

test('the same seed gives the same parts and another seed others', () => {
  const labels = Uint8Array.from({ length: 200 }, (_, row) => (row % 3 === 0 ? 1 : 0))
  expect(splitStratified(labels, 0.2, 7)).toEqual(splitStratified(labels, 0.2, 7))
  expect(splitStratified(labels, 0.2, 7)).not.toEqual(splitStratified(labels, 0.2, 8))
  expect(foldStratified(labels, 5, 7)).toEqual(foldStratified(labels, 5, 7))
})

test('otherRows are all rows that are not named, rising', () => {
  expect([...otherRows(5, Uint32Array.of(1, 3))]).toEqual([0, 2, 4])
})

test('rows that are spread keep their order, are as many as asked for and nearly the same distance apart', () => {
  const rows = Uint32Array.from({ length: 1000 }, (_, i) => 3 * i)
  expect(spreadRows(rows, 1000)).toBe(rows)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999 }), most => {
      const spread = spreadRows(rows, most)
      expect(spread).toHaveLength(most)
      const gaps = Array.from(spread.subarray(1), (row, i) => (row - spread[i]) / 3)
      for (const gap of gaps) expect(Math.abs(gap - 1000 / most)).toBeLessThan(1)
    }),
  )
})
