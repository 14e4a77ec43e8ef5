/**
 * The bins that predict counts served rows into: those of the champion's profile, for rows as a model takes them. Encoded
 * numbers are float32, so the bins' edges are too, and what rounds to an edge is on it; a level's code is its bin, then
 * follow other levels and missing.
 *
 *   number     edges -Inf, 3, 7, Inf      bounds 3, 7          counts x < 3, 3 <= x < 7, 7 <= x, missing
 *   category   Basic, Pro                 levels Basic, Pro    counts Basic, Pro, other, missing
 */
import { AppError } from '../errors.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { countBins, isSingleValue } from './bins.ts'
import type { CategoryProfile, ColumnProfile, NumberProfile } from './column-profile.ts'
import { rowsAt } from './distribution.ts'

export type FeatureBins = NumberBins | LevelBins

export interface NumberBins {
  readonly kind: 'number'
  readonly name: string
  /** Inner edges, ascending: x is in bin i iff bounds[i - 1] <= x < bounds[i]. */
  readonly bounds: Float32Array
  /** The same, filled up to 15 with NaN, which no value reaches. */
  readonly searched: Float32Array
}

/** Ten bins have nine; what is searched has room for more. */
const MOST_BOUNDS = 15

export interface LevelBins {
  readonly kind: 'category'
  readonly name: string
  readonly levels: readonly string[]
}

/** Levels with a bin of their own; further ones count as other levels, so that what is written down stays small. */
export const MAX_COUNTED_LEVELS = 1_000

/** By the model's inputs, in their order. Throws MODEL_CORRUPT for a profile of other columns. */
export function makeFeatureBins(
  columns: ReadonlyMap<string, ColumnProfile>,
  specs: readonly FeatureSpec[],
): FeatureBins[] {
  return specs.map(spec => {
    const { name, kind } = spec
    const column = columns.get(name)
    if (column?.kind !== kind) throw new AppError('MODEL_CORRUPT', `the profile has no ${kind} column ${name}`)
    if (spec.kind === 'category') return { kind: 'category', name, levels: spec.levels.slice(0, MAX_COUNTED_LEVELS) }
    return numberBins(name, column as NumberProfile)
  })
}

function numberBins(name: string, { edges }: NumberProfile): NumberBins {
  const bounds = Float32Array.from(edges.subarray(1, -1))
  if (bounds.length > MOST_BOUNDS)
    throw new AppError(
      'MODEL_CORRUPT',
      `the profile has ${bounds.length + 1} bins of ${name}; at most ${MOST_BOUNDS + 1} can be counted`,
    )
  for (let i = 1; i < bounds.length; i++) {
    const bound = isSingleValue(edges, i) ? nextFloat32(bounds[i - 1]) : bounds[i]
    // An edge just above a single value may be that value as float32; what is searched must not fall again.
    bounds[i] = Math.max(bound, bounds[i - 1])
  }
  const searched = new Float32Array(MOST_BOUNDS).fill(Number.NaN)
  searched.set(bounds)
  return { kind: 'number', name, bounds, searched }
}

/** The smallest float32 above a finite one, by its bits. */
function nextFloat32(value: number): number {
  const float = Float32Array.of(value + 0)
  const bits = new Int32Array(float.buffer)
  bits[0] += value >= 0 ? 1 : -1
  return float[0]
}

/** Ranges or levels, and (of categories) other levels, and missing. */
export function binCount(bins: FeatureBins): number {
  return (bins.kind === 'number' ? bins.bounds : bins.levels).length + 2
}

/** Zeros, for each feature as many as it has bins. */
export function emptyCounts(bins: readonly FeatureBins[]): Uint32Array[] {
  return bins.map(one => new Uint32Array(binCount(one)))
}

/** Adds encoded rows, row-major, to the counts. Allocates nothing. */
export function countRowsInto(
  counts: readonly Uint32Array[],
  bins: readonly FeatureBins[],
  values: Float32Array,
): void {
  const width = bins.length
  for (let f = 0; f < width; f++) {
    const bin = bins[f]
    if (bin.kind === 'number') countNumbersInto(counts[f], bin.searched, { values, from: f, width })
    else countLevelsInto(counts[f], bin.levels.length, { values, from: f, width })
  }
}

/** One feature of the rows: values[from], values[from + width], … */
interface Strided {
  readonly values: Float32Array
  readonly from: number
  readonly width: number
}

/** Four steps of a binary search, written out and without a branch: 0.4 of the time that looking at each bound takes. */
function countNumbersInto(counts: Uint32Array, bounds: Float32Array, { values, from, width }: Strided): void {
  const missing = counts.length - 1
  for (let at = from; at < values.length; at += width) {
    const value = values[at]
    let bin = Number(value >= bounds[7]) << 3
    bin += Number(value >= bounds[bin + 3]) << 2
    bin += Number(value >= bounds[bin + 1]) << 1
    bin += Number(value >= bounds[bin])
    counts[Number.isNaN(value) ? missing : bin]++
  }
}

function countLevelsInto(counts: Uint32Array, levels: number, { values, from, width }: Strided): void {
  for (let at = from; at < values.length; at += width) {
    const code = values[at]
    counts[Number.isNaN(code) ? levels + 1 : Math.min(code - 1, levels)]++
  }
}

/** The profile's rows in the same bins. */
export function referenceCounts(bins: FeatureBins, column: ColumnProfile): Float64Array {
  if (bins.kind === 'number' && column.kind === 'number') return countReference(bins, column)
  if (bins.kind === 'category' && column.kind === 'category') return countReferenceLevels(bins, column)
  throw new AppError('MODEL_CORRUPT', `the profile has no ${bins.kind} column ${bins.name}`)
}

/**
 * The profile's own counts, unless rounding moves values of it across an edge (times in milliseconds, say): then its values
 * are counted as predict counts them, so that the rounding is on both sides and is no drift.
 */
function countReference({ bounds }: NumberBins, { distribution, missing, edges, counts }: NumberProfile): Float64Array {
  const rounded = new Float64Array(counts.length)
  let bin = 0
  for (let i = 0; i < distribution.values.length; i++) {
    const value = Math.fround(distribution.values[i])
    while (bin < bounds.length && value >= bounds[bin]) bin++
    rounded[bin] += rowsAt(distribution, i)
  }
  rounded[counts.length - 1] = missing
  const exact = countBins(distribution, missing, edges)
  return exact.every((rows, i) => rows === rounded[i]) ? counts : rounded
}

function countReferenceLevels({ levels }: LevelBins, column: CategoryProfile): Float64Array {
  const binOf = new Map(levels.map((level, i) => [level, i]))
  const counts = new Float64Array(levels.length + 2)
  column.levels.forEach((level, i) => {
    counts[binOf.get(level) ?? levels.length] += column.counts[i]
  })
  counts[levels.length + 1] = column.missing
  return counts
}
