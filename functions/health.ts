/** GET /health: 200 when this function can do its work, 503 with the reason when it cannot; `details` where there are any. */
import type { Handler } from '../shared/adapters/http/handler.ts'
import { withinTime } from '../shared/adapters/time-limit.ts'
import { AppError } from '../shared/core/errors.ts'

export interface HealthDeps {
  /** Resolves when the champion can be served; rejects with the AppError that says why not. */
  readonly check: () => Promise<unknown>
  /** What else is worth knowing, now; undefined: nothing. */
  readonly details?: () => Readonly<Record<string, unknown>> | undefined
  /** How long the check may take: who asks has a limit too, and wants an answer. Default 10 s. */
  readonly limitMs?: number
}

export function makeHealth({ check, details = () => undefined, limitMs = 10_000 }: HealthDeps): Handler {
  return async () => {
    try {
      await withinTime(limitMs, check(), () => {
        throw new AppError('STORAGE_FAILED', `the registry gave no answer within ${limitMs / 1000} s`)
      })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const body = withDetails({ status: 'unavailable', reason: error.message }, details())
      return { status: 503, body, log: { error_code: error.code } }
    }
    return { status: 200, body: withDetails({ status: 'ok' }, details()) }
  }
}

/** What several parts of a process want known, in one; undefined: none of them has anything. */
export function joinDetails(
  ...parts: readonly NonNullable<HealthDeps['details']>[]
): NonNullable<HealthDeps['details']> {
  return () => {
    const known = parts.map(part => part()).filter(part => part !== undefined)
    return known.length === 0 ? undefined : Object.assign({}, ...known)
  }
}

function withDetails(body: object, details: Readonly<Record<string, unknown>> | undefined): object {
  return details === undefined ? body : { ...body, details }
}
