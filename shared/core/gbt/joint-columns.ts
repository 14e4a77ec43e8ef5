/**
 * The columns that a histogram is summed over. Features of few values share one: its code counts their bins like the digits
 * of a number, so one addition does for all of them, and the sums of each feature are found afterwards from those of the
 * codes, exactly. Slots of a histogram (one pair of sums each):
 *
 *   [ feature 0, bin by bin | feature 1 | ... | first shared column, code by code | second | ... ]
 */
import type { BinnedMatrix } from './bin.ts'
import type { KernelMemory, Records } from './kernels/kernels.ts'

/** A code is a byte. */
const MOST_CODES = 256
/** Rows whose records are written together while their columns are in the cache. */
const BLOCK = 2048

/** A feature's part in a column: code = sum of (bin - firstBin) x step. */
interface Digit {
  readonly feature: number
  /** 1 where no value is missing: bin 0 then needs no code. */
  readonly firstBin: number
  readonly size: number
  readonly step: number
}

interface Column {
  readonly digits: readonly Digit[]
  /** Of the first code; of the feature's bin 0 where it has the column to itself. */
  readonly firstSlot: number
  readonly codes: number
}

export interface JointColumns {
  readonly records: Records
  /** Pairs of sums in a histogram. */
  readonly slotCount: number
  /** Adds the sums of the shared columns up to those of their features, which must be zero. */
  spread(histogram: Float64Array): void
}

/** Writes the records of all rows, derivatives zero. */
export function makeJointColumns(binned: BinnedMatrix, memory: KernelMemory): JointColumns {
  const { columns, slotCount } = planColumns(binned)
  const stride = 8 + 8 * Math.ceil(columns.length / 8)
  const bytes = memory.uint8(stride * binned.rowCount)
  const offsets = memory.uint32(columns.length)
  columns.forEach(({ firstSlot }, c) => {
    offsets[c] = 16 * firstSlot
  })
  writeCodes(bytes, stride, binned, columns)
  const spreads = columns.filter(({ digits }) => digits.length > 1).map(makeSpread(binned))
  return {
    records: { bytes, stride, width: columns.length, offsets },
    slotCount,
    spread(histogram) {
      for (const spread of spreads) spread(histogram)
    },
  }
}

/** Features of few bins together, the fewest first, as long as the codes fit into a byte; all others alone. */
function planColumns(binned: BinnedMatrix): { columns: Column[]; slotCount: number } {
  const digits = binned.features.map((feature, f) => {
    const firstBin = binned.columns[f].includes(0) ? 0 : 1
    return { feature: f, firstBin, size: feature.binCount - firstBin }
  })
  digits.sort((a, b) => a.size - b.size || a.feature - b.feature)
  const groups: Digit[][] = []
  let codes = Number.POSITIVE_INFINITY
  for (const digit of digits) {
    if (codes * digit.size > MOST_CODES) {
      groups.push([])
      codes = 1
    }
    groups[groups.length - 1].push({ ...digit, step: codes })
    codes *= digit.size
  }
  let slotCount = binned.slotOffsets[binned.features.length]
  const columns = groups.map((group): Column => {
    const size = group.reduce((product, digit) => product * digit.size, 1)
    if (group.length === 1) {
      const { feature } = group[0]
      return {
        digits: [{ ...group[0], firstBin: 0 }],
        firstSlot: binned.slotOffsets[feature],
        codes: binned.features[feature].binCount,
      }
    }
    slotCount += size
    return { digits: group, firstSlot: slotCount - size, codes: size }
  })
  return { columns, slotCount }
}

function writeCodes(bytes: Uint8Array, stride: number, binned: BinnedMatrix, columns: readonly Column[]): void {
  for (let start = 0; start < binned.rowCount; start += BLOCK) {
    const end = Math.min(start + BLOCK, binned.rowCount)
    columns.forEach(({ digits }, c) => {
      for (const { feature, firstBin, step } of digits) {
        addDigit(bytes, { stride, at: 8 + c, step, firstBin }, binned.columns[feature], start, end)
      }
    })
  }
}

function addDigit(
  bytes: Uint8Array,
  { stride, at, step, firstBin }: { stride: number; at: number; step: number; firstBin: number },
  bins: Uint8Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) bytes[row * stride + at] += (bins[row] - firstBin) * step
}

/** For one shared column: a function that adds its sums to its features'. */
function makeSpread(binned: BinnedMatrix): (column: Column) => (histogram: Float64Array) => void {
  return ({ digits, firstSlot, codes }) => {
    const count = digits.length
    const targets = new Uint32Array(codes * count)
    for (let code = 0; code < codes; code++) {
      digits.forEach(({ feature, firstBin, size, step }, d) => {
        const bin = firstBin + (Math.floor(code / step) % size)
        targets[code * count + d] = 2 * (binned.slotOffsets[feature] + bin)
      })
    }
    return histogram => {
      for (let code = 0; code < codes; code++) {
        const gradient = histogram[2 * (firstSlot + code)]
        const hessian = histogram[2 * (firstSlot + code) + 1]
        // Every row has a hessian of at least one unit.
        if (hessian === 0) continue
        for (let i = code * count; i < (code + 1) * count; i++) {
          histogram[targets[i]] += gradient
          histogram[targets[i] + 1] += hessian
        }
      }
    }
  }
}
