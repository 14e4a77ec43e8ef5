/**
 * An endpoint wraps the handlers of a route table: whatever comes in, it resolves to one finished answer and writes one line
 * to the log. Only the hosts touch sockets.
 */
import { randomUUID } from 'node:crypto'
import { AppError, quoteValue } from '../../core/errors.ts'
import type { HttpRequest, HttpResponse, Routes } from './handler.ts'
import type { Log } from './log.ts'
import { makeProblem } from './problem.ts'
import { traceOf } from './trace.ts'

/** The most rows one request may carry. */
export const MAX_ROWS = 10_000

/** The most bytes one request body may have. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024

export interface Body {
  readonly value: unknown
  readonly bytes: number
}

/** A request as a host got it. */
export interface Incoming {
  readonly method: string
  /** The request target as it came, with its query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /**
   * Called at most once, and only when the headers allow a body. Throws bodyTooLarge past MAX_BODY_BYTES, which matters
   * where no length was announced; gives undefined when the client left before the end.
   */
  readBody(): Promise<Body | undefined>
}

/** What a host sends. */
export interface Outgoing {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Endpoint = (incoming: Incoming) => Promise<Outgoing>

export interface EndpointOptions {
  readonly routes: Routes
  readonly log: Log
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  readonly makeId?: () => string
}

export function makeEndpoint(options: EndpointOptions): Endpoint {
  const { routes, log, now = () => performance.now(), makeId = randomUUID } = options
  const table = new Map(Object.entries(routes))
  return async incoming => {
    const startedAt = now()
    const requestId = chooseRequestId(incoming.headers['x-request-id'], makeId)
    const { method, target } = incoming
    const path = table.has(target) ? target : routePath(target)
    let response: HttpResponse
    let outgoing: Outgoing
    let error: unknown
    try {
      response = await dispatch({ table, incoming, path, requestId })
      outgoing = finish(response, requestId)
    } catch (thrown) {
      error = thrown
      response = makeProblem(thrown, requestId)
      outgoing = finish(response, requestId)
    }
    log.request({
      method,
      path,
      status: outgoing.status,
      durationMs: now() - startedAt,
      requestId,
      fields: response.log,
      error,
      trace: traceOf(incoming.headers),
    })
    return outgoing
  }
}

/** The client's own id when it is plain enough for a header and a log line, else a new one. */
function chooseRequestId(sent: string | string[] | undefined, makeId: () => string): string {
  return typeof sent === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(sent) ? sent : makeId()
}

/**
 * The path a target asks for: query cut off, repeated slashes as one, none at the end. Escapes stay as they are, since no
 * route has any: /%70redict is simply unknown, and a broken escape cannot fail.
 */
export function routePath(target: string): string {
  // A target may be a whole URL (RFC 9112 section 3.2.2), as proxies send it.
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0]
  return `/${path.split('/').filter(Boolean).join('/')}`
}

interface Dispatch {
  readonly table: ReadonlyMap<string, Routes[string]>
  readonly incoming: Incoming
  readonly path: string
  readonly requestId: string
}

async function dispatch({ table, incoming, path, requestId }: Dispatch): Promise<HttpResponse> {
  const route = table.get(path)
  if (!route)
    throw new AppError('NOT_FOUND', `there is nothing at this path; the paths are ${[...table.keys()].join(', ')}`)
  const method = incoming.method === 'HEAD' ? 'GET' : incoming.method
  const handler = method === 'GET' || method === 'POST' ? route[method] : undefined
  if (!handler) return refuseMethod(route, requestId)
  const headers = incoming.headers as HttpRequest['headers']
  let body: Body | undefined = { value: undefined, bytes: 0 }
  if (method === 'POST' && announcesBody(headers)) {
    checkBodyHeaders(headers)
    body = await incoming.readBody()
    // The client is gone, so only the log sees this answer. 408 also covers the one that was too slow.
    if (!body) return { status: 408, body: null }
  }
  return handler({ method, path, headers, body: body.value, bodyBytes: body.bytes, requestId })
}

function refuseMethod(route: Routes[string], requestId: string): HttpResponse {
  const allowed = [...(route.GET ? ['GET', 'HEAD'] : []), ...(route.POST ? ['POST'] : [])].join(', ')
  const problem = makeProblem(new AppError('METHOD_NOT_ALLOWED', `this path answers ${allowed}`), requestId)
  return { ...problem, headers: { ...problem.headers, allow: allowed } }
}

/** RFC 9112 section 6: a request has a body if and only if one of these two headers says so. */
export function announcesBody(headers: Incoming['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

const JSON_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.+-]+\+json)\s*(?:;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*)?;?$/i

function checkBodyHeaders(headers: HttpRequest['headers']): void {
  const type = headers['content-type']
  if (type === undefined || !JSON_TYPE.test(type.trim())) {
    throw new AppError(
      'UNSUPPORTED_MEDIA_TYPE',
      `the content type is ${quoteValue(type)}; allowed: application/json in UTF-8`,
    )
  }
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body has a content encoding; send it without compression')
  }
  const length = Number(headers['content-length'] ?? 0)
  if (length > MAX_BODY_BYTES) throw bodyTooLarge(length)
}

/** `bytes` as announced or counted; undefined when counting stopped at the limit. */
export function bodyTooLarge(bytes?: number): AppError {
  const came = bytes === undefined ? 'is larger' : `has ${bytes.toLocaleString('en')}`
  const limit = MAX_BODY_BYTES.toLocaleString('en')
  return new AppError('PAYLOAD_TOO_LARGE', `a request body may have ${limit} bytes; this one ${came}`)
}

function finish(response: HttpResponse, requestId: string): Outgoing {
  const body = response.text ?? JSON.stringify(response.body)
  return {
    status: response.status,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      // Answers hold somebody's prediction: no cache may keep one, no browser may guess it is a page.
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
      ...response.headers,
    },
    body,
  }
}
