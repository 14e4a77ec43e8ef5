/**
 * Decides whether a challenger becomes champion and writes the decision down, whatever it is. Every promotion is made
 * against the champion that the challenger has met, so of many at once one wins and the others meet the winner.
 */
import { AppError } from '../../core/errors.ts'
import { type GateReport, refuseUncompared } from '../../core/train/gate.ts'
import { type Challenger, compareWith } from './challenge.ts'
import { type Decision, decisionOf } from './decision.ts'
import type { ModelStore } from './model-store.ts'

export interface DecisionFacts {
  /** ISO 8601, UTC. */
  readonly at: string
  /** Who asked. What the gate decides is by the gate. */
  readonly by: string
}

const GATE = 'gate'

/** So many other promotions during one comparison are no race but a fault elsewhere. */
const MOST_ROUNDS = 20

/** Promotes the challenger when it passes the gate. The first version of a registry has nobody to meet. */
export async function promoteByGate(
  store: ModelStore,
  challenger: Challenger,
  { at, by }: DecisionFacts,
): Promise<Decision> {
  const { version } = challenger.manifest
  for (let round = 1; ; round++) {
    const { number, gate } = await meetChampion(store, challenger)
    if (gate && !gate.passed) {
      return store.refuse({ version, champion: number, at, by: GATE, reason: gate.reason, gate })
    }
    const decided = gate
      ? ({ by: GATE, verdict: 'promoted', reason: gate.reason, gate } as const)
      : ({ by, verdict: 'first', reason: 'first version' } as const)
    try {
      return decisionOf(await store.promote(version, { at, expect: number, ...decided }))
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'CONFLICT') || round === MOST_ROUNDS) throw error
    }
  }
}

/**
 * Promotes past the gate, whatever is there, a damaged pointer too. The numbers are written down where there are any:
 * without a challenger's rows nothing is compared.
 */
export async function promoteByForce(
  store: ModelStore,
  version: string,
  { at, by, reason, challenger }: DecisionFacts & { readonly reason: string; readonly challenger?: Challenger },
): Promise<Decision> {
  const gate = challenger && (await meetChampion(store, challenger)).gate
  return decisionOf(await store.promote(version, { at, by, reason, ...(gate ? { gate } : {}) }))
}

/** `number` is the champion's, 0 when there is none to meet. */
async function meetChampion(
  store: ModelStore,
  challenger: Challenger,
): Promise<{ readonly number: number; readonly gate?: GateReport }> {
  try {
    const champion = await store.champion()
    if (!champion) return { number: 0 }
    return { number: champion.n, gate: await compareWith(store, champion, challenger) }
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'MODEL_CORRUPT')) throw error
    // A damaged pointer: nobody knows who the champion is, so nobody can beat it.
    return { number: await store.championNumber(), gate: refuseUncompared(error.message, challenger.rules) }
  }
}
