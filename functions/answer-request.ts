/**
 * One request of node:http through an endpoint, the same under both hosts. A body is counted while it arrives and refused
 * at the limit; a refused client still gets its answer, because a bounded rest of its body is read before the connection
 * closes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  announcesBody,
  type Endpoint,
  type Incoming,
  MAX_BODY_BYTES,
  type Outgoing,
} from '../shared/adapters/http/endpoint.ts'
import { readBody } from './read-body.ts'

export interface AnswerOptions {
  /** As node:http gives it, or as it was before a framework changed it. */
  readonly headers: Incoming['headers']
  readonly isClosing: () => boolean
  /** true: the client sends its body only when it is told to. */
  readonly waitsForContinue?: boolean
  /** Called when the answer goes out before the whole body came in. */
  readonly onEarlyAnswer?: () => void
}

/** How much of a refused body is read on, and how long a pause may be, so that the client comes to reading the answer. */
const DRAIN = { bytes: 4 * MAX_BODY_BYTES, idleMs: 500 }

export async function answerRequest(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  { headers, isClosing, waitsForContinue = false, onEarlyAnswer }: AnswerOptions,
): Promise<void> {
  const { method = '', url = '' } = request
  const outgoing = await endpoint({
    method,
    target: url,
    headers,
    readBody: () => {
      if (waitsForContinue) response.writeContinue()
      return readBody(request, response)
    },
  })
  const unread = !request.complete && announcesBody(headers)
  if (unread && (waitsForContinue || !isShort(headers['content-length']))) {
    onEarlyAnswer?.()
    answerAndDrain(request, response, outgoing)
  } else {
    response.writeHead(outgoing.status, isClosing() ? { ...outgoing.headers, connection: 'close' } : outgoing.headers)
    response.end(outgoing.body)
  }
}

/** node:http reads a short rest by itself, and the connection stays usable. */
function isShort(contentLength: string | string[] | undefined): boolean {
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
