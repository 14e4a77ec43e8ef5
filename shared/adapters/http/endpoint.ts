/**
 * What a handler sees and gives, the same under both hosts. Only the hosts touch sockets; a handler is an async function
 * from a request to a response and throws AppError for anything the client did wrong.
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
}

export type Handler = (request: HttpRequest) => Promise<HttpResponse>
