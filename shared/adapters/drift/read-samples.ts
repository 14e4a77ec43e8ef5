/**
 * Reads the samples of a comparison at once: large files each on a thread of their own, small ones here, since a thread
 * takes longer to start than they take to read. The result is the same.
 */
import { stat } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { AppError, type ErrorCode, type Problem } from '../../core/errors.ts'
import { type ReadProgress, readSample, type Sample, type SampleRequest } from './read-sample.ts'

/** What a thread says: how far it is, what came of it, or the AppError that ended it. */
export type SampleReply =
  | { readonly read: number; readonly total: number }
  | { readonly sample: Sample }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly problems: readonly Problem[] } }

/** About 50,000 rows: from here a thread saves more than its start costs. */
const THREAD_BYTES = 4 * 1024 * 1024

/** Of the short-lived strings of a file little is alive at any time; V8's usual 48 MB a thread would be most of the memory. */
const YOUNG_GENERATION_MB = 12

export interface ReadSamplesOptions {
  /** Of all files together. */
  readonly onProgress?: ReadProgress
  /** Default: 4 MB. */
  readonly threadBytes?: number
}

/** Samples in the order of the requests. Rejects with the first failure. */
export async function readSamples(
  requests: readonly SampleRequest[],
  { onProgress, threadBytes = THREAD_BYTES }: ReadSamplesOptions = {},
): Promise<Sample[]> {
  const sizes = await Promise.all(requests.map(({ path }) => sizeOf(path)))
  const read = new Float64Array(requests.length)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const progressOf =
    (i: number): ReadProgress =>
    bytes => {
      read[i] = bytes
      onProgress?.(
        read.reduce((sum, done) => sum + done, 0),
        total,
      )
    }
  const isLarge = requests.length > 1 && sizes.some(size => size >= threadBytes)
  const readOne = isLarge ? readOnThread : readSample
  return Promise.all(requests.map((request, i) => readOne(request, progressOf(i))))
}

/** 0 where there is no such file; reading it says so. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}

async function readOnThread(request: SampleRequest, onProgress: ReadProgress): Promise<Sample> {
  const worker = new Worker(new URL('./sample-worker.ts', import.meta.url), {
    workerData: request,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  })
  try {
    return await new Promise<Sample>((resolve, reject) => {
      worker.on('error', reject)
      worker.on('exit', code => reject(new Error(`a reading thread ended with code ${code}`)))
      worker.on('message', (reply: SampleReply) => {
        if ('sample' in reply) resolve(reply.sample)
        else if ('failure' in reply) reject(toAppError(reply.failure))
        else onProgress(reply.read, reply.total)
      })
    })
  } finally {
    await worker.terminate()
  }
}

/** Errors lose their class on the way between threads. */
function toAppError({ code, message, problems }: Extract<SampleReply, { failure: unknown }>['failure']): AppError {
  return new AppError(code, message, { problems })
}
