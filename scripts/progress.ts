/**
 * A progress bar on stderr for the person watching; where nobody watches it does nothing and loads nothing. The bar lives
 * as long as `work` runs: it redraws by a timer, so one left open after a failure would keep the process alive for ever.
 */

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

const SILENT: Progress = Object.freeze({ start: () => {}, update: () => {} })

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
    linewrap: null,
  })
  try {
    return await work({
      start(label, total) {
        bar.stop()
        bar.start(total, 0, { label })
      },
      update: (done, label) => bar.update(done, label === undefined ? {} : { label }),
    })
  } finally {
    bar.stop()
  }
}
