/**
 * The trainer's inner loops: what they compute. Two twins compute the same bits: reference.ts, readable TypeScript, and
 * assembly/kernels.ts, WebAssembly. Arrays that are handed in must come from the kernels' own `memory`.
 *
 * A record is what one row brings to a histogram, in one piece of memory (columns.ts):
 *
 *   byte  0          4          8
 *         [ gradient | hessian  | code of column 0, 1, 2, ... | padding ]       int32, int32, uint8 each
 */

/** Zeroed arrays that every thread can read. */
export interface KernelMemory {
  uint8(length: number): Uint8Array
  uint32(length: number): Uint32Array
  float32(length: number): Float32Array
  float64(length: number): Float64Array
}

/** One record per row, `stride` bytes apart (a multiple of 8). */
export interface Records {
  readonly bytes: Uint8Array
  readonly stride: number
  /** Columns in a record. */
  readonly width: number
}

/** Slots of a histogram that a column takes, one per code, whether it has as many codes or not: its place is then known. */
export const SLOTS_PER_COLUMN = 256

/** Rows that a step works on: indices rows[start] to rows[end - 1], rising. */
export interface RowSlice {
  readonly rows: Uint32Array
  readonly start: number
  readonly end: number
}

export interface BinRequest {
  readonly column: Uint8Array
  /** The first row to write. */
  readonly start: number
  readonly count: number
  /** Row i has its number at values[at + i x width]. */
  readonly values: Float32Array
  readonly at: number
  readonly width: number
  /** Rising, THRESHOLD_ROOM of them: infinity stands after the last. */
  readonly thresholds: Float32Array
}

/** More than there can be: infinity is the last, so that a search needs no bounds. */
export const THRESHOLD_ROOM = 256

export interface NumbersScan {
  readonly histogram: Float64Array
  /** Two for each feature: the slot of its bin 0, and how many bins it has. */
  readonly numbers: Uint32Array
  readonly leaf: Float64Array
  readonly found: Float64Array
}

export interface DerivativeRequest {
  readonly records: Records
  readonly scores: Float32Array
  readonly labels: Uint8Array
  readonly weights: Float32Array | undefined
  readonly start: number
  readonly end: number
  readonly gradientScale: number
  readonly hessianScale: number
}

/** Places in the array that describes a leaf and the limits of its splits, in integer units where they are of sums. */
export const LEAF = Object.freeze({
  gradient: 0,
  hessian: 1,
  rowCount: 2,
  l2: 3,
  minHessian: 4,
  minRows: 5,
  rowsPerHessian: 6,
  length: 7,
})

/** No bin beats the score. -1, for bin 0 can be a code's split. */
export const NONE = -1

/** Places in the array of the best split so far: a scan that finds a better one overwrites it. */
export const FOUND = Object.freeze({ score: 0, leftGradient: 1, leftHessian: 2, length: 3 })

/** Writes a split into `found` where its score is higher than the one there, and says whether it did. */
export function keepBetter(found: Float64Array, score: number, leftGradient: number, leftHessian: number): boolean {
  if (!(score > found[FOUND.score])) return false
  found[FOUND.score] = score
  found[FOUND.leftGradient] = leftGradient
  found[FOUND.leftHessian] = leftHessian
  return true
}

/** One object serves all scans of an ensemble: a leaf has dozens, and garbage adds up. */
export interface ThresholdScan {
  histogram: Float64Array
  /** Of the feature's bin 0. */
  slot: number
  binCount: number
  missingLeft: boolean
  readonly leaf: Float64Array
  readonly found: Float64Array
}

/** A feature's part in the codes of a column (joint-columns.ts). */
export interface DigitRequest {
  readonly records: Records
  readonly column: number
  /** Of every row. */
  readonly bins: Uint8Array
  readonly firstBin: number
  readonly step: number
  readonly start: number
  readonly end: number
}

export interface Kernels {
  readonly name: 'reference' | 'wasm'
  readonly memory: KernelMemory
  /** What `memory` takes its arrays from, for the kernels of other threads; absent: each array has memory of its own. */
  readonly shared?: WebAssembly.Memory
  /** Copies values[at + i x width] for i < count, but for NaN, to `out`, which has room for all; returns how many. */
  takeKnown(out: Float32Array, values: Float32Array, place: { at: number; width: number; count: number }): number
  /** Writes the distinct numbers of a sorted array and how often each occurs; returns how many there are. */
  countDistinct(sorted: Float32Array, distinct: Float32Array, counts: Uint32Array): number
  /** Sorts numbers (no NaN) rising, in place, 0 after -0; `scratch` has room for as many. */
  sortNumbers(values: Float32Array, scratch: Uint32Array): void
  /** The bin of each number (bin.ts): 0 when missing, else 1 + the count of thresholds below it. */
  binNumbers(request: BinRequest): void
  /** Adds (bin - firstBin) x step to the column's code in records start to end - 1. */
  addDigits(request: DigitRequest): void
  /** rows[i] = first + i for the first `count`. */
  numberRows(rows: Uint32Array, first: number, count: number): void
  /** Writes gradient and hessian of rows start to end - 1 into their records (objective.ts). */
  computeDerivatives(request: DerivativeRequest): void
  /** Sums gradients and hessians by code into the slots of each column, 256 x column + code; all other slots become 0. */
  sumHistogram(histogram: Float64Array, records: Records, slice: RowSlice): void
  /**
   * The same where sums stay below 2^31 (gradients) and 2^32 (hessians). `packed` is zeroed room for this kernel, 8 bytes
   * per pair of sums, zero again afterwards.
   */
  sumHistogramPacked(histogram: Float64Array, packed: Float64Array, records: Records, slice: RowSlice): void
  /** histogram -= other, exact, from slot `first` on. */
  subtractHistogram(histogram: Float64Array, other: Float64Array, first: number): void
  /** Parts the slice in place, stable: first the rows whose bin in `column` has goesLeft[bin] = 1. Returns their count. */
  partition(slice: RowSlice, scratch: Uint32Array, column: Uint8Array, goesLeft: Uint8Array): number
  /**
   * The best threshold among several numbers, each with missing values right and, where the leaf has some, left: of what
   * NumbersScan lists, index x 1024 + 2 x bin + (1 when missing goes left), or NONE when no score beats the one in `found`.
   * The first of equal features wins, then missing right, then the highest bin that goes left (split.ts has the score).
   */
  scanNumbers(scan: NumbersScan): number
  /** scores[row] += value */
  addToScores(scores: Float32Array, slice: RowSlice, value: number): void
}
