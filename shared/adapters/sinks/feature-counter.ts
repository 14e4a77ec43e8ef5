/**
 * Counts answered rows into the bins of their version's drift profile, so that drift can compare what was served although
 * nobody keeps the features. Counts wait in memory, go to the sink once a minute and before the process ends, and cost a
 * request no wait: the profile is read behind its back, and a version whose profile cannot be read is not counted.
 */
import { randomUUID } from 'node:crypto'
import { countRowsInto, emptyCounts, type FeatureBins } from '../../core/drift/feature-bins.ts'
import { countsText } from '../../core/sink/served.ts'
import type { FeatureCountsRow } from '../../core/sink/sink-tables.ts'
import type { Log } from '../http/log.ts'
import type { SinkWriter } from './batching.ts'

export interface CountedRows {
  readonly modelName: string
  readonly modelVersion: string
  /** The encoded rows, row-major. */
  readonly values: Float32Array
  /** Called for the first rows of a version, and again after it failed. */
  readonly loadBins: () => Promise<readonly FeatureBins[]>
}

export interface FeatureCounter {
  /** Returns at once and never throws. */
  count(rows: CountedRows): void
  /** Hands what was counted to the writer, once the profiles that are being read are there. Never rejects. */
  flush(): Promise<void>
}

export interface FeatureCounterOptions {
  readonly log: Pick<Log, 'warn'>
  readonly now: () => Date
  /** How long counts wait for more. */
  readonly everyMs?: number
}

const EVERY_MS = 60_000

/** Values that may wait for the profile of a version: 16 MB. What comes beyond that is not counted. */
const MOST_WAITING_VALUES = 4_000_000

/** Versions that are counted at a time: after a promotion and its rollback both are still known. */
const MOST_VERSIONS = 3

export function makeFeatureCounter(writer: Pick<SinkWriter, 'add'>, options: FeatureCounterOptions): FeatureCounter {
  const { log, now, everyMs = EVERY_MS } = options
  const tallies = new Map<string, Tally>()
  const warned = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  const handAll = (): void => {
    clearTimeout(timer)
    timer = undefined
    for (const [version, tally] of tallies) {
      const row = tally.take(now())
      if (row !== undefined) writer.add('feature_counts', { count: 1, make: () => [row] })
      // The store may answer by now; a version without a profile only fails again.
      if (tally.isFailed) tallies.delete(version)
    }
  }
  const onFailure = (version: string, error: unknown): void => {
    if (warned.has(version)) return
    warned.add(version)
    const reason = error instanceof Error ? error.message : String(error)
    log.warn(`what model version ${version} answers is not counted for drift: ${reason}`)
  }
  const open = (rows: CountedRows): Tally => {
    // Another champion than before: what is known of the one before it is whole.
    handAll()
    const [oldest] = tallies.keys()
    if (tallies.size >= MOST_VERSIONS) tallies.delete(oldest)
    const tally = new Tally(rows, error => onFailure(rows.modelVersion, error))
    tallies.set(rows.modelVersion, tally)
    return tally
  }
  return {
    count(rows) {
      const tally = tallies.get(rows.modelVersion) ?? open(rows)
      tally.add(rows.values)
      // Keeps no process alive: who ends one flushes.
      timer ??= setTimeout(handAll, everyMs).unref()
    },
    async flush() {
      handAll()
      // One profile that hangs holds back no other version.
      await Promise.all([...tallies.values()].map(({ loaded }) => loaded.then(handAll)))
    },
  }
}

/** The counts of one version. Rows that come before its profile is read wait for it. */
class Tally {
  /** Resolves when the profile is read, or cannot be. */
  readonly loaded: Promise<void>
  isFailed = false
  readonly #of: Pick<CountedRows, 'modelName' | 'modelVersion'>
  readonly #waiting: Float32Array[] = []
  #waitingValues = 0
  #bins: readonly FeatureBins[] | undefined
  #counts: readonly Uint32Array[] = []
  #rows = 0

  constructor(rows: CountedRows, onFailure: (error: unknown) => void) {
    this.#of = { modelName: rows.modelName, modelVersion: rows.modelVersion }
    this.loaded = this.#load(rows.loadBins, onFailure)
  }

  async #load(loadBins: CountedRows['loadBins'], onFailure: (error: unknown) => void): Promise<void> {
    try {
      const bins = await loadBins()
      this.#counts = emptyCounts(bins)
      this.#bins = bins
      for (const values of this.#waiting) this.add(values)
    } catch (error) {
      this.isFailed = true
      onFailure(error)
    }
    this.#waiting.length = 0
  }

  add(values: Float32Array): void {
    if (this.#bins !== undefined) {
      countRowsInto(this.#counts, this.#bins, values)
      this.#rows += values.length / this.#bins.length
    } else if (!this.isFailed && this.#waitingValues + values.length <= MOST_WAITING_VALUES) {
      this.#waiting.push(values)
      this.#waitingValues += values.length
    }
  }

  /** What was counted since the last time; undefined: nothing. */
  take(now: Date): FeatureCountsRow | undefined {
    if (this.#rows === 0 || this.#bins === undefined) return undefined
    const names = this.#bins.map(({ name }) => name)
    const counts = countsText(names, this.#counts)
    const { modelName, modelVersion } = this.#of
    const row = { time: now.toISOString(), id: randomUUID(), model_name: modelName, model_version: modelVersion }
    const counted = this.#rows
    this.#rows = 0
    for (const bins of this.#counts) bins.fill(0)
    return { ...row, counted, counts }
  }
}
