/**
 * Decides whether a challenger becomes champion and writes the decision down, whatever it is. Every promotion is made
 * against the champion that the challenger has met, so of many at once one wins and the others meet the winner.
 */
import { AppError } from '../../core/errors.ts'
import { type GateReport, refuseUncompared } from '../../core/train/gate.ts'
import { type Challenger, compareWith } from './challenge.ts'
import { type ChampionPointer, pointerIsGone } from './champion-pointer.ts'
import { type Decision, decisionOf } from './decision.ts'
import type { ModelStore } from './model-store.ts'

export interface DecisionFacts {
  /** ISO 8601, UTC. */
  readonly at: string
  /** Who asked. What the gate decides is by the gate. */
  readonly by: string
  /** Why, in the words of who asked. */
  readonly reason?: string
}

const GATE = 'gate'

/** So many other promotions during one comparison are no race but a fault elsewhere. */
const MOST_ROUNDS = 20

/**
 * Promotes the challenger when it passes the gate. The first version of a registry has nobody to meet; one that is champion
 * already stays it.
 */
export async function promoteByGate(
  store: ModelStore,
  challenger: Challenger,
  { at, by, reason }: DecisionFacts,
): Promise<Decision> {
  const { version } = challenger.manifest
  const asked = { by, ...(reason === undefined ? {} : { reason }) }
  return againWhenLost(async () => {
    const { number, champion, gate } = await meetChampion(store, challenger)
    if (champion?.version === version) return decisionOf(champion)
    if (!gate) {
      const first = { at, by, reason: reason ?? 'first version', expect: number, verdict: 'first' } as const
      return decisionOf(await store.promote(version, first))
    }
    const decided = { at, by: GATE, reason: gate.reason, gate, asked }
    if (!gate.passed) return store.refuse({ version, champion: number, ...decided })
    return decisionOf(await store.promote(version, { ...decided, expect: number, verdict: 'promoted' }))
  })
}

/**
 * Promotes past the gate, whatever is there, a damaged pointer too. The numbers are written down where there are any:
 * without a challenger's rows nothing is compared.
 */
export async function promoteByForce(
  store: ModelStore,
  version: string,
  { at, by, reason, challenger }: Required<DecisionFacts> & { readonly challenger?: Challenger },
): Promise<Decision> {
  return againWhenLost(async () => {
    const met = challenger && (await meetChampion(store, challenger))
    // Somebody else was first with the very version.
    if (met?.champion?.version === version) return decisionOf(met.champion)
    const expect = met ? { expect: met.number } : {}
    const gate = met?.gate ? { gate: met.gate } : {}
    return decisionOf(await store.promote(version, { at, by, reason, ...expect, ...gate }))
  })
}

/** Another promotion in between is one more champion to meet. */
async function againWhenLost(decide: () => Promise<Decision>): Promise<Decision> {
  for (let round = 1; ; round++) {
    try {
      return await decide()
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'CONFLICT') || round === MOST_ROUNDS) throw error
    }
  }
}

interface Meeting {
  /** The number of the champion that was met, or that nobody could meet; 0: there has never been one. */
  readonly number: number
  /** Absent when there is none, or when it cannot be read. */
  readonly champion?: ChampionPointer
  /** Absent when there has never been a champion. */
  readonly gate?: GateReport
}

async function meetChampion(store: ModelStore, challenger: Challenger): Promise<Meeting> {
  // Before the champion is read, so that one promoted in between is no lost one.
  const last = await store.lastChampionNumber()
  const nobody = (why: string) => ({ number: last, gate: refuseUncompared(why, challenger.rules) })
  try {
    const champion = await store.champion()
    const number = champion?.n ?? 0
    // Nobody knows who the champion was, so nobody can beat it; without this a lost file would promote.
    if (last > number) return nobody(pointerIsGone(last))
    if (!champion) return { number }
    return { number, champion, gate: await compareWith(store, champion, challenger) }
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'MODEL_CORRUPT')) throw error
    return nobody(error.message)
  }
}
