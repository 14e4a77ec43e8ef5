/**
 * Maps feature values to bins, one byte each. Bin 0 is missing.
 *
 *   number    x is in bin i >= 1  iff  t[i-2] < x <= t[i-1]      (t[-1] = -inf, t[last + 1] = +inf)
 *   category  bin i >= 1 holds the one code codes[i-1]; with more codes than bins the rarest share a last bin that no
 *             split can name
 *
 * Thresholds are float32, as the values are: a split found on bins takes the same branch on values, here and in ONNX.
 *
 */
import { sortFloat32 } from '../math/sort-float32.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { type Kernels, THRESHOLD_ROOM } from './kernels/kernels.ts'
import { referenceKernels } from './kernels/reference.ts'

export type BinnedFeature =
  | {
      readonly kind: 'number'
      readonly binCount: number /** binCount - 2 of them, rising. */
      readonly thresholds: Float32Array
    }
  | { readonly kind: 'category'; readonly binCount: number /** Code of bins 1, 2, ... */; readonly codes: Float32Array }

export interface BinnedMatrix {
  readonly rowCount: number
  readonly features: readonly BinnedFeature[]
  /** Per feature, the bin of each row. */
  readonly columns: readonly Uint8Array[]
  /** Feature f owns histogram slots slotOffsets[f] to slotOffsets[f + 1] - 1, one per bin. */
  readonly slotOffsets: Uint32Array
}

/** Bin edges are chosen on at most this many rows, evenly spaced: more rows move the edges by less than a bin is wide. */
const MAX_EDGE_ROWS = 200_000

/** Rows whose values are binned while they are in the cache. */
const BLOCK = 2048

/** Bins every feature of `matrix`; columns come from the kernels' memory. 3 <= maxBins <= 256, the missing bin counted. */
export function binMatrix(matrix: FeatureMatrix, maxBins: number, kernels: Kernels = referenceKernels): BinnedMatrix {
  if (!(maxBins >= 3 && maxBins <= 256)) throw new RangeError(`maxBins is ${maxBins}; allowed: 3 to 256`)
  const { memory } = kernels
  const { rowCount, values } = matrix
  const width = matrix.features.length
  const plans = matrix.features.map((spec, f) =>
    spec.kind === 'number' ? planNumber(matrix, f, maxBins) : planCategory(matrix, f, maxBins),
  )
  const columns = plans.map(() => memory.uint8(rowCount))
  const block = memory.float32(Math.min(rowCount, BLOCK) * width)
  const searchable = plans.map(({ feature }) => {
    const room = memory.float32(THRESHOLD_ROOM).fill(Number.POSITIVE_INFINITY)
    if (feature.kind === 'number') room.set(feature.thresholds)
    return room
  })
  for (let start = 0; start < rowCount; start += BLOCK) {
    const count = Math.min(BLOCK, rowCount - start)
    block.set(values.subarray(start * width, (start + count) * width))
    plans.forEach(({ feature, binOfCode }, f) => {
      const column = columns[f]
      const isNumber = feature.kind === 'number'
      if (isNumber) kernels.binNumbers({ column, start, count, values: block, at: f, width, thresholds: searchable[f] })
      else for (let i = 0; i < count; i++) column[start + i] = binOfCode[block[i * width + f] || 0]
    })
  }
  const slotOffsets = new Uint32Array(width + 1)
  plans.forEach(({ feature }, f) => {
    slotOffsets[f + 1] = slotOffsets[f] + feature.binCount
  })
  return { rowCount, features: plans.map(plan => plan.feature), columns, slotOffsets }
}

interface FeaturePlan {
  readonly feature: BinnedFeature
  /** Of a category; code 0 is missing. */
  readonly binOfCode: Uint8Array
}

function planNumber(matrix: FeatureMatrix, f: number, maxBins: number): FeaturePlan {
  const thresholds = findThresholds(sampleColumn(matrix, f), maxBins - 1)
  return { feature: { kind: 'number', binCount: thresholds.length + 2, thresholds }, binOfCode: new Uint8Array(0) }
}

function sampleColumn(matrix: FeatureMatrix, f: number): Float32Array {
  const width = matrix.features.length
  const count = Math.min(matrix.rowCount, MAX_EDGE_ROWS)
  const sample = new Float32Array(count)
  let known = 0
  for (let i = 0; i < count; i++) {
    const x = matrix.values[Math.floor((i * matrix.rowCount) / count) * width + f]
    if (!Number.isNaN(x)) sample[known++] = x
  }
  return sortFloat32(sample.subarray(0, known))
}

/**
 * At most maxBins - 1 thresholds for `sorted` known values. Few distinct values: one between each two. Many: bins of about
 * equal count, a value heavier than a bin having one of its own (LightGBM's GreedyFindBin, src/io/bin.cpp).
 */
export function findThresholds(sorted: Float32Array, maxBins: number): Float32Array {
  const { distinct, counts } = countDistinct(sorted)
  const thresholds: number[] = []
  if (distinct.length <= maxBins) {
    for (let i = 0; i + 1 < distinct.length; i++) thresholds.push(between(distinct[i], distinct[i + 1]))
    return Float32Array.from(thresholds)
  }
  let meanSize = sorted.length / maxBins
  const heavySize = meanSize
  let restBins = maxBins
  let restRows = sorted.length
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] < heavySize) continue
    restBins--
    restRows -= counts[i]
  }
  meanSize = restRows / restBins
  let size = 0
  for (let i = 0; i + 1 < distinct.length && thresholds.length < maxBins - 1; i++) {
    const isHeavy = counts[i] >= heavySize
    if (!isHeavy) restRows -= counts[i]
    size += counts[i]
    const nextStandsAlone = counts[i + 1] >= heavySize && size >= Math.max(1, meanSize / 2)
    if (!isHeavy && size < meanSize && !nextStandsAlone) continue
    thresholds.push(between(distinct[i], distinct[i + 1]))
    size = 0
    if (!isHeavy) {
      restBins--
      meanSize = restRows / restBins
    }
  }
  return Float32Array.from(thresholds)
}

function countDistinct(sorted: Float32Array): { distinct: Float32Array; counts: Uint32Array } {
  const distinct = new Float32Array(sorted.length)
  const counts = new Uint32Array(sorted.length)
  let last = -1
  for (let i = 0; i < sorted.length; i++) {
    if (last < 0 || distinct[last] !== sorted[i]) distinct[++last] = sorted[i]
    counts[last]++
  }
  return { distinct: distinct.subarray(0, last + 1), counts: counts.subarray(0, last + 1) }
}

/** A float32 t with a <= t < b: the middle, or a where the middle rounds up to b. */
function between(a: number, b: number): number {
  const middle = Math.fround((a + b) / 2)
  return middle < b ? middle : a
}

function planCategory(matrix: FeatureMatrix, f: number, maxBins: number): FeaturePlan {
  const spec = matrix.features[f]
  if (spec.kind !== 'category') throw new Error(`feature ${spec.name} is no category`)
  const width = matrix.features.length
  const codeCount = spec.levels.length + (spec.hasOther ? 1 : 0)
  const fits = codeCount <= maxBins - 1
  const codes = Array.from({ length: codeCount }, (_, i) => i + 1)
  if (!fits) {
    const counts = new Uint32Array(codeCount + 1)
    for (let row = 0; row < matrix.rowCount; row++) counts[matrix.values[row * width + f] || 0]++
    // The most frequent codes get the bins; equal counts keep the declared order.
    codes.sort((a, b) => counts[b] - counts[a] || a - b).splice(maxBins - 2)
  }
  const binOfCode = new Uint8Array(codeCount + 1).fill(fits ? 0 : maxBins - 1)
  binOfCode[0] = 0
  codes.forEach((code, i) => {
    binOfCode[code] = i + 1
  })
  const binCount = codes.length + (fits ? 1 : 2)
  return { feature: { kind: 'category', binCount, codes: Float32Array.from(codes) }, binOfCode }
}
