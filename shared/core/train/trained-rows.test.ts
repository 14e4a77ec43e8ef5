import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { describeTrainedRows, unseenRows } from './trained-rows.ts'

const matrixOf = (rows: readonly (readonly number[])[]): FeatureMatrix => ({
  rowCount: rows.length,
  features: (rows[0] ?? []).map((_, f) => ({ name: `f${f}`, kind: 'number' })),
  values: Float32Array.from(rows.flat()),
})
const every = (matrix: FeatureMatrix) => Uint32Array.from({ length: matrix.rowCount }, (_, row) => row)

test('hashes are MurmurHash3 (x86, 32 bits, seed 0) of the float32 values: "test", 00000000 and 21436587 as published', () => {
  const values = new Float32Array(Uint32Array.of(0x74736574, 0, 0x87654321).buffer)
  const file = describeTrainedRows(
    { rowCount: 3, features: [{ name: 'x', kind: 'number' }], values },
    Uint32Array.of(0, 1, 2),
  )!
  const words = Array.from({ length: 4 }, (_, i) => new DataView(file.buffer).getUint32(4 * i, true))
  expect(words).toEqual([0xffffffff, ...[0xba6bd213, 0x2362f9de, 0xf55b516b].sort((a, b) => a - b)])
})

test('no trained row is unseen, and every other row is, whatever else the matrix has', () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 1e6 }).map(Math.fround), fc.constant(Number.NaN))
  const rows = fc.uniqueArray(fc.tuple(value, value), { minLength: 2, maxLength: 60, selector: String })
  fc.assert(
    fc.property(rows, fc.nat(), (all, at) => {
      const matrix = matrixOf(all)
      const trained = every(matrix).subarray(0, 1 + (at % (all.length - 1)))
      const file = describeTrainedRows(matrix, trained)!
      expect(unseenRows(file, matrix)).toEqual(Uint8Array.from(all, (_, row) => (row < trained.length ? 0 : 1)))
    }),
  )
})

test('of more rows than are kept the smallest hashes tell; a row above them is never called unseen', () => {
  const matrix = matrixOf(Array.from({ length: 1000 }, (_, row) => [row, row % 7]))
  const half = every(matrix).subarray(0, 500)
  const file = describeTrainedRows(matrix, half, 100)!
  expect(file.byteLength).toBe(4 * 101)
  const unseen = unseenRows(file, matrix)
  expect(unseen.slice(0, 500)).not.toContain(1)
  // A fifth of the trained hashes are kept, so about a fifth of the others can be told.
  expect(Math.abs(unseen.slice(500).filter(Boolean).length - 100)).toBeLessThan(30)
})

test('a missing value is one value, whatever bits its NaN has', () => {
  const [quiet, other] = [0x7fc00000, 0xffc12345].map(bits => new Float32Array(Uint32Array.of(bits).buffer))
  const features: FeatureMatrix['features'] = [{ name: 'x', kind: 'number' }]
  const file = describeTrainedRows({ rowCount: 1, features, values: quiet }, Uint32Array.of(0))!
  expect(unseenRows(file, { rowCount: 1, features, values: other })).toEqual(Uint8Array.of(0))
})

test('where most rows have the features of another one nothing is written: features do not tell rows apart', () => {
  const matrix = matrixOf(Array.from({ length: 90 }, (_, row) => [row % 40]))
  expect(describeTrainedRows(matrix, every(matrix))).toBeUndefined()
})
