/** What a window holds of a model's answers: the question, and how the feature counts of many writes become one. */
import type { ServedCounts } from '../drift/served-sample.ts'
import type { FeatureCountsRow } from './sink-tables.ts'

export interface ServedQuery {
  /** The contract's name. */
  readonly model: string
  readonly version: string
  /** The positive class, as predictions have it. */
  readonly positive: string
  /** ISO 8601, UTC: `since` is in the window, `until` is not. */
  readonly since: string
  readonly until: string
}

/** What the column `counts` holds: feature → rows per bin, JSON. */
export function countsText(names: readonly string[], counts: readonly ArrayLike<number>[]): string {
  return JSON.stringify(Object.fromEntries(names.map((name, i) => [name, Array.from(counts[i])])))
}

export interface CountSum {
  /** A row that is not of the same bins as those before it takes no part. */
  add(row: Pick<FeatureCountsRow, 'counted' | 'counts'>): void
  total(): ServedCounts
}

/** Adds rows up one by one, so that a long window needs no more memory than a short one. */
export function makeCountSum(): CountSum {
  const features = new Map<string, number[]>()
  let rows = 0
  return {
    add({ counted, counts }) {
      const parsed = Object.entries(JSON.parse(counts) as Readonly<Record<string, readonly number[]>>)
      if (parsed.some(([name, bins]) => (features.get(name) ?? bins).length !== bins.length)) return
      rows += counted
      for (const [name, bins] of parsed) {
        const sum = features.get(name)
        if (sum === undefined) features.set(name, [...bins])
        else for (let i = 0; i < bins.length; i++) sum[i] += bins[i]
      }
    },
    total: () => ({ rows, features }),
  }
}
