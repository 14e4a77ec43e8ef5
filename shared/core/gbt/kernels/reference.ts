/** The kernels in plain TypeScript: what the WebAssembly ones must equal, and what runs where there is no WebAssembly. */
import { roundInSteps, sigmoidInSteps } from '../sigmoid-steps.ts'
import {
  type BinRequest,
  type DerivativeRequest,
  FOUND,
  type KernelMemory,
  type Kernels,
  LEAF,
  NONE,
  type Records,
  type RowSlice,
  type ThresholdScan,
} from './kernels.ts'

const memory: KernelMemory = {
  uint8: length => new Uint8Array(new SharedArrayBuffer(length)),
  uint32: length => new Uint32Array(new SharedArrayBuffer(4 * length)),
  float32: length => new Float32Array(new SharedArrayBuffer(4 * length)),
  float64: length => new Float64Array(new SharedArrayBuffer(8 * length)),
}

export const referenceKernels: Kernels = {
  name: 'reference',
  memory,
  binNumbers,
  numberRows(rows, first, count) {
    for (let i = 0; i < count; i++) rows[i] = first + i
  },
  computeDerivatives,
  sumHistogram,
  sumHistogramPacked: (histogram, _packed, records, slice) => sumHistogram(histogram, records, slice),
  subtractHistogram(out, parent, sibling, length) {
    for (let i = 0; i < length; i++) out[i] = parent[i] - sibling[i]
  },
  partition,
  scanThresholds,
  addToScores(scores, { rows, start, end }, value) {
    for (let i = start; i < end; i++) scores[rows[i]] += value
  },
}

/** Gradient and hessian of every record, as int32. */
export function derivativesOf({ bytes }: Records): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
}

function binNumbers({ column, start, count, values, at, width, thresholds }: BinRequest): void {
  for (let i = 0; i < count; i++) {
    const x = values[at + i * width]
    let below = 0
    for (let step = 128; step > 0; step >>= 1) {
      if (thresholds[below + step - 1] < x) below += step
    }
    column[start + i] = Number.isNaN(x) ? 0 : below + 1
  }
}

function computeDerivatives(request: DerivativeRequest): void {
  const { records, scores, labels, weights, start, end, gradientScale, hessianScale } = request
  const derivatives = derivativesOf(records)
  const step = records.stride / 4
  for (let row = start; row < end; row++) {
    const p = sigmoidInSteps(scores[row])
    const weight = weights ? weights[row] : 1
    derivatives[row * step] = roundInSteps((p - labels[row]) * (weight * gradientScale))
    derivatives[row * step + 1] = Math.max(1, roundInSteps(p * (1 - p) * (weight * hessianScale)))
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

function scanThresholds({ histogram, slot, binCount, missingLeft, leaf, found }: ThresholdScan): number {
  const allGradient = leaf[LEAF.gradient]
  const allHessian = leaf[LEAF.hessian]
  const allRows = leaf[LEAF.rowCount]
  const l2 = leaf[LEAF.l2]
  const minHessian = leaf[LEAF.minHessian]
  const minRows = leaf[LEAF.minRows]
  const rowsPerHessian = leaf[LEAF.rowsPerHessian]
  const first = 2 * slot
  let bestBin = NONE
  let gradient = missingLeft ? 0 : histogram[first]
  let hessian = missingLeft ? 0 : histogram[first + 1]
  let rows = Math.floor(hessian * rowsPerHessian + 0.5)
  // The first candidate has every known value left: it parts missing from known.
  for (let bin = binCount - 1; bin >= 1; bin--) {
    if (bin < binCount - 1) {
      const moved = histogram[first + 2 * bin + 3]
      // An empty bin (every row has a hessian): the split is the one before, which wins the tie.
      if (moved === 0) continue
      gradient += histogram[first + 2 * bin + 2]
      hessian += moved
      rows += Math.floor(moved * rowsPerHessian + 0.5)
    }
    const leftHessian = allHessian - hessian
    if (leftHessian < minHessian || allRows - rows < minRows) break
    if (hessian < minHessian || rows < minRows) continue
    const leftGradient = allGradient - gradient
    const score = (leftGradient * leftGradient) / (leftHessian + l2) + (gradient * gradient) / (hessian + l2)
    if (score > found[FOUND.score]) {
      bestBin = bin
      found[FOUND.score] = score
      found[FOUND.leftGradient] = leftGradient
      found[FOUND.leftHessian] = leftHessian
    }
  }
  return bestBin
}
