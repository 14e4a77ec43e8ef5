import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FeatureMatrix, FeatureSpec } from './preprocessor.ts'
import { recodeMatrix } from './recode.ts'

const number = (name: string): FeatureSpec => ({ name, kind: 'number' })
const category = (name: string, levels: string[], hasOther = false): FeatureSpec => {
  return { name, kind: 'category', levels, hasOther }
}
const matrixOf = (features: FeatureSpec[], rows: number[][]): FeatureMatrix => {
  return { rowCount: rows.length, features, values: Float32Array.from(rows.flat()) }
}
const valuesOf = (matrix: ReturnType<typeof recodeMatrix>) => ('unreadable' in matrix ? matrix : [...matrix.values])

test('columns go by their names and categories by their levels; missing stays missing; what is not read is left out', () => {
  const here = matrixOf(
    [number('a'), category('c', ['x', 'y', 'z']), number('b')],
    [
      [1, 1, -1],
      [2, 3, Number.NaN],
      [3, Number.NaN, 7],
    ],
  )
  expect(valuesOf(recodeMatrix(here, [number('b'), category('c', ['z', 'x'])]))).toEqual([
    -1,
    2,
    Number.NaN,
    1,
    7,
    Number.NaN,
  ])
})

test('a level that the other model does not know is its "other", where it has one, and else it refuses those rows', () => {
  const here = matrixOf([category('c', ['x', 'new'])], [[1], [2], [2]])
  expect(valuesOf(recodeMatrix(here, [category('c', ['x'], true)]))).toEqual([1, 2, 2])
  const refused = { rows: Uint8Array.of(0, 1, 1), columns: ['c'] }
  expect(recodeMatrix(here, [category('c', ['x'])])).toMatchObject({ rowCount: 3, refused })
  expect(valuesOf(recodeMatrix(matrixOf([category('c', ['x', 'new'])], [[1]]), [category('c', ['x'])]))).toEqual([1])
})

test('"other" here is "other" there only when no level of the other model can hide in it', () => {
  const here = matrixOf([category('c', ['x'], true)], [[1], [2]])
  expect(valuesOf(recodeMatrix(here, [category('c', ['x'], true)]))).toEqual([1, 2])
  for (const other of [category('c', ['x', 'y'], true), category('c', ['x'])]) {
    expect(recodeMatrix(here, [other])).toHaveProperty('refused.rows', Uint8Array.of(0, 1))
  }
})

test('a column that is not there, or is of another kind, is named, and all of them at once', () => {
  const here = matrixOf([number('a'), category('c', ['x'])], [[1, 1]])
  expect(recodeMatrix(here, [number('c'), number('d')])).toEqual({
    unreadable: ['c is a category here', 'there is no d'],
  })
})

test('rows recoded to any order of the same levels and back are the same rows', () => {
  const levels = ['p', 'q', 'r', 's']
  const shuffled = fc.shuffledSubarray(levels, { minLength: 4 })
  const code = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(Number.NaN))
  fc.assert(
    fc.property(shuffled, shuffled, fc.array(code, { maxLength: 30 }), (from, to, codes) => {
      const specs = [category('c', from, true)]
      const there = recodeMatrix(matrixOf(specs, codes.map(value => [value])), [category('c', to, true)]) // biome-ignore format: one call
      if ('unreadable' in there) throw new Error('the levels are the same')
      expect(valuesOf(recodeMatrix(there, specs))).toEqual(codes)
    }),
  )
})
