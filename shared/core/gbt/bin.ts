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
}

/** Bin edges are chosen on at most this many rows, evenly spaced: more rows move the edges by less than a bin is wide. */
const MAX_EDGE_ROWS = 200_000

/** Features whose sample is drawn in one pass over the rows. */
const SAMPLED_TOGETHER = 16

/** Rows whose values are binned while they are in the cache. */
const BLOCK = 2048

/** Bins every feature of `matrix`; columns come from the kernels' memory. 3 <= maxBins <= 256, the missing bin counted. */
export function binMatrix(matrix: FeatureMatrix, maxBins: number, kernels: Kernels = referenceKernels): BinnedMatrix {
  if (!(maxBins >= 3 && maxBins <= 256)) throw new RangeError(`maxBins is ${maxBins}; allowed: 3 to 256`)
  const { memory } = kernels
  const { rowCount, values } = matrix
  const width = matrix.features.length
  const thresholds = thresholdsOf(matrix, maxBins - 1, kernels)
  const plans = matrix.features.map((spec, f) =>
    spec.kind === 'number' ? planNumber(thresholds[f]) : planCategory(matrix, f, maxBins),
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
  return { rowCount, features: plans.map(plan => plan.feature), columns }
}

interface FeaturePlan {
  readonly feature: BinnedFeature
  /** Of a category; code 0 is missing. */
  readonly binOfCode: Uint8Array
}

function planNumber(thresholds: Float32Array): FeaturePlan {
  return { feature: { kind: 'number', binCount: thresholds.length + 2, thresholds }, binOfCode: new Uint8Array(0) }
}

/** By feature, for numbers only. Rows are read once for several features. */
function thresholdsOf(matrix: FeatureMatrix, maxBins: number, kernels: Kernels): Float32Array[] {
  const { memory } = kernels
  const width = matrix.features.length
  const numbers = matrix.features.flatMap(({ kind }, f) => (kind === 'number' ? [f] : []))
  const count = Math.min(matrix.rowCount, MAX_EDGE_ROWS)
  const samples = Array.from({ length: Math.min(numbers.length, SAMPLED_TOGETHER) }, () => memory.float32(count))
  const block = memory.float32(Math.min(count, BLOCK) * width)
  const room = { distinct: memory.float32(count), counts: memory.uint32(count) }
  const thresholds: Float32Array[] = []
  for (let first = 0; first < numbers.length; first += SAMPLED_TOGETHER) {
    const group = numbers.slice(first, first + SAMPLED_TOGETHER)
    const known = group.map(() => 0)
    for (let start = 0; start < count; start += BLOCK) {
      const rows = Math.min(BLOCK, count - start)
      takeRows(block, matrix, { start, rows, count })
      group.forEach((f, g) => {
        known[g] += kernels.takeKnown(samples[g].subarray(known[g]), block, { at: f, width, count: rows })
      })
    }
    group.forEach((f, g) => {
      const sample = samples[g].subarray(0, known[g])
      kernels.sortNumbers(sample, room.counts)
      const found = kernels.countDistinct(sample, room.distinct, room.counts)
      const [distinct, counts] = [room.distinct.subarray(0, found), room.counts.subarray(0, found)]
      thresholds[f] = chooseThresholds({ distinct, counts, all: sample.length }, maxBins)
    })
  }
  return thresholds
}

/** Copies rows start to start + rows - 1 of `count` evenly spaced ones. */
function takeRows(
  block: Float32Array,
  { rowCount, values, features }: FeatureMatrix,
  { start, rows, count }: { readonly start: number; readonly rows: number; readonly count: number },
): void {
  const width = features.length
  if (count === rowCount) {
    block.set(values.subarray(start * width, (start + rows) * width))
    return
  }
  for (let i = 0; i < rows; i++) {
    const row = Math.floor(((start + i) * rowCount) / count)
    block.set(values.subarray(row * width, (row + 1) * width), i * width)
  }
}

/** The known values of a feature. */
interface DistinctNumbers {
  /** Rising. */
  readonly distinct: Float32Array
  /** How often each occurs, and all of them together. */
  readonly counts: Uint32Array
  readonly all: number
}

/**
 * At most maxBins - 1 thresholds for the known values of a feature. Few distinct values: one between each two. Many: bins of about
 * equal count, a value heavier than a bin having one of its own (LightGBM's GreedyFindBin, src/io/bin.cpp).
 */
export function chooseThresholds({ distinct, counts, all }: DistinctNumbers, maxBins: number): Float32Array {
  const thresholds: number[] = []
  if (distinct.length <= maxBins) {
    for (let i = 0; i + 1 < distinct.length; i++) thresholds.push(between(distinct[i], distinct[i + 1]))
    return Float32Array.from(thresholds)
  }
  let meanSize = all / maxBins
  const heavySize = meanSize
  let restBins = maxBins
  let restRows = all
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
