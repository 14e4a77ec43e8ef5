/**
 * champion.<n>.json: which version is served since when, by whom and why. Each is created once and never changed; the
 * highest n is current, and the older ones are the history.
 */
import { AppError } from '../../core/errors.ts'
import type { GateReport } from '../../core/train/gate.ts'
import { isVersion } from './version-name.ts'

/** first: there was no champion; promoted: by the gate; forced: past the gate; rolled_back: an older version again. */
export type PromotionVerdict = 'first' | 'promoted' | 'forced' | 'rolled_back'

/** Who asked the gate, and why. */
export interface Asked {
  readonly by: string
  readonly reason?: string
}

export interface ChampionPointer {
  /** The number in the file's name, from 1. */
  readonly n: number
  readonly version: string
  /** Of the version's model.json as it was promoted: what is served is what was promoted. */
  readonly manifest_sha256: string
  /** ISO 8601, UTC. */
  readonly promoted_at: string
  readonly by: string
  readonly reason: string
  /** The champion before; absent for the first. */
  readonly previous?: string
  /** Absent in older registries. */
  readonly verdict?: PromotionVerdict
  /** The numbers, where the gate was asked. */
  readonly gate?: GateReport
  /** Absent where `by` is who asked. */
  readonly asked?: Asked
}

const POINTER_KEY = /^champion\.([1-9]\d*)\.json$/

export function pointerKey(n: number): string {
  return `champion.${n}.json`
}

/** The numbers of the pointers among `keys`, ascending. */
export function pointerNumbers(keys: readonly string[]): number[] {
  const numbers = keys.map(key => Number(POINTER_KEY.exec(key)?.[1] ?? Number.NaN))
  return numbers.filter(Number.isSafeInteger).sort((a, b) => a - b)
}

/** Throws MODEL_CORRUPT naming the file. */
export function parsePointer(n: number, bytes: Uint8Array): ChampionPointer {
  let pointer: Partial<ChampionPointer> | null
  try {
    pointer = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw corrupt(n, 'is not JSON')
  }
  if (pointer?.n !== n) throw corrupt(n, `does not have "n": ${n}`)
  if (!isVersion(String(pointer.version))) throw corrupt(n, 'names no model version')
  for (const field of ['manifest_sha256', 'promoted_at', 'by', 'reason'] as const) {
    if (typeof pointer[field] !== 'string') throw corrupt(n, `has no "${field}"`)
  }
  return pointer as ChampionPointer
}

/** What is wrong when the log tells of a champion whose pointer is not there. */
export function pointerIsGone(n: number): string {
  return `${pointerKey(n)} is gone; restore the file or promote a version by force`
}

function corrupt(n: number, what: string): AppError {
  return new AppError('MODEL_CORRUPT', `${pointerKey(n)} ${what}; restore the file or promote a version to replace it`)
}
