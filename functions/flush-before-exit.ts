/**
 * Under the Functions Framework a SIGTERM ends the process at once. Here that end is held until the sink has written what
 * waits, within a bound: Cloud Run gives ten seconds.
 */
import type { SinkWriter } from '../shared/adapters/sinks/batching.ts'

const FLUSH_MS = 8_000

/** Must be called before the framework listens, so that our listener comes before its own. */
export function flushBeforeExit(
  writer: Pick<SinkWriter, 'close'>,
  host: Pick<NodeJS.Process, 'once' | 'exit'> = process,
): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) host.once(signal, () => holdExit(writer, host))
}

function holdExit(writer: Pick<SinkWriter, 'close'>, host: Pick<NodeJS.Process, 'exit'>): void {
  const { exit } = host
  const flushed = writer.close(FLUSH_MS)
  host.exit = ((code?: number) => {
    flushed.finally(() => exit.call(host, code))
  }) as typeof exit
}
