/** The worker side of fit-pool.ts: fits one task at a time on rows it shares with the parent. */
import { parentPort, workerData } from 'node:worker_threads'
import { type FitTask, runFitTask } from '../../core/train/fit-task.ts'
import type { FitReply } from './fit-pool.ts'

/** Progress is for a person's eye. */
const PROGRESS_INTERVAL_MS = 50

parentPort?.on('message', ({ index, task }: { index: number; task: FitTask }) => {
  const reply = (message: FitReply) => parentPort?.postMessage(message)
  let reportedAt = 0
  const fitted = runFitTask(workerData, task, (done, most) => {
    const now = performance.now()
    if (now - reportedAt < PROGRESS_INTERVAL_MS) return
    reportedAt = now
    reply({ index, done, most })
  })
  reply({ index, fitted })
})
