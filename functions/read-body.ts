/** The body reader: collects the chunks, stops at the limit, parses once at the end. */
import type { IncomingMessage } from 'node:http'
import { type Body, bodyTooLarge, MAX_BODY_BYTES } from '../shared/adapters/http/endpoint.ts'
import { parseJsonBody } from '../shared/adapters/http/json-body.ts'

/** undefined: the connection ended before the body did. At the limit the rest stays in the request, for the host to drain. */
export function readBody(request: IncomingMessage): Promise<Body | undefined> {
  return new Promise((resolve, reject) => {
    // Waiting for what somebody else has read would never end.
    if (request.readableEnded) reject(new Error('the body was read before'))
    const chunks: Buffer[] = []
    let bytes = 0
    const collect = (chunk: Buffer): void => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= MAX_BODY_BYTES) return
      request.off('data', collect).off('end', finish)
      chunks.length = 0
      reject(bodyTooLarge())
    }
    const finish = (): void => {
      try {
        resolve({ value: parseJsonBody(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes)), bytes })
      } catch (error) {
        reject(error)
      }
    }
    request.on('data', collect).on('end', finish)
    // Without an 'error' listener node:http only emits 'close' when a client breaks off; after 'end' this settles nothing.
    request.once('close', () => resolve(undefined))
  })
}
