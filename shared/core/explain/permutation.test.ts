import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { permutationImportance } from './permutation.ts'

const random = makeRandom(1)
const rowCount = 2000
const names = ['signal', 'noise', 'copy']
const features = names.map(name => ({ name, kind: 'number' }) as const)
const labels = Uint8Array.from({ length: rowCount }, () => random.integer(0, 1))
const values = new Float32Array(rowCount * 3)
labels.forEach((label, row) => {
  const signal = label + 0.8 * random.normal()
  values.set([signal, random.normal(), signal], 3 * row)
})
const matrix = { rowCount, features, values }
const readOnly = (f: number) => (rows: FeatureMatrix) =>
  Float64Array.from({ length: rows.rowCount }, (_, row) => rows.values[3 * row + f])
const options = { predict: readOnly(0), features: [0, 1, 2], repeats: 5, seed: 7 }

test('shuffling the one feature that a model reads takes its ROC-AUC down to chance; the others change nothing at all', () => {
  const { rocAuc, drops } = permutationImportance({ matrix, labels }, options)
  // Normal scores whose means lie 1 / 0.8 deviations apart: Phi(1.25 / sqrt(2)) = 0.8116.
  expect(Math.abs(rocAuc - 0.8116)).toBeLessThan(0.03)
  expect(Math.abs(drops[0].mean - (rocAuc - 0.5))).toBeLessThan(0.03)
  expect(drops[0].deviation).toBeGreaterThan(0)
  expect(drops.slice(1)).toEqual([
    { mean: 0, deviation: 0 },
    { mean: 0, deviation: 0 },
  ])
})

test('the same seed gives the same drops, whichever other features are shuffled, and another seed others', () => {
  const all = permutationImportance({ matrix, labels }, options)
  const one = permutationImportance({ matrix, labels }, { ...options, features: [0] })
  expect(one.drops[0]).toEqual(all.drops[0])
  expect(permutationImportance({ matrix, labels }, { ...options, seed: 8 }).drops[0]).not.toEqual(all.drops[0])
})

test('the rows that were handed in are left as they are', () => {
  const before = values.slice()
  permutationImportance({ matrix, labels }, options)
  expect(values).toEqual(before)
})

test('rows of one class give NaN, for there is nothing to rank', () => {
  const { rocAuc, drops } = permutationImportance({ matrix, labels: new Uint8Array(rowCount) }, options)
  expect([rocAuc, drops[0].mean]).toEqual([Number.NaN, Number.NaN])
})
