/** The worker side of shard-crew.ts: carries out steps on its shard until told to stop. */
import { workerData } from 'node:worker_threads'
import { referenceKernels } from '../../core/gbt/kernels/reference.ts'
import { webAssemblyKernels } from '../../core/gbt/kernels/webassembly.ts'
import { runStep } from '../../core/gbt/shard.ts'
import { CONTROL, JOINED, READY, readStep, type ShardWork, STARTING, waitForChange } from './shard-crew.ts'

const { control, members, index, reason, memory, forest, shard } = workerData as ShardWork

/** Says that this worker is there, and returns the last turn before its first. */
function join(): number {
  // The fit may have ended in the meantime.
  const state = Atomics.compareExchange(members, index, STARTING, READY)
  Atomics.notify(members, index)
  return (state === STARTING ? waitForChange(members, index, READY) : state) - JOINED
}

try {
  const kernels = memory ? webAssemblyKernels(memory) : referenceKernels
  for (let turn = join(); ; ) {
    turn = waitForChange(control, CONTROL.turn, turn)
    const step = readStep(control)
    if (!step) break
    runStep(kernels, forest, shard, step)
    Atomics.add(control, CONTROL.done, 1)
    Atomics.notify(control, CONTROL.done)
  }
} catch (error) {
  // The caller waits without an event loop: all it can learn from is memory.
  reason.set(new TextEncoder().encode(String(error)).subarray(0, reason.length))
  Atomics.store(control, CONTROL.failed, 1)
  Atomics.add(control, CONTROL.done, 1)
  Atomics.notify(control, CONTROL.done)
  Atomics.compareExchange(members, index, STARTING, READY)
  Atomics.notify(members, index)
}
