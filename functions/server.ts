/**
 * The lean host: node:http and one route table. A body is counted while it arrives and refused at the limit; a refused
 * client still gets its answer, because a bounded rest of its body is read before the connection closes.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  announcesBody,
  MAX_BODY_BYTES,
  makeEndpoint,
  type Outgoing,
  type Routes,
} from '../shared/adapters/http/endpoint.ts'
import type { Log } from '../shared/adapters/http/log.ts'
import { AppError } from '../shared/core/errors.ts'
import { readBody } from './read-body.ts'

export interface ServerOptions {
  readonly routes: Routes
  readonly log: Log
  /** 0: any free port. */
  readonly port: number
  /** Default: every address of the machine. */
  readonly host?: string
  /** A client must have sent its headers, and then all of its request, within this time. Default 30 s. */
  readonly requestTimeoutMs?: number
}

export interface RunningServer {
  readonly port: number
  /** Takes no new connection, finishes the requests in flight, and after the limit (default 8 s) cuts off what is left. */
  close(options?: { timeoutMs?: number }): Promise<void>
}

/** Load balancers of Google Cloud keep idle connections for 600 s; a server that closes first breaks requests on the way. */
const KEEP_ALIVE_MS = 620_000

/** Cloud Run gives ten seconds between SIGTERM and the end. */
const CLOSE_TIMEOUT_MS = 8_000

/** How much of a refused body is read on, and how long a pause may be, so that the client comes to reading the answer. */
const DRAIN = { bytes: 4 * MAX_BODY_BYTES, idleMs: 500 }

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { requestTimeoutMs = 30_000 } = options
  const server = createServer({
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(requestTimeoutMs / 4, 5_000),
    keepAliveTimeout: KEEP_ALIVE_MS,
  })
  const endpoint = makeEndpoint(options)
  const answered = new WeakSet<Duplex>()
  let closing = false

  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    waitsForContinue: boolean,
  ): Promise<void> => {
    const { method = '', url = '', headers } = request
    const outgoing = await endpoint({
      method,
      target: url,
      headers,
      readBody: () => {
        if (waitsForContinue) response.writeContinue()
        return readBody(request)
      },
    })
    const unread = !request.complete && announcesBody(headers)
    if (unread && (waitsForContinue || !isShort(headers['content-length']))) {
      answered.add(request.socket)
      answerAndDrain(request, response, outgoing)
    } else {
      response.writeHead(outgoing.status, closing ? { ...outgoing.headers, connection: 'close' } : outgoing.headers)
      response.end(outgoing.body)
    }
  }
  server.on('request', (request, response) => serve(request, response, false))
  server.on('checkContinue', (request, response) => serve(request, response, true))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (answered.has(socket) || !socket.writable) socket.destroy()
    else refuseConnection(socket, error.code)
  })
  const port = await listen(server, options)
  return {
    port,
    close({ timeoutMs = CLOSE_TIMEOUT_MS } = {}) {
      closing = true
      return closeServer(server, timeoutMs)
    },
  }
}

/** node:http reads a short rest by itself, and the connection stays usable. */
function isShort(contentLength: string | undefined): boolean {
  return contentLength !== undefined && Number(contentLength) <= MAX_BODY_BYTES
}

/**
 * Sends the whole answer, then reads on until the body ends or a bound is reached, and only then closes. Closing at once
 * would reset the connection under a client that is still sending, and it would never see why.
 */
function answerAndDrain(request: IncomingMessage, response: ServerResponse, outgoing: Outgoing): void {
  response.writeHead(outgoing.status, { ...outgoing.headers, connection: 'close' })
  response.write(outgoing.body)
  let bytes = 0
  const end = (): void => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, DRAIN.idleMs)
  request.on('data', chunk => {
    bytes += chunk.length
    if (bytes > DRAIN.bytes) end()
    else timer.refresh()
  })
  request.once('close', end)
  request.resume()
}

/** Before there is a request: broken HTTP, headers too long, or a client too slow. No route, so no more than a status. */
function refuseConnection(socket: Duplex, code: string | undefined): void {
  const statuses: Readonly<Record<string, string>> = {
    ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
    HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  }
  const status = statuses[code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy())
}

function listen(server: Server, { port, host }: ServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'it is in use; set PORT to another' : error.message
      reject(new AppError('CONFIG', `port ${port} cannot be listened on: ${reason}`, { cause: error }))
    })
    server.listen({ port, host }, () => resolve((server.address() as AddressInfo).port))
  })
}

function closeServer(server: Server, timeoutMs: number): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => server.closeAllConnections(), timeoutMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
