/**
 * What a handler sees and gives, the same under both hosts: an async function from a request to a response, which throws
 * AppError for anything the client did wrong.
 */

export interface HttpRequest {
  readonly method: string
  /** Path without the query, for example /predict. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The parsed JSON body; undefined when there is none. */
  readonly body: unknown
  /** Bytes of the body as it came over the wire. */
  readonly bodyBytes: number
  readonly requestId: string
}

export interface HttpResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body: unknown
  /** Sent as it is in place of the JSON, for what is not JSON; `headers` then names its content type. */
  readonly text?: string
  /** Fields for the request's log line, never sent. */
  readonly log?: Readonly<Record<string, unknown>>
}

export type Handler = (request: HttpRequest) => Promise<HttpResponse>

/** Path → method → handler. GET also answers HEAD. Paths have no slash at the end (but `/` itself). */
export type Routes = Readonly<Record<string, { readonly GET?: Handler; readonly POST?: Handler }>>
