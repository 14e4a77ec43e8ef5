/**
 * The Functions Framework as a host: one endpoint as one HTTP function, which reads its bodies itself. The framework's own
 * reading would unpack and parse whatever comes, up to a gigabyte, before we could refuse it.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import type { HttpFunction } from '@google-cloud/functions-framework'
import type { Endpoint } from '../shared/adapters/http/endpoint.ts'
import type { Log } from '../shared/adapters/http/log.ts'
import { answerRequest } from './answer-request.ts'

export function asHttpFunction(endpoint: Endpoint, isClosing: () => boolean = () => false): HttpFunction {
  return (request, response) => {
    const [type] = request.headersDistinct['content-type'] ?? []
    return answerRequest(endpoint, request, response, {
      headers: { ...request.headers, 'content-type': type },
      isClosing,
    })
  }
}

/**
 * Leaves the bodies of this process's requests to us: the framework's parsers pass by what has no content type, so it is
 * taken out of `headers` before they look, and asHttpFunction finds it in `headersDistinct`. Gives the way back.
 */
export function keepBodiesUnread(): () => void {
  const hideType = (message: unknown): void => {
    delete (message as { request: IncomingMessage }).request.headers['content-type']
  }
  subscribe('http.server.request.start', hideType)
  return () => unsubscribe('http.server.request.start', hideType)
}

/**
 * What the framework refuses before it calls us (a broken escape in the path), express prints with console.error and its
 * stack. Such a refusal becomes one line that names its kind; everything else is printed as before. Gives the way back.
 */
export function keepRefusalsOffConsole(target: Pick<Console, 'error'>, log: Log): () => void {
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

/** Errors for the client carry a 4xx status. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { status } = error as { status?: unknown }
  return typeof status === 'number' && status >= 400 && status < 500 ? `${status} ${error.name}` : undefined
}
