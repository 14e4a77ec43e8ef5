/**
 * A sink in a BigQuery dataset. Rows go by insertAll, one request a call and never retried here (batching.ts does that); an
 * insert id made of the row itself lets BigQuery drop most copies of a write that was tried twice. Tables that are not there
 * are created, partitioned and clustered as core/sink/table-schemas.ts says; the dataset is not. The SDK brings credentials
 * and queries; writes are sent without it, because no timeout of it (9.3, teeny-request 11) ends a request that hangs.
 */
import { hash } from 'node:crypto'
import type { BigQuery, QueryResultsOptions } from '@google-cloud/bigquery'
import { AppError } from '../../core/errors.ts'
import { latestDriftSql, measuredPointsSql, type SqlDialect, storedPointsSql } from '../../core/sink/points-sql.ts'
import { makeCountSum } from '../../core/sink/served.ts'
import {
  featureCountsSql,
  servedScores,
  servedScoresSql,
  servedVersion,
  servedVersionsSql,
} from '../../core/sink/served-sql.ts'
import {
  type FeatureCountsRow,
  type MetricsRow,
  SINK_TABLE_NAMES,
  type SinkTableName,
} from '../../core/sink/sink-tables.ts'
import { bigQueryTable } from '../../core/sink/table-schemas.ts'
import { sdkReason } from '../sdk-reason.ts'
import { withinTime } from '../time-limit.ts'
import { type RefusedRow, type Sink, sortOut } from './sink.ts'

export interface BigQueryOptions {
  readonly project: string
  readonly dataset: string
  /** An emulator's address; such calls carry no credentials. */
  readonly apiEndpoint?: string
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

type Parameters = Readonly<Record<string, string>>

export function openBigQuery(options: BigQueryOptions): Sink {
  const { project, dataset, timeoutMs = 10_000, pageRows = PAGE_ROWS } = options
  const uri = `bigquery://${project}/${dataset}`
  const dialect: SqlDialect = {
    table: name => `\`${project}.${dataset}.${name}\``,
    hour: column => `FORMAT_TIMESTAMP('%Y-%m-%dT%H:00:00.000Z', ${column})`,
    timeParameter: name => `TIMESTAMP(${name})`,
  }
  let connecting: Promise<BigQuery> | undefined
  const connected = () => {
    connecting ??= connect(options).catch(error => {
      connecting = undefined
      throw error
    })
    return connecting
  }
  const request = async (uri: string, json: object) =>
    post(await connected(), `/projects/${project}${uri}`, { json, timeoutMs })
  const createTable = (table: SinkTableName) => createIfAbsent(request, { project, dataset, table })

  const eachPage = async (sql: string, params: Parameters, onPage: OnPage): Promise<void> => {
    try {
      return await runQuery(await connected(), { query: sql, params, pageRows }, onPage)
    } catch (error) {
      if (!isMissing(error)) throw failure(`cannot read ${uri}`, error)
    }
    try {
      for (const table of SINK_TABLE_NAMES) await createTable(table)
      await runQuery(await connected(), { query: sql, params, pageRows }, onPage)
    } catch (error) {
      throw failure(`cannot read ${uri}`, error)
    }
  }
  const query = async (sql: string, params: Parameters): Promise<object[]> => {
    const all: object[] = []
    await eachPage(sql, params, rows => {
      for (const row of rows) all.push(row)
    })
    return all
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
    async points(wanted) {
      const { model } = wanted
      const select = async (sql: string) => {
        const rows = await query(sql, { model, since: wanted.since })
        return rows.map(row => ({ ...row, model_name: model }) as MetricsRow)
      }
      return { measured: await select(measuredPointsSql(dialect)), stored: await select(storedPointsSql(dialect)) }
    },
    async latestDrift(model) {
      const [found] = await query(latestDriftSql(dialect), { model })
      return (found as { report?: string } | undefined)?.report
    },
    async served({ version, positive, ...window }) {
      const sum = makeCountSum()
      const onCounts = (rows: readonly object[]) => {
        for (const row of rows) sum.add(row as FeatureCountsRow)
      }
      const [versions, scores] = await Promise.all([
        query(servedVersionsSql(dialect), window),
        query(servedScoresSql(dialect), { ...window, version, positive }),
        eachPage(featureCountsSql(dialect), { ...window, version }, onCounts),
      ])
      return { versions: versions.map(servedVersion), scores: scores.map(servedScores), counts: sum.total() }
    },
    close: async () => {},
  }
}

async function connect({ project, apiEndpoint }: BigQueryOptions): Promise<BigQuery> {
  const { BigQuery: Client } = await import('@google-cloud/bigquery')
  const once = { projectId: project, autoRetry: false, maxRetries: 0 }
  if (apiEndpoint === undefined) return new Client(once)
  // Without a client of its own the SDK would look for credentials, the metadata server included, before the first call.
  const anonymous = { getRequestHeaders: async () => new Headers({ authorization: 'Bearer emulator' }) }
  const endpoint = apiEndpoint.replace(/\/+$/, '')
  const client = new Client({ ...once, apiEndpoint: endpoint, authClient: anonymous as never })
  // BIGQUERY_EMULATOR_HOST, when set, would replace this address by one without the API's path.
  client.baseUrl = `${endpoint}/bigquery/v2`
  return client
}

interface ApiError {
  readonly error?: { readonly message?: string; readonly errors?: readonly { readonly reason?: string }[] }
}

/** Throws an error with the HTTP status as its code, or without one when there was no answer in time. */
async function post(
  client: BigQuery,
  path: string,
  { json, timeoutMs }: { readonly json: object; readonly timeoutMs: number },
): Promise<InsertAnswer> {
  const url = `${client.baseUrl}${path}`
  const headers = new Headers(await client.authClient.getRequestHeaders(url))
  headers.set('content-type', 'application/json')
  const abort = new AbortController()
  const ask = async (): Promise<{ response: Response; text: string }> => {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(json), signal: abort.signal })
    return { response, text: await response.text() }
  }
  const late = (): never => {
    abort.abort()
    throw new Error(`timeout, no answer within ${timeoutMs} ms`)
  }
  const { response, text } = await withinTime(timeoutMs, ask(), late).catch(error => {
    const { cause = error } = error as { cause?: unknown }
    throw new Error(sdkReason(cause))
  })
  const body = parseAnswer(text)
  if (response.ok && body !== undefined) return body
  const { message = response.statusText, errors = [] } = body?.error ?? {}
  // An answer that is no JSON is not BigQuery's: what stands between may be gone a moment later.
  if (response.ok) throw new Error('the answer is no JSON')
  throw Object.assign(new Error(message), { code: response.status, errors })
}

/** undefined: no JSON, for example a proxy's page. */
function parseAnswer(text: string): (InsertAnswer & ApiError) | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Longest wait for a query's first rows, and then for each further page. */
const QUERY_MS = 30_000
const PAGE_ROWS = 10_000

type OnPage = (rows: readonly object[]) => void

interface Query {
  readonly query: string
  readonly params: Parameters
  readonly pageRows: number
}

/** Through a job: some emulators answer a statement that failed with 200 where the short way is taken. */
async function runQuery(client: BigQuery, { query, params, pageRows }: Query, onPage: OnPage): Promise<void> {
  let until = performance.now() + QUERY_MS
  const [job] = await before(until, client.createQueryJob({ query, params, useLegacySql: false }))
  // While the job runs the answer is no row and the same page again.
  let page: QueryResultsOptions | null = { maxResults: pageRows, autoPaginate: false }
  while (page !== null) {
    const answer: unknown = await before(until, job.getQueryResults(page))
    const [rows, next] = answer as [rows: object[], next?: QueryResultsOptions | null]
    onPage(rows)
    if (rows.length > 0) until = performance.now() + QUERY_MS
    page = next ?? null
  }
}

async function before<Answer>(until: number, answer: Promise<Answer>): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const giveUp = () => reject(new Error(`timeout, no rows within ${QUERY_MS / 1000} s`))
  const timer = setTimeout(giveUp, until - performance.now())
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

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

async function createIfAbsent(
  request: (uri: string, json: object) => Promise<unknown>,
  place: TablePlace,
): Promise<void> {
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

/** HTTP status of an SDK error; NaN for one of the network. */
function statusOf(error: unknown): number {
  return Number((error as { code?: unknown }).code)
}

/** A query that failed as a job has a reason in place of a status, or only words. */
function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 || reasonsOf(error).includes('notFound') || /^Not found: Table/.test(sdkReason(error))
}

/** Overload, quotas by the minute, timeouts and networks pass; a missing permission does not. */
function mayPass(error: unknown): boolean {
  const status = statusOf(error)
  if (Number.isNaN(status)) return !isCredentialProblem(error)
  if (status === 403) return reasonsOf(error).some(reason => /^(?:rateLimit|quota)Exceeded$/.test(reason))
  // 404 after the table was made: new tables take rows only after a while.
  return status === 404 || status === 408 || status === 429 || status >= 500
}

function isCredentialProblem(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Could not load the default credentials')
}

function reasonsOf(error: unknown): string[] {
  const { errors } = error as { errors?: readonly { readonly reason?: string }[] }
  return Array.isArray(errors) ? errors.map(({ reason = '' }) => reason) : []
}

function describe(error: unknown): string {
  const status = statusOf(error)
  return `${Number.isNaN(status) ? '' : `${status} `}${sdkReason(error)}`
}

/** No cause is attached: the SDK's errors carry the request with its authorization header, and causes get logged. */
function failure(what: string, error: unknown): AppError {
  return new AppError('SINK_FAILED', `${what}: ${describe(error)}`)
}
