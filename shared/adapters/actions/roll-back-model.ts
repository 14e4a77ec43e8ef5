/**
 * roll_back_model: the champion before the current one becomes champion again. Never twice in a row: after one rollback the
 * champion before is the very version that was left, and the next plan must not bring it back.
 */
import { AppError } from '../../core/errors.ts'
import type { ChampionPointer } from '../registry/champion-pointer.ts'
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
    const version = await versionBefore(store, current)
    if (version === undefined) return { outcome: 'skipped', detail: `${current.version} is the first champion` }
    await store.promote(version, { at, by: BY, reason, expect: current.n })
    return { outcome: 'done', detail: `champion ${version} again, in place of ${current.version}` }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { outcome: 'failed', detail: error.message }
  }
}

/** The pointer usually names it; promoting the champion once more makes a pointer that names itself. */
async function versionBefore(store: ModelStore, current: ChampionPointer): Promise<string | undefined> {
  if (current.previous !== undefined && current.previous !== current.version) return current.previous
  const history = await store.history()
  return history.findLast(({ version }) => version !== current.version)?.version
}
