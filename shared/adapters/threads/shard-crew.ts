/**
 * Several threads for the steps of one fit (core/gbt/shard.ts): this one works on the first shard, a worker on each other.
 * A step is a few numbers in shared memory; whoever waits spins a little and then sleeps. The caller stays synchronous, and
 * does a worker's steps, too, until that has started.
 */
import { Worker } from 'node:worker_threads'
import { ALONE, type CrewPlan } from '../../core/gbt/crew.ts'
import type { Kernels } from '../../core/gbt/kernels/kernels.ts'
import { type ForestRows, runStep, type ShardRows, type Step } from '../../core/gbt/shard.ts'

/** What a worker is started with: all arrays are shared, none is copied. */
export interface ShardWork {
  readonly control: Int32Array
  /** One number per worker: STARTING, then READY, then JOINED + the last turn before its first. */
  readonly members: Int32Array
  /** Its place in `members`. */
  readonly index: number
  /** Where a worker that fails says why: UTF-8, zeros at the end. */
  readonly reason: Uint8Array
  /** The kernels' memory; absent: plain TypeScript ones. */
  readonly memory: WebAssembly.Memory | undefined
  readonly forest: ForestRows
  readonly shard: ShardRows
}

/** Places in the control block. */
export const CONTROL = Object.freeze({ turn: 0, done: 1, failed: 2, step: 3, length: 8 })
export const STARTING = 0
export const READY = 1
export const JOINED = 2
const KINDS = ['begin', 'part', 'stop'] as const

const REASON_BYTES = 1024

/** Rows per thread below which one more costs more than it saves: two threads were level with one at 160,000 rows. */
const MIN_ROWS_PER_THREAD = 100_000

/**
 * Up to `threads` threads, the caller's among them. `together`: no step before all have started, which takes longer than a
 * small fit; for tests.
 */
export function crewOnThreads(threads: number, { together = false } = {}): CrewPlan {
  return {
    shardsFor: rowCount => Math.max(1, Math.min(threads, Math.floor(rowCount / MIN_ROWS_PER_THREAD))),
    open: (kernels, forest, shards) =>
      shards.length === 1 ? ALONE.open(kernels, forest, shards) : openCrew(kernels, forest, shards, together),
  }
}

function openCrew(kernels: Kernels, forest: ForestRows, shards: readonly ShardRows[], together: boolean) {
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL.length))
  const reason = new Uint8Array(new SharedArrayBuffer(REASON_BYTES))
  const members = new Int32Array(new SharedArrayBuffer(4 * (shards.length - 1)))
  shards.slice(1).forEach((shard, index) => {
    const workerData: ShardWork = { control, members, index, reason, memory: kernels.shared, forest, shard }
    new Worker(new URL('./shard-worker.ts', import.meta.url), { workerData })
  })
  const announce = (step: Step | { readonly kind: 'stop' }) => {
    writeStep(control, step)
    Atomics.store(control, CONTROL.done, 0)
    Atomics.add(control, CONTROL.turn, 1)
    Atomics.notify(control, CONTROL.turn)
  }
  /** From the next turn on, it takes part. */
  const letJoin = (index: number) => {
    Atomics.store(members, index, JOINED + control[CONTROL.turn])
    Atomics.notify(members, index)
  }
  const throwIfFailed = () => {
    if (control[CONTROL.failed] > 0) throw new Error(`a training thread failed: ${textOf(reason)}`)
  }
  return {
    run(step: Step) {
      members.forEach((_, index) => {
        if (together) waitForChange(members, index, STARTING, PATIENCE_MS)
        if (Atomics.load(members, index) === READY) letJoin(index)
      })
      throwIfFailed()
      announce(step)
      runStep(kernels, forest, shards[0], step)
      let joined = 0
      members.forEach((state, index) => {
        if (state >= JOINED) joined++
        else runStep(kernels, forest, shards[index + 1], step)
      })
      for (let done = 0; done < joined; ) done = waitForChange(control, CONTROL.done, done, PATIENCE_MS)
      throwIfFailed()
    },
    close() {
      members.forEach((state, index) => {
        if (state < JOINED) letJoin(index)
      })
      announce({ kind: 'stop' })
    },
  }
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(bytes.slice(0, end < 0 ? bytes.length : end))
}

function writeStep(control: Int32Array, step: Step | { readonly kind: 'stop' }): void {
  const numbers = {
    begin: () => (step.kind === 'begin' ? [step.leaves, Number(step.sampled)] : []),
    part: () => (step.kind === 'part' ? [step.leaf, step.newLeaf, step.feature, step.summed] : []),
    stop: () => [],
  }[step.kind]()
  control.set([KINDS.indexOf(step.kind), ...numbers], CONTROL.step)
}

/** The step that stands in the control block; undefined: stop. */
export function readStep(control: Int32Array): Step | undefined {
  const [kind, a, b, c, d] = control.subarray(CONTROL.step)
  switch (KINDS[kind]) {
    case 'begin':
      return { kind: 'begin', leaves: a, sampled: b === 1 }
    case 'part':
      return { kind: 'part', leaf: a, newLeaf: b, feature: c, summed: d }
    default:
      return undefined
  }
}

/** Far longer than a step takes. A worker that the system ended cannot say so. */
const PATIENCE_MS = 300_000

/** Looks before it sleeps: waking up takes longer than most waits, which last as long as a search for a split. */
const SPINS = 10_000

/** Tells the processor that this is a loop that waits; TypeScript does not know it yet. */
const pause = (Atomics as { pause?: () => void }).pause ?? (() => {})

/** Waits until control[place] is no longer `known` and returns what it is; throws after `patienceMs` (default: never). */
export function waitForChange(control: Int32Array, place: number, known: number, patienceMs?: number): number {
  for (let spin = 0; spin < SPINS; spin++) {
    const now = Atomics.load(control, place)
    if (now !== known) return now
    pause()
  }
  for (;;) {
    const answer = Atomics.wait(control, place, known, patienceMs)
    const now = Atomics.load(control, place)
    if (now !== known) return now
    if (answer === 'timed-out') throw new Error('a training thread does not answer')
  }
}
