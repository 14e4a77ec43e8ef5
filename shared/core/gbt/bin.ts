/**
 * Maps feature values to bins, one byte each. Bin 0 is missing.
 *
 *   number    x is in bin i >= 1  iff  t[i-2] < x <= t[i-1]      (t[-1] = -inf, t[last + 1] = +inf)
 *   category  bin i >= 1 holds the one code codes[i-1]; with more codes than bins the rarest share a last bin that no
 *             split can name
 *
 * Thresholds are float32, as the values are: a split found on bins takes the same branch on values, here and in ONNX.
 *
 *   bins, row-major:     row 0: [f0 f1 f2 ...]  row 1: [f0 f1 f2 ...]  ...
 */
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'

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
  /** [rowCount x features.length], row-major. */
  readonly bins: Uint8Array
  /** Feature f owns histogram slots slotOffsets[f] to slotOffsets[f + 1] - 1, one per bin. */
  readonly slotOffsets: Uint32Array
}

/** Bin edges are chosen on at most this many rows, evenly spaced: more rows move the edges by less than a bin is wide. */
const MAX_EDGE_ROWS = 200_000

/** Bins every feature of `matrix`. 3 <= maxBins <= 256, the missing bin counted. */
export function binMatrix(matrix: FeatureMatrix, maxBins: number): BinnedMatrix {
  if (!(maxBins >= 3 && maxBins <= 256)) throw new RangeError(`maxBins is ${maxBins}; allowed: 3 to 256`)
  const width = matrix.features.length
  const bins = new Uint8Array(matrix.rowCount * width)
  const slotOffsets = new Uint32Array(width + 1)
  const features = matrix.features.map((spec, f): BinnedFeature => {
    const feature =
      spec.kind === 'number' ? binNumbersInto(bins, matrix, f, maxBins) : binCodesInto(bins, matrix, f, maxBins)
    slotOffsets[f + 1] = slotOffsets[f] + feature.binCount
    return feature
  })
  return { rowCount: matrix.rowCount, features, bins, slotOffsets }
}

function binNumbersInto(bins: Uint8Array, matrix: FeatureMatrix, f: number, maxBins: number): BinnedFeature {
  const width = matrix.features.length
  const thresholds = findThresholds(sampleColumn(matrix, f), maxBins - 1)
  for (let row = 0; row < matrix.rowCount; row++) {
    bins[row * width + f] = binOf(matrix.values[row * width + f], thresholds)
  }
  return { kind: 'number', binCount: thresholds.length + 2, thresholds }
}

/** The bin of a number: 0 when missing, else 1 + the count of thresholds below it. */
export function binOf(x: number, thresholds: Float32Array): number {
  if (Number.isNaN(x)) return 0
  let low = 0
  let high = thresholds.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (thresholds[middle] < x) low = middle + 1
    else high = middle
  }
  return low + 1
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
  return sample.subarray(0, known).sort()
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
  const heavy = counts.map(count => count >= meanSize)
  let restBins = maxBins
  let restRows = sorted.length
  counts.forEach((count, i) => {
    if (!heavy[i]) return
    restBins--
    restRows -= count
  })
  meanSize = restRows / restBins
  let size = 0
  for (let i = 0; i + 1 < distinct.length && thresholds.length < maxBins - 1; i++) {
    if (!heavy[i]) restRows -= counts[i]
    size += counts[i]
    const nextStandsAlone = heavy[i + 1] && size >= Math.max(1, meanSize / 2)
    if (!heavy[i] && size < meanSize && !nextStandsAlone) continue
    thresholds.push(between(distinct[i], distinct[i + 1]))
    size = 0
    if (!heavy[i]) {
      restBins--
      meanSize = restRows / restBins
    }
  }
  return Float32Array.from(thresholds)
}

function countDistinct(sorted: Float32Array): { distinct: number[]; counts: number[] } {
  const distinct: number[] = []
  const counts: number[] = []
  for (const x of sorted) {
    if (distinct.length > 0 && distinct[distinct.length - 1] === x) counts[counts.length - 1]++
    else {
      distinct.push(x)
      counts.push(1)
    }
  }
  return { distinct, counts }
}

/** A float32 t with a <= t < b: the middle, or a where the middle rounds up to b. */
function between(a: number, b: number): number {
  const middle = Math.fround((a + b) / 2)
  return middle < b ? middle : a
}

function binCodesInto(bins: Uint8Array, matrix: FeatureMatrix, f: number, maxBins: number): BinnedFeature {
  const spec = matrix.features[f]
  if (spec.kind !== 'category') throw new Error(`feature ${spec.name} is no category`)
  const width = matrix.features.length
  const codeCount = spec.levels.length + (spec.hasOther ? 1 : 0)
  const counts = new Uint32Array(codeCount + 1)
  for (let row = 0; row < matrix.rowCount; row++) counts[matrix.values[row * width + f] || 0]++
  const fits = codeCount <= maxBins - 1
  const codes = Array.from({ length: codeCount }, (_, i) => i + 1)
  // The most frequent codes get the bins; equal counts keep the declared order.
  if (!fits) codes.sort((a, b) => counts[b] - counts[a] || a - b).splice(maxBins - 2)
  const binOfCode = new Uint8Array(codeCount + 1).fill(fits ? 0 : maxBins - 1)
  binOfCode[0] = 0
  codes.forEach((code, i) => {
    binOfCode[code] = i + 1
  })
  for (let row = 0; row < matrix.rowCount; row++) bins[row * width + f] = binOfCode[matrix.values[row * width + f] || 0]
  return { kind: 'category', binCount: codes.length + (fits ? 1 : 2), codes: Float32Array.from(codes) }
}
