/**
 * Preloaded into a command (`node --import`): measures each stage that the command begins. A thread samples the memory of
 * the process, because the command itself may not come up for air; the figures go to the parent when the process ends.
 */
import { subscribe } from 'node:diagnostics_channel'
import { Worker } from 'node:worker_threads'
import { STAGES } from '../progress.ts'

export interface StageFigures {
  readonly label: string
  readonly seconds: number
  readonly peakMb: number
}

/** What the parent is sent. */
export interface WatchedFigures {
  readonly stages: readonly StageFigures[]
  /** Of the whole process, by its own account. */
  readonly peakMb: number
}

const SAMPLE_MS = 5
const SAMPLER = `
  const { workerData: { peak } } = require('node:worker_threads')
  for (;;) {
    const mb = Math.round(process.memoryUsage.rss() / 2 ** 20)
    if (mb > Atomics.load(peak, 0)) Atomics.store(peak, 0, mb)
    Atomics.wait(peak, 1, 0, ${SAMPLE_MS})
  }`

const peak = new Int32Array(new SharedArrayBuffer(8))
const stages: StageFigures[] = []
let begun = { label: 'start', at: performance.now() }

function endStage(): void {
  const seconds = (performance.now() - begun.at) / 1000
  const rss = Math.round(process.memoryUsage.rss() / 2 ** 20)
  stages.push({ label: begun.label, seconds, peakMb: Math.max(rss, Atomics.exchange(peak, 0, 0)) })
}

subscribe(STAGES.name, label => {
  endStage()
  begun = { label: String(label), at: performance.now() }
})
new Worker(SAMPLER, { eval: true, workerData: { peak } }).unref()
process.on('exit', () => {
  endStage()
  process.send?.({ stages, peakMb: process.resourceUsage().maxRSS / 1024 } satisfies WatchedFigures)
})
