/**
 * A sink in a BigQuery dataset. Rows go by insertAll, one request a call and never retried here (batching.ts does that); an
 * insert id made of the row itself lets BigQuery drop most copies of a write that was tried twice. Tables that are not there
 * are created, partitioned and clustered as core/sink/table-schemas.ts says; the dataset is not.
 */
import { hash } from 'node:crypto'
import type { BigQuery } from '@google-cloud/bigquery'
import { AppError } from '../../core/errors.ts'
import type { SqlDialect } from '../../core/sink/points-sql.ts'
import { SINK_TABLE_NAMES, type SinkTableName } from '../../core/sink/sink-tables.ts'
import { bigQueryTable } from '../../core/sink/table-schemas.ts'
import { sdkReason } from '../sdk-reason.ts'
import { type BigQueryPlace, connect, describe, isMissing, mayPass, post, runQuery, statusOf } from './bigquery-api.ts'
import { type RefusedRow, type Sink, sortOut } from './sink.ts'
import { type EachRows, sqlReads } from './sql-reads.ts'

export interface BigQueryOptions extends BigQueryPlace {
  readonly dataset: string
  /** For one request that writes. */
  readonly timeoutMs?: number
  /** Rows of an answer that are fetched at a time. */
  readonly pageRows?: number
}

/** What insertAll answers. */
interface InsertAnswer {
  readonly insertErrors?: readonly {
    readonly index: number
    readonly errors?: readonly { readonly reason?: string; readonly location?: string; readonly message?: string }[]
  }[]
}

const PAGE_ROWS = 10_000

export function openBigQuery(options: BigQueryOptions): Sink {
  const { project, dataset, timeoutMs = 10_000, pageRows = PAGE_ROWS } = options
  const uri = `bigquery://${project}/${dataset}`
  let connecting: Promise<BigQuery> | undefined
  const connected = () => {
    connecting ??= connect(options).catch(error => {
      connecting = undefined
      throw error
    })
    return connecting
  }
  const request: Request = async (path, json) =>
    post(await connected(), `/projects/${project}${path}`, { json, timeoutMs })
  const createTable = (table: SinkTableName) => createIfAbsent(request, { project, dataset, table })
  const createTables = async () => {
    for (const table of SINK_TABLE_NAMES) await createTable(table)
  }
  const eachRows: EachRows = async (query, params, onRows) => {
    const ask = async () => runQuery(await connected(), { query, params, pageRows }, onRows)
    await orCreate(ask, createTables).catch(error => {
      throw failure(`cannot read ${uri}`, error)
    })
  }
  return {
    uri,
    async write(table, rows) {
      const { fitting, refused } = sortOut(table, rows)
      if (fitting.length === 0) return refused
      const json = insertBody(fitting.map(({ value }) => value))
      const insert = () => request(`/datasets/${dataset}/tables/${table}/insertAll`, json)
      let answer: InsertAnswer
      try {
        answer = await orCreate(insert, () => createTable(table))
      } catch (error) {
        if (mayPass(error)) throw failure(`cannot write ${uri}`, error)
        const reason = `cannot write ${uri}: ${describe(error)}`
        return [...refused, ...fitting.map(({ row }): RefusedRow => ({ row, reason }))]
      }
      return [...refused, ...refusalsOf(answer).map(refusal => ({ ...refusal, row: fitting[refusal.row].row }))]
    },
    ...sqlReads({ dialect: dialectOf(project, dataset), eachRows }),
    close: async () => {},
  }
}

function dialectOf(project: string, dataset: string): SqlDialect {
  return {
    table: name => `\`${project}.${dataset}.${name}\``,
    hour: column => `FORMAT_TIMESTAMP('%Y-%m-%dT%H:00:00.000Z', ${column})`,
    timeParameter: name => `TIMESTAMP(${name})`,
  }
}

type Request = (path: string, json: object) => Promise<InsertAnswer>

/** A table that is not there gives no rows before it is created. */
async function orCreate<T>(work: () => Promise<T>, create: () => Promise<void>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isMissing(error)) throw error
    await create()
    return work()
  }
}

interface TablePlace {
  readonly project: string
  readonly dataset: string
  readonly table: SinkTableName
}

async function createIfAbsent(request: Request, place: TablePlace): Promise<void> {
  const { project, dataset, table } = place
  const tableReference = { projectId: project, datasetId: dataset, tableId: table }
  try {
    await request(`/datasets/${dataset}/tables`, { tableReference, ...bigQueryTable(table) })
  } catch (error) {
    // 409: another instance was first.
    if (statusOf(error) !== 409) throw error
  }
}

function insertBody(rows: readonly object[]): object {
  return {
    // Rows that are right are written whatever is wrong with others.
    skipInvalidRows: true,
    rows: rows.map(row => ({ insertId: hash('sha256', JSON.stringify(row)), json: row })),
  }
}

/** Why BigQuery refuses single rows that it would take a moment later (seen: googleapis/google-cloud-go#1627). */
const PASSING_ROW_REASONS: ReadonlySet<string> = new Set([
  'backendError',
  'internalError',
  'quotaExceeded',
  'rateLimitExceeded',
  'stopped',
  'timeout',
])

function refusalsOf({ insertErrors = [] }: InsertAnswer): RefusedRow[] {
  return insertErrors.map(({ index, errors = [] }) => {
    const reasons = errors.map(({ reason, location, message }) =>
      [reason, location, message].filter(part => part !== undefined && part !== '').join(': '),
    )
    return {
      row: index,
      reason: sdkReason(new Error(reasons.join('; ') || 'no reason given')),
      mayPass: errors.length > 0 && errors.every(({ reason = '' }) => PASSING_ROW_REASONS.has(reason)),
    }
  })
}

/** No cause is attached: the SDK's errors carry the request with its authorization header, and causes get logged. */
function failure(what: string, error: unknown): AppError {
  return new AppError('SINK_FAILED', `${what}: ${describe(error)}`)
}
