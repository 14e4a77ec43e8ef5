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
  float64(length: number): Float64Array
}

/** One record per row, `stride` bytes apart (a multiple of 8). */
export interface Records {
  readonly bytes: Uint8Array
  readonly stride: number
  /** Columns in a record. */
  readonly width: number
  /** Per column, where in a histogram its first sum begins, in bytes: 16 per code (float64 gradient, float64 hessian). */
  readonly offsets: Uint32Array
}

/** Rows that a step works on: indices rows[start] to rows[end - 1], rising. */
export interface RowSlice {
  readonly rows: Uint32Array
  readonly start: number
  readonly end: number
}

export interface DerivativeRequest {
  readonly records: Records
  readonly scores: Float64Array
  readonly labels: Uint8Array
  readonly weights: Float64Array | undefined
  readonly start: number
  readonly end: number
  readonly gradientScale: number
  readonly hessianScale: number
}

export interface Kernels {
  readonly name: 'reference' | 'wasm'
  readonly memory: KernelMemory
  /** Writes gradient and hessian of rows start to end - 1 into their records (objective.ts). */
  computeDerivatives(request: DerivativeRequest): void
  /** Overwrites `histogram` with the sums of gradients and hessians by code. */
  sumHistogram(histogram: Float64Array, records: Records, slice: RowSlice): void
  /**
   * The same where sums stay below 2^31 (gradients) and 2^32 (hessians). `packed` is zeroed room for this kernel, 8 bytes
   * per pair of sums, zero again afterwards.
   */
  sumHistogramPacked(histogram: Float64Array, packed: Float64Array, records: Records, slice: RowSlice): void
  /** out = parent - sibling over the first `length` numbers (even), exact; `out` may be `parent`. */
  subtractHistogram(out: Float64Array, parent: Float64Array, sibling: Float64Array, length: number): void
  /** Parts the slice in place, stable: first the rows whose bin in `column` has goesLeft[bin] = 1. Returns their count. */
  partition(slice: RowSlice, scratch: Uint32Array, column: Uint8Array, goesLeft: Uint8Array): number
  /** scores[row] += value */
  addToScores(scores: Float64Array, slice: RowSlice, value: number): void
}
