import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import { binMatrix } from './bin.ts'
import { makeJointColumns } from './joint-columns.ts'
import { derivativesOf, referenceKernels } from './kernels/reference.ts'

/** Features of few, of many and of one value; some with missing values. */
function example(seed: number, distinct: readonly number[]) {
  const random = makeRandom(seed)
  const rowCount = 400
  const width = distinct.length
  const values = new Float32Array(rowCount * width)
  for (let row = 0; row < rowCount; row++) {
    distinct.forEach((most, f) => {
      values[row * width + f] = f % 2 === 0 && random.uniform() < 0.05 ? Number.NaN : random.integer(1, most)
    })
  }
  const features = distinct.map((_, f) => ({ name: `f${f}`, kind: 'number' }) as const)
  const binned = binMatrix({ rowCount, features, values }, 256)
  return { binned, joint: makeJointColumns(binned, referenceKernels), random }
}

test('after spreading, each slot of a feature is the sum over its rows (naive twin), however columns are shared', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.array(fc.constantFrom(1, 2, 3, 5, 9, 40, 300), { minLength: 1, maxLength: 9 }),
      (seed, distinct) => {
        const { binned, joint, random } = example(seed, distinct)
        const derivatives = derivativesOf(joint.records)
        const step = joint.records.stride / 4
        const naive = new Float64Array(2 * joint.slotCount)
        for (let row = 0; row < binned.rowCount; row++) {
          const gradient = random.integer(-(2 ** 30), 2 ** 30)
          const hessian = random.integer(1, 2 ** 28)
          derivatives[row * step] = gradient
          derivatives[row * step + 1] = hessian
          binned.columns.forEach((column, f) => {
            const slot = 2 * (joint.firstSlots[f] + column[row])
            naive[slot] += gradient
            naive[slot + 1] += hessian
          })
        }
        const rows = Uint32Array.from({ length: binned.rowCount }, (_, row) => row)
        const histogram = new Float64Array(2 * joint.slotCount)
        referenceKernels.sumHistogram(histogram, joint.records, { rows, start: 0, end: rows.length })
        joint.spread(histogram)
        const own = 2 * joint.firstFeatureSlot
        expect([...histogram.subarray(own)]).toEqual([...naive.subarray(own)])
      },
    ),
    { numRuns: 60 },
  )
})

test('features of few values share columns: eight of two values become one', () => {
  const { joint } = example(1, [1, 2, 1, 2, 1, 2, 1, 2])
  expect(joint.records.width).toBeLessThan(3)
})

test('a feature with as many bins as a code can tell has its column to itself', () => {
  const { joint } = example(2, [300, 300])
  expect(joint.records.width).toBe(2)
  expect([joint.slotCount, joint.firstFeatureSlot]).toEqual([2 * 256, 0])
})
