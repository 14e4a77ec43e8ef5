/** The kernels in plain TypeScript: what the WebAssembly ones must equal, and what runs where there is no WebAssembly. */
import { sortFloat32 } from '../../math/sort-float32.ts'
import { derivativesInSteps, roundInSteps } from '../derivative-steps.ts'
import {
  type BinRequest,
  type DerivativeRequest,
  type DigitRequest,
  type KernelMemory,
  type Kernels,
  keepBetter,
  LEAF,
  NONE,
  type NumbersScan,
  type Records,
  type RowSlice,
  SLOTS_PER_COLUMN,
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
  takeKnown,
  countDistinct,
  sortNumbers: values => void sortFloat32(values),
  binNumbers,
  addDigits,
  numberRows(rows, first, count) {
    for (let i = 0; i < count; i++) rows[i] = first + i
  },
  computeDerivatives,
  sumHistogram,
  sumHistogramPacked: (histogram, _packed, records, slice) => sumHistogram(histogram, records, slice),
  subtractHistogram(histogram, other, first) {
    for (let i = 2 * first; i < histogram.length; i++) histogram[i] -= other[i]
  },
  partition,
  scanNumbers,
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

function takeKnown(
  out: Float32Array,
  values: Float32Array,
  { at, width, count }: { readonly at: number; readonly width: number; readonly count: number },
): number {
  let known = 0
  for (let i = 0; i < count; i++) {
    const x = values[at + i * width]
    if (!Number.isNaN(x)) out[known++] = x
  }
  return known
}

function countDistinct(sorted: Float32Array, distinct: Float32Array, counts: Uint32Array): number {
  let last = -1
  for (let i = 0; i < sorted.length; i++) {
    if (last < 0 || distinct[last] !== sorted[i]) {
      distinct[++last] = sorted[i]
      counts[last] = 0
    }
    counts[last]++
  }
  return last + 1
}

function addDigits({ records, column, bins, firstBin, step, start, end }: DigitRequest): void {
  const { bytes, stride } = records
  for (let row = start; row < end; row++) bytes[row * stride + 8 + column] += (bins[row] - firstBin) * step
}

function computeDerivatives(request: DerivativeRequest): void {
  const { records, scores, labels, weights, start, end, gradientScale, hessianScale } = request
  const derivatives = derivativesOf(records)
  const step = records.stride / 4
  const found = { gradient: 0, hessian: 0 }
  for (let row = start; row < end; row++) {
    derivativesInSteps(scores[row], labels[row], found)
    const weight = weights ? weights[row] : 1
    derivatives[row * step] = roundInSteps(Math.fround(found.gradient * Math.fround(weight * gradientScale)))
    const hessian = roundInSteps(Math.fround(found.hessian * Math.fround(weight * hessianScale)))
    derivatives[row * step + 1] = Math.max(1, hessian)
  }
}

function sumHistogram(histogram: Float64Array, records: Records, { rows, start, end }: RowSlice): void {
  const { bytes, stride, width } = records
  const derivatives = derivativesOf(records)
  histogram.fill(0)
  for (let i = start; i < end; i++) {
    const record = rows[i] * stride
    const gradient = derivatives[record >> 2]
    const hessian = derivatives[(record >> 2) + 1]
    for (let column = 0; column < width; column++) {
      const sum = 2 * (SLOTS_PER_COLUMN * column + bytes[record + 8 + column])
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

function scanNumbers({ histogram, numbers, leaf, found }: NumbersScan): number {
  let best = NONE
  for (let i = 0; 2 * i < numbers.length; i++) {
    const [slot, binCount] = [numbers[2 * i], numbers[2 * i + 1]]
    for (const missingLeft of histogram[2 * slot + 1] > 0 ? [false, true] : [false]) {
      const bin = scanThresholds({ histogram, slot, binCount, missingLeft, leaf, found })
      if (bin !== NONE) best = 1024 * i + 2 * bin + Number(missingLeft)
    }
  }
  return best
}

/** The highest bin of one number that goes left, or NONE: scans from the highest bin down. */
export function scanThresholds({ histogram, slot, binCount, missingLeft, leaf, found }: ThresholdScan): number {
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
    if (keepBetter(found, score, leftGradient, leftHessian)) bestBin = bin
  }
  return bestBin
}
