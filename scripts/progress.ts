/**
 * A progress bar on stderr for the person watching; where nobody watches it does nothing and loads nothing. The bar lives
 * as long as `work` runs: it redraws by a timer, so one left open after a failure would keep the process alive for ever.
 */

import { channel } from 'node:diagnostics_channel'

/** Told the label of every stage that begins, watched or not: for measurements (bench/watch-stages.ts). */
export const STAGES = channel('treeline:stage')

export interface Progress {
  /** Begins a bar of `total` steps in place of the one before. */
  start(label: string, total: number): void
  /** Steps done since start, and what to call them from now on; cheap enough for an inner loop, drawn ten times a second. */
  update(done: number, label?: string): void
}

export interface ProgressOptions {
  /** As a rule the terminal's `interactive`. */
  readonly enabled: boolean
  readonly stream?: NodeJS.WritableStream
}

/** Begins the bar of a file that is read, and gives what the reader tells: bytes for the bar, lines for its label. */
export function readingBar(progress: Progress): (bytesRead: number, totalBytes: number, linesRead: number) => void {
  progress.start('reading', 100)
  return (done, total, lines) =>
    progress.update(Math.round((100 * done) / total), `reading, ${lines.toLocaleString('en')} lines so far`)
}

const SILENT: Progress = Object.freeze({ start: (label: string) => STAGES.publish(label), update: () => {} })

export async function withProgress<T>(
  options: ProgressOptions,
  work: (progress: Progress) => T | Promise<T>,
): Promise<T> {
  if (!options.enabled) return work(SILENT)
  const { SingleBar } = (await import('cli-progress')).default
  const bar = new SingleBar({
    format: '{label} [{bar}] {value}/{total}, {eta_formatted} left',
    stream: options.stream ?? process.stderr,
    clearOnComplete: true,
    // Its own signal handlers would replace Node's and so swallow the first Ctrl-C.
    gracefulExit: false,
    // Lines are cut at the terminal's width: switching its wrapping off would outlive a Ctrl-C.
    linewrap: true,
  })
  try {
    return await work({
      start(label, total) {
        STAGES.publish(label)
        bar.stop()
        bar.start(total, 0, { label })
      },
      update: (done, label) => bar.update(done, label === undefined ? {} : { label }),
    })
  } finally {
    bar.stop()
  }
}
