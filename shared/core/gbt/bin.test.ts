import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { binMatrix, chooseThresholds } from './bin.ts'
import { THRESHOLD_ROOM } from './kernels/kernels.ts'
import { referenceKernels } from './kernels/reference.ts'
import { webAssemblyKernels } from './kernels/webassembly.ts'

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true })
const numbers = (values: Float32Array): FeatureMatrix => ({
  rowCount: values.length,
  features: [{ name: 'x', kind: 'number' }],
  values,
})

/** Naive twin: the number of thresholds below x. */
const naiveBin = (x: number, thresholds: Float32Array) => 1 + thresholds.filter(t => t < x).length

const wasm = webAssemblyKernels()

/** The bin that both sets of kernels give a number. */
function binOf(x: number, thresholds: Float32Array): number {
  const [bin, again] = [referenceKernels, wasm].map(kernels => {
    const { memory } = kernels
    const [values, room, column] = [memory.float32(1), memory.float32(THRESHOLD_ROOM), memory.uint8(1)]
    values.set([x])
    room.fill(Number.POSITIVE_INFINITY).set(thresholds)
    kernels.binNumbers({ column, start: 0, count: 1, values, at: 0, width: 1, thresholds: room })
    return column[0]
  })
  expect(again).toBe(bin)
  return bin
}

function findThresholds(sorted: Float32Array, maxBins: number): Float32Array {
  const [distinct, counts] = [new Float32Array(sorted.length), new Uint32Array(sorted.length)]
  const found = referenceKernels.countDistinct(sorted, distinct, counts)
  const numbers = { distinct: distinct.subarray(0, found), counts: counts.subarray(0, found), all: sorted.length }
  return chooseThresholds(numbers, maxBins)
}

test('x is in bin i iff t[i-2] < x <= t[i-1], by the naive count of thresholds below it', () => {
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 1 }), float32, (values, x) => {
      const thresholds = findThresholds(values.sort(), 16)
      expect(binOf(x, thresholds)).toBe(naiveBin(x, thresholds))
    }),
  )
})

test('few distinct values have a bin each, with a float32 threshold between any two neighbours', () => {
  fc.assert(
    fc.property(fc.uniqueArray(float32, { minLength: 2, maxLength: 40, comparator: (a, b) => a === b }), distinct => {
      const sorted = Float32Array.from(distinct).sort()
      const thresholds = findThresholds(sorted, 254)
      expect(thresholds).toHaveLength(sorted.length - 1)
      thresholds.forEach((t, i) => {
        expect(t).toBeGreaterThanOrEqual(sorted[i])
        expect(t).toBeLessThan(sorted[i + 1])
      })
    }),
  )
})

test('both sets of kernels bin whole tables alike, a missing value into bin 0', () => {
  fc.assert(
    fc.property(fc.float32Array({ noDefaultInfinity: true, minLength: 2, maxLength: 60 }), values => {
      const matrix: FeatureMatrix = {
        rowCount: values.length >> 1,
        features: [
          { name: 'x', kind: 'number' },
          { name: 'y', kind: 'number' },
        ],
        values,
      }
      const [plain, fast] = [referenceKernels, webAssemblyKernels()].map(kernels => binMatrix(matrix, 9, kernels))
      expect(fast).toEqual(plain)
      plain.columns.forEach((column, f) => {
        column.forEach((bin, row) => {
          expect(bin === 0).toBe(Number.isNaN(values[2 * row + f]))
        })
      })
    }),
    { numRuns: 30 },
  )
})

test('many distinct values make at most maxBins bins of about equal count', () => {
  const sorted = Float32Array.from({ length: 100_000 }, (_, i) => i)
  const thresholds = findThresholds(sorted, 100)
  expect(thresholds).toHaveLength(99)
  const counts = new Array(100).fill(0)
  const { columns } = binMatrix(numbers(sorted), 101)
  for (const bin of columns[0]) counts[bin - 1]++
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(990)
  expect(Math.max(...counts)).toBeLessThanOrEqual(1010)
})

test('a value heavier than a bin stands alone', () => {
  const sorted = Float32Array.from({ length: 10_000 }, (_, i) => (i < 5000 ? 0 : i)).sort()
  const thresholds = findThresholds(sorted, 50)
  expect(binOf(0, thresholds)).toBe(1)
  expect(binOf(5000, thresholds)).toBe(2)
  expect(thresholds.length).toBeLessThanOrEqual(49)
})

test('missing values are bin 0, and 3.4e38 and its neighbours have a bin like any number', () => {
  const largest = 3.4028234663852886e38
  const binned = binMatrix(numbers(Float32Array.of(Number.NaN, -largest, 0, largest)), 256)
  expect([...binned.columns[0]]).toEqual([0, 1, 2, 3])
  const feature = binned.features[0]
  expect(feature.kind === 'number' && [...feature.thresholds].every(Number.isFinite)).toBe(true)
})

test('neighbouring float32 values are told apart: the threshold is the lower one', () => {
  const next = Math.fround(1 + 2 ** -23)
  expect([...findThresholds(Float32Array.of(1, next), 254)]).toEqual([1])
})

test('a column without any known value has no threshold and every row in bin 0', () => {
  const binned = binMatrix(numbers(new Float32Array(3).fill(Number.NaN)), 256)
  expect([...binned.columns[0]]).toEqual([0, 0, 0])
  expect(binned.features[0].binCount).toBe(2)
})

test('a category with more codes than bins keeps the frequent ones and lets the rest share the last bin', () => {
  const levels = Array.from({ length: 300 }, (_, i) => `v${i}`)
  // Code 300 is the most frequent; all others appear once.
  const values = Float32Array.from({ length: 320 }, (_, i) => (i < 299 ? i + 1 : 300))
  const matrix: FeatureMatrix = {
    rowCount: 320,
    features: [{ name: 'c', kind: 'category', levels, hasOther: false }],
    values,
  }
  const binned = binMatrix(matrix, 256)
  const feature = binned.features[0]
  if (feature.kind !== 'category') throw new Error('a category stays one')
  expect(feature.codes).toHaveLength(254)
  expect(feature.codes[0]).toBe(300)
  expect(binned.columns[0][319]).toBe(1)
  expect(binned.columns[0][298]).toBe(255)
  expect(feature.binCount).toBe(256)
})
