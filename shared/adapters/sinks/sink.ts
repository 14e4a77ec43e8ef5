/**
 * Where predictions, feature counts, outcomes, metrics, drift reports and plans go: the one door to SQLite, BigQuery and
 * memory. Rows are those of core/sink/sink-tables.ts. Every implementation passes sink.conformance.ts; callers write through
 * batching.ts.
 */
import type { Served } from '../../core/drift/served-sample.ts'
import type { SinkPoints } from '../../core/sink/metrics-points.ts'
import { rowProblem } from '../../core/sink/row-problem.ts'
import type { ServedQuery } from '../../core/sink/served.ts'
import type { SinkRows, SinkTableName } from '../../core/sink/sink-tables.ts'

/** A row that was not written, and why. */
export interface RefusedRow {
  /** Its index in the call. */
  readonly row: number
  readonly reason: string
  /** true: another try of this row may help. */
  readonly mayPass?: boolean
}

export interface PointsQuery {
  /** The contract's name. */
  readonly model: string
  /** ISO 8601, UTC: older predictions are left out. */
  readonly since: string
}

export interface Sink {
  /** `sqlite:FILE`, `bigquery://project/dataset`, `memory:` or `none`, for messages. */
  readonly uri: string
  /**
   * Writes every row but those it gives back. Rejects with SINK_FAILED when none was written and another try may help; a row
   * of a try that was lost on its way back may then be written twice.
   */
  write<Name extends SinkTableName>(table: Name, rows: readonly SinkRows[Name][]): Promise<readonly RefusedRow[]>
  /** The metrics history of a model. Rejects with SINK_FAILED. */
  points(query: PointsQuery): Promise<SinkPoints>
  /** The newest drift report, JSON; undefined: there is none. Rejects with SINK_FAILED. */
  latestDrift(model: string): Promise<string | undefined>
  /** What a model version answered in a window. Rejects with SINK_FAILED. */
  served(query: ServedQuery): Promise<Served>
  /** Lets go of files and connections; the sink is of no more use. */
  close(): Promise<void>
}

/** The rows that fit their table, with their indices, and the others. */
export function sortOut<Name extends SinkTableName>(
  table: Name,
  rows: readonly SinkRows[Name][],
): { fitting: { row: number; value: SinkRows[Name] }[]; refused: RefusedRow[] } {
  const fitting: { row: number; value: SinkRows[Name] }[] = []
  const refused: RefusedRow[] = []
  for (const [row, value] of rows.entries()) {
    const reason = rowProblem(table, value)
    if (reason === undefined) fitting.push({ row, value })
    else refused.push({ row, reason })
  }
  return { fitting, refused }
}
