/**
 * The columns that a histogram is summed over. Features of few values share one: its code counts their bins like the digits
 * of a number, so one addition does for all of them, and the sums of each feature are found afterwards from those of the
 * codes, exactly. Slots of a histogram (one pair of sums each):
 *
 *   [ shared columns, code by code | features with a column of their own | features of the shared columns, bin by bin ]
 *     summed over the rows ────────────────────────────────────────────┘
 *                                    found for a leaf ────────────────────────────────────────────────────────────┘
 */
import type { BinnedMatrix } from './bin.ts'
import { type Kernels, type Records, SLOTS_PER_COLUMN } from './kernels/kernels.ts'

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

/** The features of a column. Alone, a feature's code is its bin. */
type Column = readonly Digit[]

export interface JointColumns {
  readonly records: Records
  /** Pairs of sums in a histogram. */
  readonly slotCount: number
  /** Slots before this one are of shared columns, and of no use once they are spread. */
  readonly firstFeatureSlot: number
  /** Per feature, the slot of its bin 0; the other bins follow. */
  readonly firstSlots: Uint32Array
  /** Adds the sums of the shared columns up to those of their features, which must be zero. */
  spread(histogram: Float64Array): void
}

/** Writes the records of all rows, derivatives zero. */
export function makeJointColumns(binned: BinnedMatrix, kernels: Kernels): JointColumns {
  const columns = planColumns(binned)
  const stride = 8 + 8 * Math.ceil(columns.length / 8)
  const bytes = kernels.memory.uint8(stride * binned.rowCount)
  const records = { bytes, stride, width: columns.length }
  writeCodes(kernels, records, binned, columns)
  const firstSlots = new Uint32Array(binned.features.length)
  let slotCount = SLOTS_PER_COLUMN * columns.length
  columns.forEach((digits, c) => {
    if (digits.length === 1) firstSlots[digits[0].feature] = SLOTS_PER_COLUMN * c
    else {
      for (const { feature } of digits) {
        firstSlots[feature] = slotCount
        slotCount += binned.features[feature].binCount
      }
    }
  })
  const shared = columns.filter(digits => digits.length > 1)
  const spreads = shared.map((digits, c) => makeSpread(digits, SLOTS_PER_COLUMN * c, firstSlots))
  return {
    records,
    slotCount,
    firstFeatureSlot: SLOTS_PER_COLUMN * shared.length,
    firstSlots,
    spread(histogram) {
      for (const spread of spreads) spread(histogram)
    },
  }
}

/** Features of few bins together, the fewest first, as long as the codes fit into a byte; all others alone, and last. */
function planColumns(binned: BinnedMatrix): Column[] {
  const digits = binned.features.map((feature, f) => {
    const firstBin = binned.columns[f].includes(0) ? 0 : 1
    return { feature: f, firstBin, size: feature.binCount - firstBin }
  })
  digits.sort((a, b) => a.size - b.size || a.feature - b.feature)
  const groups: Digit[][] = []
  let codes = Number.POSITIVE_INFINITY
  for (const digit of digits) {
    if (codes * digit.size > SLOTS_PER_COLUMN) {
      groups.push([])
      codes = 1
    }
    groups[groups.length - 1].push({ ...digit, step: codes })
    codes *= digit.size
  }
  const shared = groups.filter(group => group.length > 1)
  const alone = groups.filter(group => group.length === 1)
  return [...shared, ...alone.map(([digit]) => [{ ...digit, firstBin: 0 }])]
}

function writeCodes(kernels: Kernels, records: Records, binned: BinnedMatrix, columns: readonly Column[]): void {
  for (let start = 0; start < binned.rowCount; start += BLOCK) {
    const end = Math.min(start + BLOCK, binned.rowCount)
    columns.forEach((digits, column) => {
      for (const { feature, firstBin, step } of digits) {
        kernels.addDigits({ records, column, bins: binned.columns[feature], firstBin, step, start, end })
      }
    })
  }
}

/** For one shared column: a function that adds its sums to its features'. */
function makeSpread(digits: Column, firstSlot: number, firstSlots: Uint32Array): (histogram: Float64Array) => void {
  const count = digits.length
  const codes = digits.reduce((product, digit) => product * digit.size, 1)
  const targets = new Uint32Array(codes * count)
  for (let code = 0; code < codes; code++) {
    digits.forEach(({ feature, firstBin, size, step }, d) => {
      const bin = firstBin + (Math.floor(code / step) % size)
      targets[code * count + d] = 2 * (firstSlots[feature] + bin)
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
