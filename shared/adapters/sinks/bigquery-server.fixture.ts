/** For tests: a small HTTP server that speaks insertAll and tables.insert, and fails as it is told. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface InsertedRow {
  readonly insertId: string
  readonly json: Readonly<Record<string, unknown>>
}

export interface ServerCall {
  readonly path: string
  readonly body: { readonly rows?: readonly InsertedRow[]; readonly skipInvalidRows?: boolean }
}

/** 'hang': never answers. A body that is text is sent as it is, as a proxy's page is. */
export type Behaviour = (call: ServerCall) => { readonly status: number; readonly body?: unknown } | 'hang'

export interface FakeBigQuery {
  readonly endpoint: string
  readonly calls: readonly ServerCall[]
  /** From the next call on. */
  behave(behaviour: Behaviour): void
  close(): Promise<void>
}

/** An error as the API words it. */
export function apiError(status: number, reason: string, message: string) {
  return { status, body: { error: { code: status, message, errors: [{ reason, message }] } } }
}

export const ACCEPT: Behaviour = () => ({ status: 200, body: {} })

export async function startFakeBigQuery(first: Behaviour = ACCEPT): Promise<FakeBigQuery> {
  let behaviour = first
  const calls: ServerCall[] = []
  const server = createServer(async (request, response) => {
    const call = { path: request.url ?? '', body: await jsonOf(request) }
    calls.push(call)
    const answer = behaviour(call)
    if (answer === 'hang') return
    const isPage = typeof answer.body === 'string'
    response.writeHead(answer.status, { 'content-type': isPage ? 'text/html' : 'application/json' })
    response.end(isPage ? answer.body : JSON.stringify(answer.body ?? {}))
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    behave(next) {
      behaviour = next
    },
    close() {
      server.closeAllConnections()
      return new Promise(closed => server.close(() => closed()))
    },
  }
}

async function jsonOf(request: IncomingMessage): Promise<ServerCall['body']> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString() || '{}')
}
