/**
 * How BigQuery is asked: the SDK brings credentials and queries; writes are sent without it, because no timeout of it (9.3,
 * teeny-request 11) ends a request that hangs. Errors have the HTTP status as their `code`, where there was an answer.
 */
import type { BigQuery, QueryResultsOptions } from '@google-cloud/bigquery'
import { sdkReason } from '../sdk-reason.ts'
import { withinTime } from '../time-limit.ts'
import type { OnRows } from './sql-reads.ts'

export interface BigQueryPlace {
  readonly project: string
  /** An emulator's address; such calls carry no credentials. */
  readonly apiEndpoint?: string
}

export async function connect({ project, apiEndpoint }: BigQueryPlace): Promise<BigQuery> {
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
export async function post<Answer extends object>(
  client: BigQuery,
  path: string,
  { json, timeoutMs }: { readonly json: object; readonly timeoutMs: number },
): Promise<Answer> {
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
  const body = parseAnswer<Answer>(text)
  if (response.ok && body !== undefined) return body
  const { message = response.statusText, errors = [] } = body?.error ?? {}
  // An answer that is no JSON is not BigQuery's: what stands between may be gone a moment later.
  if (response.ok) throw new Error('the answer is no JSON')
  throw Object.assign(new Error(message), { code: response.status, errors })
}

/** undefined: no JSON, for example a proxy's page. */
function parseAnswer<Answer>(text: string): (Answer & ApiError) | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Longest wait for a query's first rows, and then for each further page. */
const QUERY_MS = 30_000

export interface BigQueryQuery {
  readonly query: string
  readonly params: Readonly<Record<string, string>>
  readonly pageRows: number
}

/** Through a job: some emulators answer a statement that failed with 200 where the short way is taken. */
export async function runQuery(
  client: BigQuery,
  { query, params, pageRows }: BigQueryQuery,
  onRows: OnRows,
): Promise<void> {
  let until = performance.now() + QUERY_MS
  const [job] = await before(until, client.createQueryJob({ query, params, useLegacySql: false }))
  // While the job runs the answer is no row and the same page again.
  let page: QueryResultsOptions | null = { maxResults: pageRows, autoPaginate: false }
  while (page !== null) {
    const answer: unknown = await before(until, job.getQueryResults(page))
    const [rows, next] = answer as [rows: object[], next?: QueryResultsOptions | null]
    onRows(rows)
    if (rows.length > 0) until = performance.now() + QUERY_MS
    page = next ?? null
  }
}

function before<Answer>(until: number, answer: Promise<Answer>): Promise<Answer> {
  return withinTime(until - performance.now(), answer, () => {
    throw new Error(`timeout, no rows within ${QUERY_MS / 1000} s`)
  })
}

/** HTTP status of an SDK error; NaN for one of the network. */
export function statusOf(error: unknown): number {
  return Number((error as { code?: unknown }).code)
}

/** A query that failed as a job has a reason in place of a status, or only words. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 || reasonsOf(error).includes('notFound') || /^Not found: Table/.test(sdkReason(error))
}

/** Overload, quotas by the minute, timeouts and networks pass; a missing permission does not. */
export function mayPass(error: unknown): boolean {
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

export function describe(error: unknown): string {
  const status = statusOf(error)
  return `${Number.isNaN(status) ? '' : `${status} `}${sdkReason(error)}`
}
