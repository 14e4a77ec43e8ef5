/** The lean host: node:http and one route table. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { makeEndpoint } from '../shared/adapters/http/endpoint.ts'
import type { Routes } from '../shared/adapters/http/handler.ts'
import type { Log } from '../shared/adapters/http/log.ts'
import { AppError } from '../shared/core/errors.ts'
import { answerRequest } from './answer-request.ts'
import { type CloseOptions, closeServer } from './close-server.ts'

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
  /** Answers what has come, takes no more, and cuts off what is left after the limit. */
  close(options?: CloseOptions): Promise<void>
}

/** Load balancers of Google Cloud keep idle connections for 600 s; a server that closes first breaks requests on the way. */
const KEEP_ALIVE_MS = 620_000

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

  const serve = (request: IncomingMessage, response: ServerResponse, waitsForContinue: boolean): Promise<void> => {
    const { headers, socket } = request
    return answerRequest(endpoint, request, response, {
      headers,
      waitsForContinue,
      isClosing: () => closing,
      onEarlyAnswer: () => answered.add(socket),
    })
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
    close(closeOptions) {
      closing = true
      return closeServer(server, closeOptions)
    },
  }
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
