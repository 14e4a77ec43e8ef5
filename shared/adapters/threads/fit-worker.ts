/** The worker side of fit-pool.ts: fits one task at a time on rows it shares with the parent. */
import { parentPort, workerData } from 'node:worker_threads'
import { type FitTask, runFitTask } from '../../core/train/fit-task.ts'
import type { FitReply, FitWork } from './fit-pool.ts'
import { crewOnThreads } from './shard-crew.ts'

/** Progress is for a person's eye. */
const PROGRESS_INTERVAL_MS = 50

const { data, threadsPerTask } = workerData as FitWork

parentPort?.on('message', ({ index, task }: { index: number; task: FitTask }) => {
  const reply = (message: FitReply) => parentPort?.postMessage(message)
  let reportedAt = 0
  const tell = (done: number, most: number) => {
    const now = performance.now()
    if (now - reportedAt < PROGRESS_INTERVAL_MS) return
    reportedAt = now
    reply({ index, done, most })
  }
  const fitted = runFitTask(data, task, tell, crewOnThreads(threadsPerTask))
  reply({ index, fitted })
})
