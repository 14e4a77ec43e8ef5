/** GET /health: 200 when this function can do its work, 503 with the reason when it cannot; `details` where there are any. */
import type { Handler } from '../shared/adapters/http/handler.ts'
import { AppError } from '../shared/core/errors.ts'
import { answerOfRegistry, type RegistryLimit } from './registry-limit.ts'

export interface HealthDeps extends RegistryLimit {
  /** Resolves when the champion can be served; rejects with the AppError that says why not. */
  readonly check: () => Promise<unknown>
  /** What else is worth knowing, now; undefined: nothing. */
  readonly details?: () => Readonly<Record<string, unknown>> | undefined
}

export function makeHealth({ check, details = () => undefined, ...limit }: HealthDeps): Handler {
  return async () => {
    try {
      await answerOfRegistry(check(), limit)
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
