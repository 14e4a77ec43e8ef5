import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import { orderByContent } from './row-order.ts'

const random = makeRandom(3)
const rowCount = 500
const data: LabelledMatrix = {
  matrix: {
    rowCount,
    features: [
      { name: 'a', kind: 'number' },
      { name: 'b', kind: 'number' },
    ],
    values: Float32Array.from({ length: 2 * rowCount }, () => random.integer(0, 9)),
  },
  labels: Uint8Array.from({ length: rowCount }, () => random.integer(0, 1)),
  weights: Float64Array.from({ length: rowCount }, () => random.integer(1, 2)),
}

const contentOf = ({ matrix, labels, weights }: LabelledMatrix, order: Uint32Array) =>
  Array.from(order, row => `${matrix.values[2 * row]} ${matrix.values[2 * row + 1]} ${labels[row]} ${weights?.[row]}`)

test('shuffled rows come in the same order of contents, and every row once', () => {
  const moved = Uint32Array.from({ length: rowCount }, (_, row) => row)
  makeRandom(4).shuffleInto(moved)
  const shuffled: LabelledMatrix = {
    matrix: {
      ...data.matrix,
      values: Float32Array.from(data.matrix.values, (_, i) => data.matrix.values[2 * moved[i >> 1] + (i & 1)]),
    },
    labels: Uint8Array.from(moved, row => data.labels[row]),
    weights: Float64Array.from(moved, row => data.weights?.[row] ?? 1),
  }
  const order = orderByContent(data, 7)
  expect(contentOf(shuffled, orderByContent(shuffled, 7))).toEqual(contentOf(data, order))
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: rowCount }, (_, row) => row))
})

test('another seed is another order, and the order is not that of the labels', () => {
  const order = orderByContent(data, 7)
  expect(orderByContent(data, 8)).not.toEqual(order)
  const firstHalf = order.subarray(0, rowCount / 2).reduce((sum, row) => sum + data.labels[row], 0)
  const all = data.labels.reduce((sum, label) => sum + label, 0)
  expect(Math.abs(firstHalf - all / 2)).toBeLessThan(40)
})
