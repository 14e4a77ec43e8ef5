/**
 * Fits on worker threads. Tasks are independent, each on a worker of its own; where there are fewer tasks than threads, a
 * task may use several (shard-crew.ts). The number of threads changes the time and never the result.
 */
import { Worker } from 'node:worker_threads'
import type { LabelledMatrix } from '../../core/preprocess/labelled-matrix.ts'
import type { Allocate } from '../../core/preprocess/preprocessor.ts'
import { type FitExecutor, type FitTask, type FittedModel, fitInTurn } from '../../core/train/fit-task.ts'
import { crewOnThreads } from './shard-crew.ts'

/** What a worker is started with. */
export interface FitWork {
  readonly data: LabelledMatrix
  /** Threads that one task may use, its worker's among them. */
  readonly threadsPerTask: number
}

export type FitReply =
  | { readonly index: number; readonly fitted: FittedModel }
  | { readonly index: number; readonly done: number; readonly most: number }

/** Memory that every thread reads without a copy. */
export const sharedMemory: Allocate = byteLength => new SharedArrayBuffer(byteLength)

/** An executor on at most `threads` workers, started for each call and ended with it, also when a fit fails. */
export function fitOnThreads(threads: number): FitExecutor {
  return async (data, tasks, onProgress) => {
    // A lone task gains nothing from a worker, and a small one takes no longer than starting a worker does.
    if (tasks.length === 1) return fitInTurn(data, tasks, onProgress, crewOnThreads(threads))
    const models = new Array<FittedModel>(tasks.length)
    let next = 0
    const runWorker = (worker: Worker) =>
      new Promise<void>((resolve, reject) => {
        const give = () => {
          if (next === tasks.length) return resolve()
          const index = next++
          worker.postMessage({ index, task: tasks[index] satisfies FitTask })
        }
        worker.on('error', reject)
        worker.on('exit', code => reject(new Error(`a training thread ended with code ${code}`)))
        worker.on('message', (reply: FitReply) => {
          if ('done' in reply) return onProgress?.(reply.index, reply.done, reply.most)
          models[reply.index] = reply.fitted
          onProgress?.(reply.index, 1, 1, reply.fitted)
          give()
        })
        give()
      })
    const count = Math.min(threads, tasks.length)
    const workerData: FitWork = { data, threadsPerTask: Math.max(1, Math.floor(threads / tasks.length)) }
    const workers = Array.from(
      { length: count },
      () => new Worker(new URL('./fit-worker.ts', import.meta.url), { workerData }),
    )
    try {
      await Promise.all(workers.map(runWorker))
      return models
    } finally {
      await Promise.all(workers.map(worker => worker.terminate()))
    }
  }
}
