/**
 * The Functions Framework as a host: one endpoint as one HTTP function. The framework has read, unpacked and parsed the
 * body before it calls us, whatever its type and size, so the checks here come after that work, not before it.
 */
import { isUtf8 } from 'node:buffer'
import type { HttpFunction, Request } from '@google-cloud/functions-framework'
import { type Body, bodyTooLarge, type Endpoint, MAX_BODY_BYTES } from '../shared/adapters/http/endpoint.ts'
import { parseJsonBody } from '../shared/adapters/http/json-body.ts'
import { AppError } from '../shared/core/errors.ts'

export function asHttpFunction(endpoint: Endpoint): HttpFunction {
  return async (request, response) => {
    const { method, originalUrl: target, headers } = request
    const outgoing = await endpoint({ method, target, headers, readBody: async () => bodyOf(request) })
    response.writeHead(outgoing.status, outgoing.headers)
    response.end(outgoing.body)
  }
}

/** The endpoint asks only after the content type was found right: the body is JSON, or a Buffer for types like application/x+json. */
function bodyOf({ body, rawBody }: Request): Body {
  // The framework gives {} for a body of no bytes.
  if (!rawBody || rawBody.length === 0) return { value: undefined, bytes: 0 }
  if (rawBody.length > MAX_BODY_BYTES) throw bodyTooLarge(rawBody.length)
  if (Buffer.isBuffer(body)) return { value: parseJsonBody(body), bytes: rawBody.length }
  // The framework decodes broken UTF-8 to replacement characters; a changed text must not be scored.
  if (!isUtf8(rawBody)) throw new AppError('MALFORMED_JSON', 'the body is not valid UTF-8')
  return { value: body, bytes: rawBody.length }
}
