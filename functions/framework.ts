/**
 * The Functions Framework as a host: one endpoint as one HTTP function. The framework has read, unpacked and parsed the
 * body before it calls us, whatever its type and size, so the checks here come after that work, not before it.
 */
import { isUtf8 } from 'node:buffer'
import type { HttpFunction, Request } from '@google-cloud/functions-framework'
import { type Body, bodyTooLarge, type Endpoint, MAX_BODY_BYTES } from '../shared/adapters/http/endpoint.ts'
import { parseJsonBody } from '../shared/adapters/http/json-body.ts'
import type { Log } from '../shared/adapters/http/log.ts'
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

/**
 * What the framework refuses before it calls us (broken JSON, a broken escape in the path), express prints with
 * console.error, and of a body the whole text. Such a refusal becomes one line that names its kind; everything else is
 * printed as before. Gives the way back.
 */
export function keepBodiesOffConsole(target: Pick<Console, 'error'>, log: Log): () => void {
  const print = target.error
  target.error = (...args: unknown[]) => {
    const refusal = refusalOf(args[0])
    if (refusal === undefined) print.apply(target, args)
    else log.info(`the framework refused a request: ${refusal}`)
  }
  return () => {
    target.error = print
  }
}

/** Errors for the client carry a 4xx status, and body-parser's also a type such as entity.parse.failed. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { status, type = error.name } = error as { status?: unknown; type?: unknown }
  return typeof status === 'number' && status >= 400 && status < 500 ? `${status} ${type}` : undefined
}
