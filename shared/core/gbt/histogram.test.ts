import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import { binMatrix } from './bin.ts'
import { buildHistogramInto, histogramLength, subtractHistogramInto } from './histogram.ts'

/** Rows with two features of few values and derivatives of full size. */
function example(seed: number, rowCount: number) {
  const random = makeRandom(seed)
  const values = Float32Array.from({ length: 2 * rowCount }, () =>
    random.uniform() < 0.1 ? Number.NaN : random.integer(0, 9),
  )
  const features = [
    { name: 'a', kind: 'number' },
    { name: 'b', kind: 'number' },
  ] as const
  const binned = binMatrix({ rowCount, features, values }, 256)
  const derivatives = {
    scale: 2 ** 30,
    gradients: Int32Array.from({ length: rowCount }, () => random.integer(-(2 ** 30), 2 ** 30)),
    hessians: Int32Array.from({ length: rowCount }, () => random.integer(1, 2 ** 28)),
  }
  const build = (rows: Uint32Array) => {
    const histogram = new Float64Array(histogramLength(binned))
    buildHistogramInto(histogram, binned, { rows, start: 0, end: rows.length }, derivatives)
    return histogram
  }
  return { binned, derivatives, build }
}

const rowsOf = (count: number) => Uint32Array.from({ length: count }, (_, row) => row)

test('every feature holds the same total, and each slot the sum over its rows (naive twin)', () => {
  const { binned, derivatives, build } = example(1, 500)
  const histogram = build(rowsOf(500))
  binned.features.forEach((feature, f) => {
    for (let bin = 0; bin < feature.binCount; bin++) {
      const rows = [...rowsOf(500)].filter(row => binned.bins[row * 2 + f] === bin)
      const slot = 2 * (binned.slotOffsets[f] + bin)
      expect(histogram[slot]).toBe(rows.reduce((sum, row) => sum + derivatives.gradients[row], 0))
      expect(histogram[slot + 1]).toBe(rows.reduce((sum, row) => sum + derivatives.hessians[row], 0))
    }
  })
})

test('the order of rows does not change one bit', () => {
  const { build } = example(2, 1000)
  const shuffled = rowsOf(1000)
  makeRandom(3).shuffleInto(shuffled)
  expect(build(shuffled)).toEqual(build(rowsOf(1000)))
})

test('subtractHistogramInto agrees exactly with a histogram built from the rows', () => {
  const { build } = example(4, 800)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 800 }), cut => {
      const parent = build(rowsOf(800))
      subtractHistogramInto(parent, parent, build(rowsOf(800).subarray(0, cut)))
      expect(parent).toEqual(build(rowsOf(800).slice(cut)))
    }),
    { numRuns: 30 },
  )
})
