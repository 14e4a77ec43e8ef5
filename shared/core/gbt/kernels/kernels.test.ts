/** The twins against each other, bit by bit, and the plain one against sums counted row by row. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildKernels } from '../../../../scripts/build-kernels.ts'
import { makeRandom } from '../../math/random.ts'
import { sigmoid } from '../../math/sigmoid.ts'
import { sigmoidInSteps } from '../sigmoid-steps.ts'
import type { Kernels, Records } from './kernels.ts'
import { openKernels } from './open-kernels.ts'
import { derivativesOf, referenceKernels } from './reference.ts'
import { webAssemblyKernels } from './webassembly.ts'

/** Random records, scores, labels and weights: the same for every set of kernels. */
function example(kernels: Kernels, { seed, rowCount, width }: { seed: number; rowCount: number; width: number }) {
  const { memory } = kernels
  const random = makeRandom(seed)
  const stride = 8 + 8 * Math.ceil(width / 8)
  const records: Records = { bytes: memory.uint8(rowCount * stride), stride, width, offsets: memory.uint32(width) }
  const sizes = Array.from({ length: width }, () => random.integer(1, 256))
  let slots = 0
  sizes.forEach((size, c) => {
    records.offsets[c] = 16 * slots
    slots += size
  })
  const scores = memory.float64(rowCount)
  const labels = memory.uint8(rowCount)
  const weights = memory.float64(rowCount)
  for (let row = 0; row < rowCount; row++) {
    sizes.forEach((size, c) => {
      records.bytes[row * stride + 8 + c] = random.integer(0, size - 1)
    })
    scores[row] = 8 * random.normal()
    labels[row] = random.integer(0, 1)
    weights[row] = random.uniform() + 0.01
  }
  const all = memory.uint32(rowCount)
  for (let row = 0; row < rowCount; row++) all[row] = row
  return { kernels, records, scores, labels, weights, rows: all, slots, rowCount }
}

type Example = ReturnType<typeof example>

function withDerivatives(made: Example, weighted: boolean, scale = 2 ** 30): Example {
  const { kernels, records, scores, labels, rowCount } = made
  const weights = weighted ? made.weights : undefined
  const scales = { gradientScale: scale, hessianScale: scale }
  kernels.computeDerivatives({ records, scores, labels, weights, start: 0, end: rowCount, ...scales })
  return made
}

const twins = (size: { seed: number; rowCount: number; width: number }) =>
  [referenceKernels, webAssemblyKernels()].map(kernels => example(kernels, size))

const sizes = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  rowCount: fc.integer({ min: 1, max: 300 }),
  width: fc.integer({ min: 1, max: 13 }),
})

test('this machine runs the WebAssembly kernels', () => {
  expect(openKernels().name).toBe('wasm')
})

test('the committed module is what AssemblyScript makes of the source', async () => {
  const committed = readFileSync(join(import.meta.dirname, 'kernels.wasm.ts'), 'utf8')
  expect(committed).toBe(await buildKernels())
}, 60_000)

test('derivatives are those of the logistic loss, rounded, and the twins agree on every bit', () => {
  fc.assert(
    fc.property(sizes, fc.boolean(), (size, weighted) => {
      const [plain, wasm] = twins(size).map(made => withDerivatives(made, weighted))
      expect(wasm.records.bytes).toEqual(plain.records.bytes)
      const derivatives = derivativesOf(plain.records)
      for (let row = 0; row < size.rowCount; row++) {
        const p = sigmoid(plain.scores[row])
        const unit = 2 ** 30 * (weighted ? plain.weights[row] : 1)
        const at = (row * plain.records.stride) / 4
        expect(Math.abs(derivatives[at] - (p - plain.labels[row]) * unit)).toBeLessThan(0.51)
        expect(Math.abs(derivatives[at + 1] - Math.max(1, p * (1 - p) * unit))).toBeLessThan(0.51)
      }
    }),
    { numRuns: 40 },
  )
})

test('the sigmoid in steps is within 1e-14 of the exact one, and never outside 0 to 1', () => {
  for (const x of [0, 1, -1, 1e-300, 36, -36, 699, -699, 1e6, -1e6, Number.MAX_VALUE]) {
    expect(Math.abs(sigmoidInSteps(x) - sigmoid(x))).toBeLessThan(1e-15)
  }
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.double({ min: -40, max: 40, noNaN: true }), (any, near) => {
      for (const x of [any, near]) {
        const p = sigmoidInSteps(x)
        expect(p >= 0 && p <= 1).toBe(true)
        expect(Math.abs(p - sigmoid(x))).toBeLessThan(1e-14)
      }
    }),
  )
})

test('scores far out saturate alike in both twins', () => {
  const far = [0, -0, 745, -745, 1e9, -1e9, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 709.5]
  const [plain, wasm] = twins({ seed: 1, rowCount: far.length, width: 1 }).map(made => {
    made.scores.set(far)
    return withDerivatives(made, false)
  })
  expect(wasm.records.bytes).toEqual(plain.records.bytes)
})

test('each sum is that of its rows, counted one by one; packed and WebAssembly sums are equal to the last bit', () => {
  fc.assert(
    fc.property(sizes, fc.nat(300), fc.nat(300), (size, a, b) => {
      const [start, end] = [Math.min(a, b, size.rowCount), Math.min(Math.max(a, b), size.rowCount)]
      const [plain, wasm] = twins(size).map(made => {
        // 2^20 x 300 rows < 2^31: both kernels can hold the sums.
        const { kernels, records, rows, slots } = withDerivatives(made, false, 2 ** 20)
        const slice = { rows, start, end }
        const histogram = kernels.memory.float64(2 * slots).fill(7)
        kernels.sumHistogram(histogram, records, slice)
        const unpacked = kernels.memory.float64(2 * slots).fill(7)
        const packed = kernels.memory.float64(slots)
        kernels.sumHistogramPacked(unpacked, packed, records, slice)
        expect(unpacked).toEqual(histogram)
        expect(packed.every(sums => sums === 0)).toBe(true)
        return { histogram, records }
      })
      expect([...wasm.histogram]).toEqual([...plain.histogram])
      const { bytes, stride, width, offsets } = plain.records
      const naive = new Float64Array(plain.histogram.length)
      for (let row = start; row < end; row++) {
        for (let c = 0; c < width; c++) {
          const at = offsets[c] / 8 + 2 * bytes[row * stride + 8 + c]
          naive[at] += derivativesOf(plain.records)[(row * stride) / 4]
          naive[at + 1] += derivativesOf(plain.records)[(row * stride) / 4 + 1]
        }
      }
      expect([...plain.histogram]).toEqual([...naive])
    }),
    { numRuns: 40 },
  )
})

test('the order of rows does not change one bit, and parent - sibling is the histogram of the other rows', () => {
  for (const made of twins({ seed: 3, rowCount: 20_000, width: 5 })) {
    const { kernels, records, rows, slots } = withDerivatives(made, true)
    const sum = (start: number, end: number) => {
      const histogram = kernels.memory.float64(2 * slots)
      kernels.sumHistogram(histogram, records, { rows, start, end })
      return histogram
    }
    const parent = sum(0, 20_000)
    const rest = kernels.memory.float64(2 * slots)
    kernels.subtractHistogram(rest, parent, sum(0, 7_000), 2 * slots)
    expect(rest).toEqual(sum(7_000, 20_000))
    makeRandom(4).shuffleInto(rows)
    expect(sum(0, 20_000)).toEqual(parent)
  }
})

test('partition keeps the order on both sides, as filtering does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(200), fc.uint8Array(), (bins, from, left) => {
      for (const kernels of [referenceKernels, webAssemblyKernels()]) {
        const { memory } = kernels
        const start = Math.min(from, bins.length - 1)
        const rows = memory.uint32(bins.length)
        for (let row = 0; row < bins.length; row++) rows[row] = row
        const before = [...rows]
        const column = memory.uint8(bins.length)
        column.set(bins)
        const goesLeft = memory.uint8(256)
        for (const bin of left) goesLeft[bin] = 1
        const slice = { rows, start, end: bins.length }
        const count = kernels.partition(slice, memory.uint32(bins.length), column, goesLeft)
        const [kept, moved] = [before.slice(0, start), before.slice(start)]
        const goes = (row: number) => goesLeft[bins[row]] === 1
        expect(count).toBe(moved.filter(goes).length)
        expect([...rows]).toEqual([...kept, ...moved.filter(goes), ...moved.filter(row => !goes(row))])
      }
    }),
    { numRuns: 60 },
  )
})
