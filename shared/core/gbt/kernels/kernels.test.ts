/** The twins against each other, bit by bit, and the plain one against sums counted row by row. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildKernels } from '../../../../scripts/build-kernels.ts'
import { makeRandom } from '../../math/random.ts'
import { sigmoid } from '../../math/sigmoid.ts'
import { derivativesInSteps } from '../derivative-steps.ts'
import { type Kernels, type Records, SLOTS_PER_COLUMN } from './kernels.ts'
import { openKernels } from './open-kernels.ts'
import { derivativesOf, referenceKernels } from './reference.ts'
import { webAssemblyKernels } from './webassembly.ts'

/** Random records, scores, labels and weights: the same for every set of kernels. */
function example(kernels: Kernels, { seed, rowCount, width }: { seed: number; rowCount: number; width: number }) {
  const { memory } = kernels
  const random = makeRandom(seed)
  const stride = 8 + 8 * Math.ceil(width / 8)
  const records: Records = { bytes: memory.uint8(rowCount * stride), stride, width }
  const sizes = Array.from({ length: width }, () => random.integer(1, 256))
  const slots = SLOTS_PER_COLUMN * width + 3
  const scores = memory.float32(rowCount)
  const labels = memory.uint8(rowCount)
  const weights = memory.float32(rowCount)
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
        const score = plain.scores[row]
        const unit = 2 ** 30 * (weighted ? plain.weights[row] : 1)
        const at = (row * plain.records.stride) / 4
        const gradient = unit * (plain.labels[row] === 1 ? -sigmoid(-score) : sigmoid(score))
        const hessian = Math.max(1, unit * sigmoid(score) * sigmoid(-score))
        expect(Math.abs(derivatives[at] - gradient)).toBeLessThan(0.51 + 4e-7 * Math.abs(gradient))
        expect(Math.abs(derivatives[at + 1] - hessian)).toBeLessThan(0.51 + 6e-7 * hessian)
      }
    }),
    { numRuns: 40 },
  )
})

test('derivatives in steps are within 4e-7 of the exact ones, relatively, however small they are', () => {
  const scores = fc.oneof(fc.constantFrom(0, -0, 1, 36, -36, 86, -86), fc.float({ min: -86, max: 86, noNaN: true }))
  fc.assert(
    fc.property(scores, score => {
      const found = { gradient: 0, hessian: 0 }
      for (const label of [0, 1]) {
        derivativesInSteps(score, label, found)
        const [p, rest] = [1 / (1 + Math.exp(-score)), 1 / (1 + Math.exp(score))]
        expect(Math.abs(found.gradient / (label === 1 ? -rest : p) - 1)).toBeLessThan(4e-7)
        expect(Math.abs(found.hessian / (p * rest) - 1)).toBeLessThan(6e-7)
      }
    }),
    { numRuns: 500 },
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
        const packed = kernels.memory.float64(SLOTS_PER_COLUMN * records.width)
        kernels.sumHistogramPacked(unpacked, packed, records, slice)
        expect(unpacked).toEqual(histogram)
        expect(packed.every(sums => sums === 0)).toBe(true)
        return { histogram, records }
      })
      expect([...wasm.histogram]).toEqual([...plain.histogram])
      const { bytes, stride, width } = plain.records
      const naive = new Float64Array(plain.histogram.length)
      for (let row = start; row < end; row++) {
        for (let c = 0; c < width; c++) {
          const at = 2 * (SLOTS_PER_COLUMN * c + bytes[row * stride + 8 + c])
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
    const rest = sum(0, 20_000)
    kernels.subtractHistogram(rest, sum(0, 7_000), 256)
    expect(rest.subarray(512)).toEqual(sum(7_000, 20_000).subarray(512))
    expect(rest.subarray(0, 512)).toEqual(parent.subarray(0, 512))
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

const anyNumbers = fc.array(
  fc.oneof(fc.float(), fc.constantFrom(Number.NaN, 0, -0, 1, -1, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45)),
  { minLength: 1, maxLength: 1500 },
)

test('known numbers are taken from every width-th place, sorted and counted alike by both twins, as plain JavaScript does', () => {
  fc.assert(
    fc.property(anyNumbers, fc.integer({ min: 1, max: 4 }), (numbers, width) => {
      const count = Math.floor((numbers.length - 1) / width) + 1
      const results = [referenceKernels, webAssemblyKernels()].map(kernels => {
        const { memory } = kernels
        const values = memory.float32(numbers.length)
        values.set(numbers)
        const out = memory.float32(count)
        const known = out.subarray(0, kernels.takeKnown(out, values, { at: 0, width, count }))
        kernels.sortNumbers(known, memory.uint32(count))
        const [distinct, counts] = [memory.float32(count), memory.uint32(count)]
        const found = kernels.countDistinct(known, distinct, counts)
        return { known: [...known], distinct: [...distinct.subarray(0, found)], counts: [...counts.subarray(0, found)] }
      })
      expect(results[1]).toEqual(results[0])
      const plain = numbers.filter((x, i) => i % width === 0 && !Number.isNaN(x)).map(Math.fround)
      expect(results[0].known.map(Math.abs)).toEqual([...Float32Array.from(plain).sort().map(Math.abs)])
      expect(results[0].distinct).toHaveLength(new Set(plain).size)
      expect(results[0].counts.reduce((sum, n) => sum + n, 0)).toBe(plain.length)
    }),
    { numRuns: 60 },
  )
})

test('rows beyond 4 GiB of kernel memory are refused with what they need and what is allowed', () => {
  const { memory } = webAssemblyKernels()
  memory.uint8(1000)
  expect(() => memory.uint8(2 ** 32)).toThrow(
    "the training rows need 4,097 MB of the trainer's memory; allowed: 4,096 MB, about 80 million rows of 12 features",
  )
})
