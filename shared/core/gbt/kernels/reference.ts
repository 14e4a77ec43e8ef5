/** The kernels in plain TypeScript: what the WebAssembly ones must equal, and what runs where there is no WebAssembly. */
import { sigmoidInSteps } from '../sigmoid-steps.ts'
import type { DerivativeRequest, KernelMemory, Kernels, Records, RowSlice } from './kernels.ts'

const memory: KernelMemory = {
  uint8: length => new Uint8Array(new SharedArrayBuffer(length)),
  uint32: length => new Uint32Array(new SharedArrayBuffer(4 * length)),
  float64: length => new Float64Array(new SharedArrayBuffer(8 * length)),
}

export const referenceKernels: Kernels = {
  name: 'reference',
  memory,
  computeDerivatives,
  sumHistogram,
  sumHistogramPacked: (histogram, _packed, records, slice) => sumHistogram(histogram, records, slice),
  subtractHistogram(out, parent, sibling, length) {
    for (let i = 0; i < length; i++) out[i] = parent[i] - sibling[i]
  },
  partition,
  addToScores(scores, { rows, start, end }, value) {
    for (let i = start; i < end; i++) scores[rows[i]] += value
  },
}

/** Gradient and hessian of every record, as int32. */
export function derivativesOf({ bytes }: Records): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
}

function computeDerivatives(request: DerivativeRequest): void {
  const { records, scores, labels, weights, start, end, gradientScale, hessianScale } = request
  const derivatives = derivativesOf(records)
  const step = records.stride / 4
  for (let row = start; row < end; row++) {
    const p = sigmoidInSteps(scores[row])
    const weight = weights ? weights[row] : 1
    derivatives[row * step] = Math.floor((p - labels[row]) * (weight * gradientScale) + 0.5)
    derivatives[row * step + 1] = Math.max(1, Math.floor(p * (1 - p) * (weight * hessianScale) + 0.5))
  }
}

function sumHistogram(histogram: Float64Array, records: Records, { rows, start, end }: RowSlice): void {
  const { bytes, stride, width } = records
  const derivatives = derivativesOf(records)
  const firstSums = records.offsets.map(offset => offset / 8)
  histogram.fill(0)
  for (let i = start; i < end; i++) {
    const record = rows[i] * stride
    const gradient = derivatives[record >> 2]
    const hessian = derivatives[(record >> 2) + 1]
    for (let column = 0; column < width; column++) {
      const sum = firstSums[column] + 2 * bytes[record + 8 + column]
      histogram[sum] += gradient
      histogram[sum + 1] += hessian
    }
  }
}

function partition(
  { rows, start, end }: RowSlice,
  scratch: Uint32Array,
  column: Uint8Array,
  goesLeft: Uint8Array,
): number {
  let left = start
  let right = 0
  for (let i = start; i < end; i++) {
    const row = rows[i]
    const isLeft = goesLeft[column[row]]
    // Written on both sides, counted on one: no branch to predict.
    rows[left] = row
    scratch[right] = row
    left += isLeft
    right += 1 - isLeft
  }
  rows.set(scratch.subarray(0, right), left)
  return left - start
}
