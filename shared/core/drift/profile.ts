/**
 * What drift needs to know of a sample, column by column and without its rows. The reference profile of a model version
 * (profile.json) is one, with at most 10,000 distinct values per number; a table to compare is one too, with all of them.
 */
import type { Feature } from '../contract/contract.ts'
import { type Column, makeCodes, type Table } from '../table/table.ts'
import { type ColumnProfile, profileColumn } from './column-profile.ts'
import { makeScoreProfile, type ScoredRows, type ScoreProfile } from './score-profile.ts'

export interface Profile {
  readonly rows: number
  /** By feature name, in the contract's order. */
  readonly columns: ReadonlyMap<string, ColumnProfile>
  /** Features that the table did not have: all of their values count as missing. */
  readonly absent: readonly string[]
  /** Columns of the table that no contract mentions; they are not compared. */
  readonly unlisted: readonly string[]
  readonly scores?: ScoreProfile
}

/** The most distinct values that a stored profile keeps of a number. */
export const MAX_STORED_VALUES = 10_000

export interface ProfileOptions {
  /** The model's answers about these rows, or about a part of them. */
  readonly scores?: ScoredRows
  /** Default: MAX_STORED_VALUES. Infinity keeps all, for a comparison that is not stored. */
  readonly mostValues?: number
  /** Cells per column that could not be read. */
  readonly unreadable?: ReadonlyMap<string, number>
  readonly unlisted?: readonly string[]
  /** true: the features' numbers are used up, and their memory with them: for a table that nobody reads afterwards. */
  readonly consume?: boolean
}

/** The profile of a table by a contract's features. A feature without a column is one whose values are all missing. */
export function makeProfile(
  table: Table,
  { features }: { readonly features: readonly Feature[] },
  options: ProfileOptions = {},
): Profile {
  const { mostValues = MAX_STORED_VALUES, unreadable = new Map(), unlisted = [], consume } = options
  const columns = new Map<string, ColumnProfile>()
  const absent: string[] = []
  for (const feature of features) {
    const column = table.columns.get(feature.name)
    if (column === undefined) absent.push(feature.name)
    const present = column ?? missingColumn(feature, table.rowCount)
    columns.set(feature.name, profileColumn(present, { mostValues, unreadable: unreadable.get(feature.name), consume }))
  }
  const scores = options.scores === undefined ? {} : { scores: makeScoreProfile(options.scores, mostValues) }
  return { rows: table.rowCount, columns, absent, unlisted, ...scores }
}

function missingColumn({ type }: Feature, rows: number): Column {
  if (type === 'category') return { kind: 'category', codes: makeCodes(0, rows), levels: [] }
  return { kind: 'number', values: new Float64Array(rows).fill(Number.NaN) }
}
