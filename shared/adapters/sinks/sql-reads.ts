/** What a sink in SQL reads: the same statements for SQLite and BigQuery, whatever way the rows come. */
import { latestDriftSql, measuredPointsSql, type SqlDialect, storedPointsSql } from '../../core/sink/points-sql.ts'
import { makeCountSum, type ServedQuery } from '../../core/sink/served.ts'
import {
  featureCountsSql,
  servedScores,
  servedScoresSql,
  servedVersion,
  servedVersionsSql,
} from '../../core/sink/served-sql.ts'
import type { FeatureCountsRow, MetricsRow } from '../../core/sink/sink-tables.ts'
import type { Sink } from './sink.ts'

export type OnRows = (rows: readonly object[]) => void

/** Gives the rows of a query's answer, in order, in as many parts as there are. Rejects with SINK_FAILED. */
export type EachRows = (query: string, parameters: Readonly<Record<string, string>>, onRows: OnRows) => Promise<void>

export interface SqlReadsOptions {
  readonly dialect: SqlDialect
  readonly eachRows: EachRows
  /** Smaller windows to ask for one by one, where an answer comes in one part. Default: the window itself. */
  readonly partsOf?: (window: Window) => Iterable<Window>
}

export type Window = Pick<ServedQuery, 'since' | 'until'>

export function sqlReads({
  dialect,
  eachRows,
  partsOf = window => [window],
}: SqlReadsOptions): Pick<Sink, 'points' | 'latestDrift' | 'served'> {
  const select = async (query: string, parameters: Readonly<Record<string, string>>): Promise<object[]> => {
    const all: object[] = []
    await eachRows(query, parameters, rows => {
      for (const row of rows) all.push(row)
    })
    return all
  }
  const countsOf = async (query: Readonly<Record<'model' | 'version' | keyof Window, string>>) => {
    const sum = makeCountSum()
    for (const part of partsOf(query)) {
      await eachRows(featureCountsSql(dialect), { ...query, ...part }, rows => {
        for (const row of rows) sum.add(row as FeatureCountsRow)
      })
    }
    return sum.total()
  }
  return {
    async points({ model, since }) {
      const pointsOf = async (query: string) => {
        const rows = await select(query, { model, since })
        return rows.map(row => ({ ...row, model_name: model }) as MetricsRow)
      }
      return { measured: await pointsOf(measuredPointsSql(dialect)), stored: await pointsOf(storedPointsSql(dialect)) }
    },
    async latestDrift(model) {
      const [found] = await select(latestDriftSql(dialect), { model })
      return (found as { report?: string } | undefined)?.report
    },
    async served({ version, positive, ...window }) {
      const [versions, scores, counts] = await Promise.all([
        select(servedVersionsSql(dialect), window),
        select(servedScoresSql(dialect), { ...window, version, positive }),
        countsOf({ ...window, version }),
      ])
      return { versions: versions.map(servedVersion), scores: scores.map(servedScores), counts }
    },
  }
}
