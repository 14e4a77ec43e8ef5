/** For tests: the golden cases of data/golden/fairness.json as columns, and random groups with scores. */
import fc from 'fast-check'
import golden from '../../../data/golden/fairness.json' with { type: 'json' }
import type { CategoryColumn } from '../table/table.ts'
import type { ScoredRows } from './group-metrics.ts'

export const GOLDEN_GROUPS = golden.groups

/** A category column of these cells; undefined is missing. */
export function categoryOf(cells: readonly (string | undefined)[]): CategoryColumn {
  const levels = [...new Set(cells.filter(cell => cell !== undefined))]
  return {
    kind: 'category',
    levels,
    codes: Uint32Array.from(cells, cell => (cell === undefined ? 0 : levels.indexOf(cell) + 1)),
  }
}

export interface ScoredGroups extends ScoredRows {
  readonly cells: readonly string[]
  readonly probabilities: readonly number[]
  readonly labels: readonly number[]
}

/** Up to four groups from "a" to "d", of all sizes up to some hundred rows, with tied scores. */
export const scoredGroups: fc.Arbitrary<ScoredGroups> = fc
  .array(
    fc.record({
      group: fc.constantFrom('a', 'b', 'c', 'd'),
      repeat: fc.integer({ min: 1, max: 40 }),
      score: fc.integer({ min: 0, max: 10 }),
      label: fc.integer({ min: 0, max: 1 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map(blocks => blocks.flatMap(block => new Array<typeof block>(block.repeat).fill(block)))
  .map(rows => ({
    cells: rows.map(row => row.group),
    probabilities: rows.map(row => Math.fround(row.score / 10)),
    labels: rows.map(row => row.label),
  }))
