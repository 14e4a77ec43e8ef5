/**
 * The kernels in WebAssembly. Its module is embedded (kernels.wasm.ts) and compiled once; every set of kernels has a memory
 * of its own, which grows as arrays are taken from it and is shared, so that growing leaves older arrays valid.
 */
import { AppError } from '../../errors.ts'
import type { KernelMemory, Kernels, Records, RowSlice } from './kernels.ts'
import { KERNELS_WASM } from './kernels.wasm.ts'

/** What assembly/kernels.ts exports: addresses and counts in, an address or a count out. */
interface Exports {
  binNumbers(column: number, values: number, stride: number, thresholds: number, count: number): void
  takeKnown(out: number, values: number, stride: number, count: number): number
  countDistinct(sorted: number, distinct: number, counts: number, count: number): number
  sortNumbers(values: number, scratch: number, counts: number, count: number): void
  addDigits(bytes: number, stride: number, bins: number, firstBin: number, step: number, count: number): void
  numberRows(rows: number, first: number, count: number): void
  computeDerivatives(
    ...args: [
      ...record: [number, number],
      scores: number,
      labels: number,
      weights: number,
      count: number,
      g: number,
      h: number,
    ]
  ): void
  addToHistogram(histogram: number, ...args: RecordArgs): void
  addToPackedHistogram(packed: number, ...args: RecordArgs): void
  unpackHistogram(histogram: number, packed: number, slots: number): void
  subtractHistogram(histogram: number, other: number, bytes: number): void
  partition(rows: number, count: number, scratch: number, column: number, goesLeft: number): number
  scanNumbers(histogram: number, numbers: number, count: number, leaf: number, found: number): number
  addToScores(scores: number, rows: number, count: number, value: number): void
}
type RecordArgs = [records: number, stride: number, width: number, rows: number, count: number]

const PAGE = 65_536
/** A line of the processor's cache: no two arrays share one, so that threads do not wait for each other. */
const ALIGNMENT = 64
/**
 * Rows per call: a call that lasts keeps running the code it began with, and the first calls run before the engine has
 * optimised it.
 */
const ROWS_PER_CALL = 8192

let compiled: WebAssembly.Module | undefined

/** Kernels on a memory of their own, or on `shared`, another set's. Throws where there is no WebAssembly with SIMD. */
export function webAssemblyKernels(shared?: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(KERNELS_WASM), char => char.charCodeAt(0)))
  const memory = shared ?? new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true })
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const arrays = arraysOf(memory)
  return { name: 'wasm', shared: memory, memory: arrays, ...wrap(exports as unknown as Exports, arrays) }
}

/** Arrays one after another; none is ever given back. */
function arraysOf(memory: WebAssembly.Memory): KernelMemory {
  let used = ALIGNMENT
  const take = (bytes: number): number => {
    const at = used
    used += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    const missing = used - memory.buffer.byteLength
    if (missing > 0) growBy(memory, missing)
    return at
  }
  return {
    uint8: length => {
      const at = take(length)
      return new Uint8Array(memory.buffer, at, length)
    },
    uint32: length => {
      const at = take(4 * length)
      return new Uint32Array(memory.buffer, at, length)
    },
    float32: length => {
      const at = take(4 * length)
      return new Float32Array(memory.buffer, at, length)
    },
    float64: length => {
      const at = take(8 * length)
      return new Float64Array(memory.buffer, at, length)
    },
  }
}

/** 32-bit addresses end at 4 GiB; the system may end sooner. */
function growBy(memory: WebAssembly.Memory, bytes: number): void {
  try {
    memory.grow(Math.ceil(bytes / PAGE))
  } catch (cause) {
    const mb = Math.ceil((memory.buffer.byteLength + bytes) / 2 ** 20).toLocaleString('en')
    const message = `the training rows need ${mb} MB of the trainer's memory; allowed: 4,096 MB, about 80 million rows of 12 features, and what the machine has. Train on a sample of the rows`
    throw new AppError('INVALID_TABLE', message, { cause })
  }
}

function wrap(wasm: Exports, arrays: KernelMemory): Omit<Kernels, 'name' | 'memory'> {
  let counts: Uint32Array | undefined
  return {
    takeKnown(out, values, { at, width, count }) {
      return wasm.takeKnown(out.byteOffset, values.byteOffset + 4 * at, 4 * width, count)
    },
    countDistinct(sorted, distinct, counts) {
      return wasm.countDistinct(sorted.byteOffset, distinct.byteOffset, counts.byteOffset, sorted.length)
    },
    sortNumbers(values, scratch) {
      counts ??= arrays.uint32(3 * 2048)
      wasm.sortNumbers(values.byteOffset, scratch.byteOffset, counts.byteOffset, values.length)
    },
    binNumbers({ column, start, count, values, at, width, thresholds }) {
      const from = values.byteOffset + 4 * at
      wasm.binNumbers(column.byteOffset + start, from, 4 * width, thresholds.byteOffset, count)
    },
    addDigits({ records: { bytes, stride }, column, bins, firstBin, step, start, end }) {
      const at = bytes.byteOffset + start * stride + 8 + column
      wasm.addDigits(at, stride, bins.byteOffset + start, firstBin, step, end - start)
    },
    numberRows(rows, first, count) {
      wasm.numberRows(rows.byteOffset, first, count)
    },
    computeDerivatives({ records, scores, labels, weights, start, end, gradientScale, hessianScale }) {
      for (let row = start; row < end; row += ROWS_PER_CALL) {
        wasm.computeDerivatives(
          records.bytes.byteOffset + row * records.stride,
          records.stride,
          scores.byteOffset + 4 * row,
          labels.byteOffset + row,
          weights ? weights.byteOffset + 4 * row : 0,
          Math.min(ROWS_PER_CALL, end - row),
          gradientScale,
          hessianScale,
        )
      }
    },
    sumHistogram(histogram, records, slice) {
      histogram.fill(0)
      inParts(slice, (rows, count) => wasm.addToHistogram(histogram.byteOffset, ...recordArgs(records, rows, count)))
    },
    sumHistogramPacked(histogram, packed, records, slice) {
      histogram.fill(0)
      inParts(slice, (rows, count) => wasm.addToPackedHistogram(packed.byteOffset, ...recordArgs(records, rows, count)))
      wasm.unpackHistogram(histogram.byteOffset, packed.byteOffset, packed.length)
    },
    subtractHistogram(histogram, other, first) {
      const skipped = 16 * first
      const bytes = histogram.byteLength - skipped
      wasm.subtractHistogram(histogram.byteOffset + skipped, other.byteOffset + skipped, bytes)
    },
    partition({ rows, start, end }, scratch, column, goesLeft) {
      const { byteOffset } = rows
      return wasm.partition(
        byteOffset + 4 * start,
        end - start,
        scratch.byteOffset,
        column.byteOffset,
        goesLeft.byteOffset,
      )
    },
    scanNumbers({ histogram, numbers, leaf, found }) {
      const count = numbers.length / 2
      return wasm.scanNumbers(histogram.byteOffset, numbers.byteOffset, count, leaf.byteOffset, found.byteOffset)
    },
    addToScores(scores, { rows, start, end }, value) {
      wasm.addToScores(scores.byteOffset, rows.byteOffset + 4 * start, end - start, value)
    },
  }
}

function inParts({ rows, start, end }: RowSlice, work: (rows: number, count: number) => void): void {
  for (let from = start; from < end; from += ROWS_PER_CALL) {
    work(rows.byteOffset + 4 * from, Math.min(ROWS_PER_CALL, end - from))
  }
}

function recordArgs({ bytes, stride, width }: Records, rows: number, count: number): RecordArgs {
  return [bytes.byteOffset, stride, width, rows, count]
}
