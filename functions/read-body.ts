/**
 * The body reader: collects the chunks, stops at the limit, parses once at the end. What all requests of the process hold
 * together has a limit too, beyond which large bodies are refused: a process out of memory would answer nobody.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Body, bodyTooLarge, MAX_BODY_BYTES } from '../shared/adapters/http/endpoint.ts'
import { parseJsonBody } from '../shared/adapters/http/json-body.ts'
import { AppError } from '../shared/core/errors.ts'

/** With the text and the rows made of one of them, this fits beside a model into 512 MiB. */
export const MAX_HELD_BYTES = 64 * 1024 * 1024

/** A body up to here is always read: rows asked for one by one do not wait for bulk. */
const SMALL_BYTES = 64 * 1024

/** Bytes of bodies whose requests are not answered yet. */
let held = 0

/** undefined: the connection ended before the body did. At a limit the rest stays in the request, for the host to drain. */
export function readBody(request: IncomingMessage, response: ServerResponse): Promise<Body | undefined> {
  return new Promise((resolve, reject) => {
    // Waiting for what somebody else has read would never end.
    if (request.readableEnded) reject(new Error('the body was read before'))
    const chunks: Buffer[] = []
    let bytes = 0
    const release = (): void => {
      held -= bytes
      bytes = 0
      chunks.length = 0
    }
    const collect = (chunk: Buffer): void => {
      bytes += chunk.length
      held += chunk.length
      chunks.push(chunk)
      const refusal = refusalOf(bytes)
      if (refusal === undefined) return
      request.off('data', collect).off('end', finish)
      release()
      reject(refusal)
    }
    const finish = (): void => {
      try {
        resolve({ value: parseJsonBody(Buffer.concat(chunks.splice(0), bytes)), bytes })
      } catch (error) {
        reject(error)
      }
    }
    request.on('data', collect).on('end', finish)
    // Without an 'error' listener node:http only emits 'close' when a client breaks off; after 'end' this settles nothing.
    request.once('close', () => resolve(undefined))
    response.once('close', release)
  })
}

function refusalOf(bytes: number): AppError | undefined {
  if (bytes > MAX_BODY_BYTES) return bodyTooLarge()
  if (held <= MAX_HELD_BYTES || bytes <= SMALL_BYTES) return undefined
  const limit = MAX_HELD_BYTES / 1024 / 1024
  return new AppError('OVERLOADED', `requests of together ${limit} MB are being answered; send this one again later`)
}
