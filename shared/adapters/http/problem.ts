/**
 * Errors as RFC 9457 problem documents. An AppError is told to the client in full, except the sink's, which name its
 * address; of any other error the client learns only that it happened, and the log has the rest.
 */
import { AppError, type ErrorCode, MAX_LISTED_PROBLEMS } from '../../core/errors.ts'
import type { HttpResponse } from './handler.ts'

const HEADERS = { 'content-type': 'application/problem+json' }

/** For the one error that passes by itself. */
const RETRY = { 'retry-after': '1' }

export function makeProblem(error: unknown, requestId: string): HttpResponse {
  if (!(error instanceof AppError)) {
    const detail = 'something went wrong on our side; the request id finds it in the log'
    const body = { type: 'about:blank', title: 'Internal Server Error', status: 500, detail, request_id: requestId }
    return { status: 500, headers: HEADERS, body }
  }
  const { code, status, message, problems } = error
  const body = {
    type: problemType(code),
    title: problemTitle(code),
    status,
    detail: code === 'SINK_FAILED' ? 'the sink does not answer; the request id finds why in the log' : message,
    // Left out rather than empty: a document lists row problems only where there are rows to mend.
    ...(problems.length > 0 && { errors: problems.slice(0, MAX_LISTED_PROBLEMS) }),
    request_id: requestId,
  }
  return { status, headers: code === 'OVERLOADED' ? { ...HEADERS, ...RETRY } : HEADERS, body }
}

/** Stable, so that a client can tell problems apart without reading sentences: INVALID_ROWS → urn:treeline:problem:invalid-rows. */
function problemType(code: ErrorCode): string {
  return `urn:treeline:problem:${code.toLowerCase().replaceAll('_', '-')}`
}

/** INVALID_ROWS → Invalid rows. */
function problemTitle(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ').replace('json', 'JSON')
  return words[0].toUpperCase() + words.slice(1)
}
