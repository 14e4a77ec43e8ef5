/** The levels of a category column with their rows, and two such lists laid side by side, matched by name. */
import type { CategoryColumn } from '../table/table.ts'

export interface LevelCounts {
  /** Levels that at least one row has. */
  readonly levels: readonly string[]
  /** Rows per level. */
  readonly counts: Float64Array
  readonly missing: number
}

export function countLevels({ codes, levels }: CategoryColumn): LevelCounts {
  const counts = new Float64Array(levels.length + 1)
  for (let row = 0; row < codes.length; row++) counts[codes[row]]++
  // A table made by selectRows keeps levels that none of its rows has.
  const seen = levels.map((_, i) => i + 1).filter(code => counts[code] > 0)
  return {
    levels: seen.map(code => levels[code - 1]),
    counts: Float64Array.from(seen, code => counts[code]),
    missing: counts[0],
  }
}

/** Counts over the same bins: every level of either side, and at the end the missing rows. */
export interface LevelPair {
  readonly levels: readonly string[]
  readonly reference: Float64Array
  readonly current: Float64Array
}

/**
 * Levels in the order of `declared`, then the reference's others and then the current sample's, both by code unit: the
 * order of the rows moves nothing, not even the last digit of a sum.
 */
export function pairLevels(reference: LevelCounts, current: LevelCounts, declared: readonly string[] = []): LevelPair {
  const seen = new Set([...reference.levels, ...current.levels])
  const listed = declared.filter(level => seen.has(level))
  const levels = [...new Set([...listed, ...reference.levels.toSorted(), ...current.levels.toSorted()])]
  return { levels, reference: countsOf(reference, levels), current: countsOf(current, levels) }
}

function countsOf({ levels, counts, missing }: LevelCounts, wanted: readonly string[]): Float64Array {
  const countOf = new Map(levels.map((level, i) => [level, counts[i]]))
  const bins = new Float64Array(wanted.length + 1)
  wanted.forEach((level, i) => {
    bins[i] = countOf.get(level) ?? 0
  })
  bins[wanted.length] = missing
  return bins
}
