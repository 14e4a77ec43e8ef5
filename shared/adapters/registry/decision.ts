/**
 * A decision about the champion, as the promotion log has it. A promotion is written in its own pointer (champion.<n>.json),
 * so the two cannot disagree however a writer dies; a refusal changes nothing and is an object of its own (refusal.<n>.json).
 * The log is both together, in their order.
 */
import { AppError } from '../../core/errors.ts'
import type { GateReport } from '../../core/train/gate.ts'
import type { Storage } from '../storage/storage.ts'
import {
  type Asked,
  type ChampionPointer,
  type PromotionVerdict,
  parsePointer,
  pointerKey,
  pointerNumbers,
} from './champion-pointer.ts'
import { readAll } from './read-all.ts'

export interface Decision {
  readonly verdict: PromotionVerdict | 'refused'
  readonly version: string
  /** Number of the pointer that this wrote; of a refusal that of the champion that stayed. */
  readonly champion: number
  /** ISO 8601, UTC. */
  readonly at: string
  /** Who or what decided. */
  readonly by: string
  readonly reason: string
  /** The champion before, of a promotion. */
  readonly previous?: string
  /** The numbers, where the gate was asked. */
  readonly gate?: GateReport
  /** Who asked the gate; absent where `by` is who asked. */
  readonly asked?: Asked
}

export type Refusal = Omit<Decision, 'verdict' | 'previous'>

export interface PromotionLog {
  /** Oldest first: each champion's promotion, then what was refused while it was champion. */
  readonly decisions: readonly Decision[]
  /** Files of the log that cannot be read, each with the reason. */
  readonly unreadable: readonly string[]
}

/** A pointer of before there was a log has no verdict: somebody promoted it. */
export function decisionOf(pointer: ChampionPointer): Decision {
  const { n, version, promoted_at, by, reason, previous, verdict, gate, asked } = pointer
  return {
    verdict: verdict ?? (n === 1 ? 'first' : 'forced'),
    version,
    champion: n,
    at: promoted_at,
    by,
    reason,
    ...(previous === undefined ? {} : { previous }),
    ...(gate === undefined ? {} : { gate }),
    ...(asked === undefined ? {} : { asked }),
  }
}

const REFUSAL_KEY = /^refusal\.([1-9]\d*)\.json$/

const refusalKey = (n: number) => `refusal.${n}.json`

/** Written under the next free number: of several writers at once each gets one. */
export async function appendRefusal(storage: Storage, refusal: Refusal): Promise<Decision> {
  const decision: Decision = { verdict: 'refused', ...refusal }
  const bytes = new TextEncoder().encode(`${JSON.stringify(decision, null, 2)}\n`)
  for (let n = 1 + ((await refusalNumbers(storage)).at(-1) ?? 0); ; n++) {
    try {
      await storage.write(refusalKey(n), bytes, { ifAbsent: true })
      return decision
    } catch (error) {
      // Someone else took n in this moment: each round one of the writers gets a number, so this ends.
      if (!(error instanceof AppError && error.code === 'CONFLICT')) throw error
    }
  }
}

/** A damaged file of the log takes nothing away from the others. */
export async function readPromotionLog(storage: Storage): Promise<PromotionLog> {
  const [pointers, refusals] = [pointerNumbers(await storage.list('champion.')), await refusalNumbers(storage)]
  const promoted = await readAll(pointers, async n => decisionOf(parsePointer(n, await storage.read(pointerKey(n)))))
  const refused = await readAll(refusals, n => readRefusal(storage, n))
  const results = [...promoted, ...refused]
  const decisions = results.flatMap(result => (typeof result === 'string' ? [] : [result]))
  return {
    // A stable sort: pointers stand first, and refusals by their number.
    decisions: decisions.sort((a, b) => a.champion - b.champion),
    unreadable: results.flatMap(result => (typeof result === 'string' ? [result] : [])),
  }
}

/** The number of the champion that the newest refusal met, 0 without one: so many champions there have been at least. */
export async function championOfLastRefusal(storage: Storage): Promise<number> {
  const n = (await refusalNumbers(storage)).at(-1)
  if (n === undefined) return 0
  const [refusal] = await readAll([n], number => readRefusal(storage, number))
  return typeof refusal === 'string' ? 0 : refusal.champion
}

async function refusalNumbers(storage: Storage): Promise<number[]> {
  const numbers = (await storage.list('refusal.')).map(key => Number(REFUSAL_KEY.exec(key)?.[1] ?? Number.NaN))
  return numbers.filter(Number.isSafeInteger).sort((a, b) => a - b)
}

async function readRefusal(storage: Storage, n: number): Promise<Decision> {
  return parseRefusal(refusalKey(n), await storage.read(refusalKey(n)))
}

function parseRefusal(key: string, bytes: Uint8Array): Decision {
  try {
    const decision: Partial<Decision> | null = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const texts = [decision?.version, decision?.at, decision?.by, decision?.reason]
    const isWhole = texts.every(text => typeof text === 'string') && Number.isSafeInteger(decision?.champion)
    if (isWhole && decision?.verdict === 'refused') return decision as Decision
  } catch {
    // Said below, the same for JSON that is no refusal.
  }
  throw new AppError('MODEL_CORRUPT', `${key} is no refusal`)
}
