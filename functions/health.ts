/** GET /health: 200 when this function can do its work, 503 with the reason when it cannot. */
import type { Handler } from '../shared/adapters/http/endpoint.ts'
import { AppError } from '../shared/core/errors.ts'

export interface HealthDeps {
  /** Resolves when the champion can be served; rejects with the AppError that says why not. */
  readonly check: () => Promise<unknown>
}

export function makeHealth({ check }: HealthDeps): Handler {
  return async () => {
    try {
      await check()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { status: 503, body: { status: 'unavailable', reason: error.message }, log: { error_code: error.code } }
    }
    return { status: 200, body: { status: 'ok' } }
  }
}
