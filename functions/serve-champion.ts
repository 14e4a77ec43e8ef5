/**
 * The champion that a process serves. It is loaded at the first call and looked up again in the background: requests in
 * flight finish on the model they began with, and a champion that cannot be loaded leaves the one before it serving.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Log } from '../shared/adapters/http/log.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import { withinTime } from '../shared/adapters/time-limit.ts'
import { AppError } from '../shared/core/errors.ts'
import { type LoadedChampion, loadChampion } from './load-champion.ts'

export interface ServeOptions {
  readonly store: ModelStore
  /** Seconds between two looks; 0: never again. */
  readonly reloadSeconds: number
  readonly log: Pick<Log, 'info' | 'error'>
  /** How long one look may take, with the loading of what it finds; then the next one begins anew. Default 20 s. */
  readonly lookLimitMs?: number
  /** Default: loadChampion. */
  readonly load?: (store: ModelStore) => Promise<LoadedChampion>
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** A look that comes so late comes after a sleep. */
const LATE_MS = 1_000

/** Who wakes an instance is answered by the champion of now, unless looking takes longer. */
const WAKING_LIMIT_MS = 1_000

/** For /health: what kept the newest champion from being served, and the version that answers in its place. */
export interface ChampionDetails extends Readonly<Record<string, unknown>> {
  readonly champion: { readonly serving: string; readonly reason: string }
}

export interface ServedChampion {
  /** The model to answer with; rejects while none could be loaded, and the next call tries again. */
  readonly loadModel: () => Promise<LoadedChampion>
  /** Looks the champion up now. Rejects when it cannot be served; the one before then goes on. */
  readonly reload: () => Promise<LoadedChampion>
  /** undefined: the newest champion is the one that is served. */
  readonly details: () => ChampionDetails | undefined
  /** Ends the looking. */
  readonly stop: () => void
}

export function serveChampion(options: ServeOptions): ServedChampion {
  const { reloadSeconds, log, now = () => performance.now() } = options
  const looks = makeLooks(options)
  let details: ChampionDetails | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  /** While an instance that has slept takes its first look. */
  let waking: Promise<unknown> | undefined

  const schedule = (): void => {
    if (reloadSeconds === 0 || stopped || timer) return
    const due = now() + 1000 * reloadSeconds
    // What only waits for the next look may end.
    timer = setTimeout(() => lookAgain(now() - due > LATE_MS), 1000 * reloadSeconds).unref()
  }
  const lookAgain = async (isLate: boolean): Promise<void> => {
    timer = undefined
    // In the next turn, when it is known which connections ended during a sleep: no look is to try one of them.
    const look = nextTurn()
      .then(reload)
      .catch(() => {})
    // Between requests an instance may have no processor; its timers then come with the request that wakes it.
    if (isLate) waking = withinTime(WAKING_LIMIT_MS, look, () => undefined)
    await look
    waking = undefined
    schedule()
  }
  const reload = async (): Promise<LoadedChampion> => {
    // A look that is under way may have begun before what the caller wants seen.
    await looks.underWay()?.catch(() => {})
    try {
      const next = await looks.share()
      details = undefined
      return next
    } catch (error) {
      const served = looks.served()
      if (served) {
        details = { champion: { serving: served.version, reason: reasonOf(error) } }
        log.error(`the newest champion cannot be served; ${served.version} goes on`, error)
      }
      throw error
    }
  }
  return {
    async loadModel() {
      await waking
      const served = looks.served()
      if (served) return served
      const first = await looks.share()
      schedule()
      return first
    },
    reload,
    details: () => details,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

interface Looks {
  /** What the last look found that found one. */
  readonly served: () => LoadedChampion | undefined
  readonly underWay: () => Promise<LoadedChampion> | undefined
  /** Calls that come while a look is under way share it, and its failure too. */
  readonly share: () => Promise<LoadedChampion>
}

function makeLooks({ store, log, lookLimitMs = 20_000, load = loadChampion }: ServeOptions): Looks {
  let served: LoadedChampion | undefined
  let looking: Promise<LoadedChampion> | undefined

  // One small list: the champion's files are read only when its number is another one.
  const newest = async (): Promise<LoadedChampion> =>
    served && (await store.championNumber()) === served.pointer.n ? served : load(store)
  const lookUp = async (): Promise<LoadedChampion> => {
    const next = await withinTime(lookLimitMs, newest(), () => {
      throw new AppError('STORAGE_FAILED', `the registry gave no champion within ${lookLimitMs / 1000} s`)
    })
    if (served && served.version !== next.version) {
      log.info(`model version ${next.version} is served now, in place of ${served.version}`)
    }
    served = next
    return next
  }
  return {
    served: () => served,
    underWay: () => looking,
    share() {
      looking ??= lookUp().finally(() => {
        looking = undefined
      })
      return looking
    },
  }
}

/** An AppError's words may be shown; those of anything else only go to the log. */
function reasonOf(error: unknown): string {
  return error instanceof AppError ? error.message : 'the champion could not be looked up'
}
