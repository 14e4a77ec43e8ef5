/**
 * roll_back_model: the champion before the current one becomes champion again. Never twice in a row: what one rollback did not
 * mend, an older version hardly will, and a person must look.
 */
import { AppError } from '../../core/errors.ts'
import { championBefore } from '../registry/champion-before.ts'
import type { ModelStore } from '../registry/model-store.ts'
import type { Outcome } from './outcome.ts'

const BY = 'monitor'

export interface RollbackRequest {
  readonly store: ModelStore
  /** ISO 8601, UTC. */
  readonly at: string
  /** For the registry's history. */
  readonly reason: string
}

export async function rollBackModel({ store, at, reason }: RollbackRequest): Promise<Outcome> {
  try {
    const current = await store.champion()
    if (!current) return { outcome: 'skipped', detail: 'the registry has no champion' }
    if (current.by === BY) {
      const detail = `the monitor has already gone back to ${current.version} at ${current.promoted_at}; a person must decide`
      return { outcome: 'skipped', detail }
    }
    const version = championBefore(await store.history())
    if (version === undefined) return { outcome: 'skipped', detail: `${current.version} is the first champion` }
    await store.promote(version, { at, by: BY, reason, expect: current.n, verdict: 'rolled_back' })
    return { outcome: 'done', detail: `champion ${version} again, in place of ${current.version}` }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { outcome: 'failed', detail: error.message }
  }
}
