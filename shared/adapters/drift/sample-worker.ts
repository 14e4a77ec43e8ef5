/** The thread side of read-samples.ts: reads one sample and hands its arrays over without a copy. */
import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import { readSample, type Sample } from './read-sample.ts'
import type { SampleReply } from './read-samples.ts'

/** Progress is for a person's eye. */
const PROGRESS_INTERVAL_MS = 50

function reply(message: SampleReply, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

/** The large arrays: of every number its distribution. */
function buffersOf({ profile, scorable }: Sample): ArrayBuffer[] {
  const arrays = [...profile.columns.values()].flatMap(column => {
    return column.kind === 'number' ? [column.distribution.values, column.distribution.cumulative] : []
  })
  return [...arrays, ...(scorable ? [scorable.values, scorable.labels] : [])].map(({ buffer }) => buffer as ArrayBuffer)
}

let repliedAt = 0
try {
  const sample = await readSample(workerData, (read, total) => {
    const now = performance.now()
    if (now - repliedAt < PROGRESS_INTERVAL_MS) return
    repliedAt = now
    reply({ read, total })
  })
  reply({ sample }, buffersOf(sample))
} catch (error) {
  if (!(error instanceof AppError)) throw error
  const { code, message, problems } = error
  reply({ failure: { code, message, problems } })
}
