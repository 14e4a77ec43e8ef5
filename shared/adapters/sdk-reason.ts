/** What may be shown of an SDK's error. Everything else of it may hold the request, with its authorization header. */

const MAX_REASON_CHARS = 200

/** The first line of what the SDK says, cut, with anything like a token taken out. */
export function sdkReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const line = message
    .trim()
    .split('\n')[0]
    .replace(/(?:Bearer\s+|ya29\.|eyJ)[\w.~+/=-]+/g, '(token)')
  return line.slice(0, MAX_REASON_CHARS)
}
