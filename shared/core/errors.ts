/**
 * The one error type of the product. A code names what went wrong; one table maps each code to its HTTP status and exit
 * code. An AppError is the caller's to mend, and its message may be shown to them; any other error is a bug in Treeline.
 */

/** One problem in the caller's data: which row (from 0), which field, a stable code, and a sentence with what is allowed. */
export interface Problem {
  readonly row?: number
  readonly field?: string
  readonly code: string
  readonly message: string
}

/** code → [HTTP status, process exit code]. Exit 1: the work says no. Exit 2: wrong usage or input. */
const CODES = {
  USAGE: [400, 2],
  CONFIG: [500, 2],
  INVALID_CONTRACT: [500, 2],
  INVALID_RUN: [500, 2],
  INVALID_TABLE: [400, 2],
  INVALID_ROWS: [400, 2],
  INVALID_METRICS: [400, 2],
  INVALID_REPORT: [400, 2],
  MALFORMED_JSON: [400, 2],
  FORBIDDEN: [403, 2],
  NOT_FOUND: [404, 2],
  METHOD_NOT_ALLOWED: [405, 2],
  CONFLICT: [409, 1],
  PAYLOAD_TOO_LARGE: [413, 2],
  UNSUPPORTED_MEDIA_TYPE: [415, 2],
  EXPORT_MISMATCH: [500, 1],
  OVERLOADED: [503, 1],
  MODEL_CORRUPT: [503, 2],
  NO_CHAMPION: [503, 2],
  STORAGE_FAILED: [503, 2],
  DEPLOY_FAILED: [500, 1],
  SINK_FAILED: [503, 2],
} as const

export type ErrorCode = keyof typeof CODES

export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  /** Everything wrong at once, never only the first problem. */
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, message: string, options: { problems?: readonly Problem[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.problems = options.problems ?? []
  }

  get status(): number {
    return CODES[this.code][0]
  }

  get exitCode(): number {
    return CODES[this.code][1]
  }
}

/** At most this many problems are listed in any answer or message; the total is said beside them. */
export const MAX_LISTED_PROBLEMS = 100

/** The longest piece of a caller's value that a message repeats. */
const MAX_QUOTED_CHARS = 60

/** A caller's value for a message: strings in quotes, everything cut at 60 characters, control characters escaped. */
export function quoteValue(value: unknown): string {
  if (value === undefined) return 'absent'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return String(value)
  const shown = value.length > MAX_QUOTED_CHARS ? `${value.slice(0, MAX_QUOTED_CHARS)}…` : value
  return JSON.stringify(shown)
}
