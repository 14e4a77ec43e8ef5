/**
 * The groups of a sensitive column: one per level of a category, quartiles of a number, and one for missing values. Every
 * row is in exactly one group, and no group is empty.
 */
import { quantileSorted } from '../math/quantile.ts'
import type { CategoryColumn, Column, NumberColumn } from '../table/table.ts'

/** Name of the group of rows without a value. */
export const MISSING_GROUP = '(missing)'

/** A sensitive column of some rows. */
export interface SensitiveValues {
  readonly name: string
  readonly column: Column
  /** The group that the others are compared with; absent: the largest one. */
  readonly reference?: string
}

export interface Groups {
  /** Levels by size, the largest first, equals by name; quartiles rising; the missing rows last. */
  readonly names: readonly string[]
  /** [row] → index into names. */
  readonly groupOf: Uint32Array
  /** [group] → number of rows, never 0. */
  readonly sizes: Uint32Array
}

export function groupRows(column: Column): Groups {
  return column.kind === 'category' ? groupLevels(column) : groupQuartiles(column)
}

/** The index of the group that others are compared with; undefined when the named one has no row. */
export function referenceGroup({ names, sizes }: Groups, named: string | undefined): number | undefined {
  if (named !== undefined) return names.includes(named) ? names.indexOf(named) : undefined
  // Nobody is measured against rows of which nothing is known, unless there are no others.
  const known = names.flatMap((name, group) => (name === MISSING_GROUP && names.length > 1 ? [] : [group]))
  return known.length === 0 ? undefined : known.reduce((best, group) => (sizes[group] > sizes[best] ? group : best))
}

function groupLevels({ codes, levels }: CategoryColumn): Groups {
  const rows = new Uint32Array(levels.length + 1)
  for (let row = 0; row < codes.length; row++) rows[codes[row]]++
  const byName = (a: string, b: string) => (a < b ? -1 : 1)
  const order = levels
    .map((_, i) => i + 1)
    .filter(code => rows[code] > 0)
    .sort((a, b) => rows[b] - rows[a] || byName(levels[a - 1], levels[b - 1]))
  const names = order.map(code => (levels[code - 1] === MISSING_GROUP ? `"${MISSING_GROUP}"` : levels[code - 1]))
  return numberGroups([...order, 0], [...names, MISSING_GROUP], codes)
}

/** `numbers[i]` is the mark in `marks` of the rows of the i-th group; groups without a row are left out. */
function numberGroups(numbers: readonly number[], names: readonly string[], marks: ArrayLike<number>): Groups {
  const rows = new Map<number, number>()
  for (let row = 0; row < marks.length; row++) rows.set(marks[row], (rows.get(marks[row]) ?? 0) + 1)
  const kept = numbers.flatMap((mark, i) => (rows.has(mark) ? [{ mark, name: names[i] }] : []))
  const groupOfMark = new Map(kept.map(({ mark }, group) => [mark, group]))
  return {
    names: kept.map(({ name }) => name),
    groupOf: Uint32Array.from(marks, mark => groupOfMark.get(mark)!),
    sizes: Uint32Array.from(kept, ({ mark }) => rows.get(mark)!),
  }
}

const QUARTILES = 4

/** Intervals [a, b) between the distinct type-7 quartiles, the last one closed; up to four distinct values stay themselves. */
function groupQuartiles({ values }: NumberColumn): Groups {
  const sorted = values.filter(value => !Number.isNaN(value)).sort()
  const distinct = firstDistinct(sorted, QUARTILES + 1)
  const starts = distinct.length <= QUARTILES ? distinct : quartileStarts(sorted)
  const names = starts.map((start, i) => {
    if (distinct.length <= QUARTILES) return String(start)
    return i + 1 < starts.length ? `[${start}, ${starts[i + 1]})` : `[${start}, ${sorted[sorted.length - 1]}]`
  })
  const missing = starts.length
  const marks = Uint32Array.from(values, value =>
    Number.isNaN(value) ? missing : starts.findLastIndex(start => start <= value),
  )
  return numberGroups([...starts.keys(), missing], [...names, MISSING_GROUP], marks)
}

/** The first `most` distinct values. */
function firstDistinct(sorted: Float64Array, most: number): number[] {
  const distinct: number[] = []
  for (let i = 0; i < sorted.length && distinct.length < most; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct.push(sorted[i])
  }
  return distinct
}

function quartileStarts(sorted: Float64Array): number[] {
  return [...new Set([0, 0.25, 0.5, 0.75].map(p => quantileSorted(sorted, p)))]
}
