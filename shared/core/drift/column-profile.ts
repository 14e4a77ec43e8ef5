/** What drift needs to know of one column: of a number its distribution and the bins it gives, of a category its levels. */
import type { Column } from '../table/table.ts'
import { countBins, quantileEdges } from './bins.ts'
import {
  consumeDistribution,
  type Distribution,
  distributionOf,
  momentsOf,
  release,
  rowsOf,
  thinned,
} from './distribution.ts'
import { countLevels, type LevelCounts } from './levels.ts'

export interface NumberProfile {
  readonly kind: 'number'
  readonly missing: number
  /** Of the missing: cells that held something else than a number. */
  readonly unreadable: number
  /** The PSI's bins: edges[i] <= x < edges[i + 1], from -Infinity to Infinity. */
  readonly edges: Float64Array
  /** Rows per bin, then the missing ones. */
  readonly counts: Float64Array
  /** null without any value; so are the next three. */
  readonly minimum: number | null
  readonly maximum: number | null
  readonly mean: number | null
  /** Divided by n (ddof = 0). */
  readonly deviation: number | null
  readonly distribution: Distribution
  /** true: the distribution was thinned; everything else is exact. */
  readonly approximate: boolean
}

export interface CategoryProfile extends LevelCounts {
  readonly kind: 'category'
  /** Of the missing: values that were no text. */
  readonly unreadable: number
}

export type ColumnProfile = NumberProfile | CategoryProfile

export interface ColumnProfileOptions {
  /** The most distinct values of a number that are kept; Infinity keeps all. */
  readonly mostValues: number
  readonly unreadable?: number
  /** true: the column's memory is used up. Default: it is left as it is. */
  readonly consume?: boolean
}

export function profileColumn(column: Column, options: ColumnProfileOptions): ColumnProfile {
  if (column.kind === 'number') return profileNumbers(column.values, options)
  return { kind: 'category', ...countLevels(column), unreadable: options.unreadable ?? 0 }
}

/** The profile of numbers, NaN = missing. */
export function profileNumbers(
  values: ArrayLike<number>,
  { mostValues, unreadable = 0, consume = false }: ColumnProfileOptions,
): NumberProfile {
  const rows = values.length
  const whole = consume && values instanceof Float64Array ? consumeDistribution(values) : distributionOf(values)
  const profile = profileDistribution(whole, { mostValues, unreadable, missing: rows - rowsOf(whole) })
  if (consume && profile.approximate) release(whole.values)
  return profile
}

/** The same of values that are sorted and counted already. */
export function profileDistribution(
  whole: Distribution,
  { mostValues, unreadable = 0, missing = 0 }: Omit<ColumnProfileOptions, 'consume'> & { readonly missing?: number },
): NumberProfile {
  const edges = quantileEdges(whole)
  const distribution = thinned(whole, mostValues)
  const { mean, deviation } = momentsOf(whole)
  return {
    kind: 'number',
    missing,
    unreadable,
    edges,
    counts: countBins(whole, missing, edges),
    minimum: whole.values.at(0) ?? null,
    maximum: whole.values.at(-1) ?? null,
    mean: finiteOrNull(mean),
    deviation: finiteOrNull(deviation),
    distribution,
    approximate: distribution !== whole,
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
