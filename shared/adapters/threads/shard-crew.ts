/**
 * Several threads for the steps of one fit (core/gbt/shard.ts): this one works on the first shard, a worker on each other.
 * A step is a few numbers in shared memory; whoever waits spins a little and then sleeps. The caller stays synchronous.
 */
import { Worker } from 'node:worker_threads'
import { ALONE, type CrewPlan } from '../../core/gbt/crew.ts'
import type { Kernels } from '../../core/gbt/kernels/kernels.ts'
import { type ForestRows, runStep, type ShardRows, type Step } from '../../core/gbt/shard.ts'

/** What a worker is started with: all arrays are shared, none is copied. */
export interface ShardWork {
  readonly control: Int32Array
  /** Where a worker that fails says why: UTF-8, zeros at the end. */
  readonly reason: Uint8Array
  /** The kernels' memory; absent: plain TypeScript ones. */
  readonly memory: WebAssembly.Memory | undefined
  readonly forest: ForestRows
  readonly shard: ShardRows
}

/** Places in the control block. */
export const CONTROL = Object.freeze({ turn: 0, done: 1, failed: 2, step: 3, length: 8 })
const KINDS = ['begin', 'part', 'sum', 'stop'] as const

const REASON_BYTES = 1024

/** Rows per thread below which one more costs more than it saves: starting it takes as long as this many in a whole fit. */
const MIN_ROWS_PER_THREAD = 50_000

/** Up to `threads` threads, the caller's among them. */
export function crewOnThreads(threads: number): CrewPlan {
  return {
    shardsFor: rowCount => Math.max(1, Math.min(threads, Math.floor(rowCount / MIN_ROWS_PER_THREAD))),
    open: (kernels, forest, shards) =>
      shards.length === 1 ? ALONE.open(kernels, forest, shards) : openCrew(kernels, forest, shards),
  }
}

function openCrew(kernels: Kernels, forest: ForestRows, shards: readonly ShardRows[]) {
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL.length))
  const reason = new Uint8Array(new SharedArrayBuffer(REASON_BYTES))
  const workers = shards.slice(1).map(shard => {
    const workerData: ShardWork = { control, reason, memory: kernels.shared, forest, shard }
    return new Worker(new URL('./shard-worker.ts', import.meta.url), { workerData })
  })
  const announce = (step: Step | { readonly kind: 'stop' }) => {
    writeStep(control, step)
    Atomics.store(control, CONTROL.done, 0)
    Atomics.add(control, CONTROL.turn, 1)
    Atomics.notify(control, CONTROL.turn)
  }
  return {
    run(step: Step) {
      announce(step)
      runStep(kernels, forest, shards[0], step)
      for (let done = 0; done < workers.length; ) done = waitForChange(control, CONTROL.done, done, PATIENCE_MS)
      if (control[CONTROL.failed] > 0) throw new Error(`a training thread failed: ${textOf(reason)}`)
    },
    close: () => announce({ kind: 'stop' }),
  }
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(bytes.slice(0, end < 0 ? bytes.length : end))
}

function writeStep(control: Int32Array, step: Step | { readonly kind: 'stop' }): void {
  const numbers = {
    begin: () => (step.kind === 'begin' ? [step.leaves, Number(step.sampled), 0] : []),
    part: () => (step.kind === 'part' ? [step.leaf, step.newLeaf, step.feature] : []),
    sum: () => (step.kind === 'sum' ? [step.leaf, 0, 0] : []),
    stop: () => [0, 0, 0],
  }[step.kind]()
  control.set([KINDS.indexOf(step.kind), ...numbers], CONTROL.step)
}

/** The step that stands in the control block; undefined: stop. */
export function readStep(control: Int32Array): Step | undefined {
  const [kind, a, b, c] = control.subarray(CONTROL.step)
  switch (KINDS[kind]) {
    case 'begin':
      return { kind: 'begin', leaves: a, sampled: b === 1 }
    case 'part':
      return { kind: 'part', leaf: a, newLeaf: b, feature: c }
    case 'sum':
      return { kind: 'sum', leaf: a }
    default:
      return undefined
  }
}

/** Far longer than a step takes. A worker that the system ended cannot say so. */
const PATIENCE_MS = 300_000

/** Looks before it sleeps: waking up takes longer than most waits, which last as long as a search for a split. */
const SPINS = 10_000

/** Waits until control[place] is no longer `known` and returns what it is; throws after `patienceMs` (default: never). */
export function waitForChange(control: Int32Array, place: number, known: number, patienceMs?: number): number {
  for (let spin = 0; spin < SPINS; spin++) {
    const now = Atomics.load(control, place)
    if (now !== known) return now
  }
  for (;;) {
    const answer = Atomics.wait(control, place, known, patienceMs)
    const now = Atomics.load(control, place)
    if (now !== known) return now
    if (answer === 'timed-out') throw new Error('a training thread does not answer')
  }
}
