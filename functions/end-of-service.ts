/**
 * The end of a serving process: every request that came before SIGTERM is answered, then what the sink still holds is
 * written, all within the ten seconds that Cloud Run gives.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import type { SinkWriter } from '../shared/adapters/sinks/batching.ts'
import { type CloseOptions, closeServer } from './close-server.ts'

const LAST_REQUESTS = { timeoutMs: 8_000, lingerMs: 250 }
/** Requests and rows together; what the last requests leave of it goes to the last rows. */
const WHOLE_MS = 9_500

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** node:http tells of each request here, with its server, before the server's own listeners hear of it. */
const REQUEST_STARTS = 'http.server.request.start'

type LastRows = Pick<SinkWriter, 'flush' | 'close'>

/** Resolves at the first of the signals; a second one, whichever it is, ends the process at once, as it would by default. */
export function stopSignal(target: EventEmitter = process): Promise<void> {
  return new Promise(resolve => {
    const stop = (): void => {
      for (const signal of SIGNALS) target.off(signal, stop)
      resolve()
    }
    for (const signal of SIGNALS) target.on(signal, stop)
  })
}

export async function endService(close: (options: CloseOptions) => Promise<void>, writer: LastRows): Promise<void> {
  const startedAt = performance.now()
  // What waits is written while the last requests are answered; what those add has the rest of the time.
  await Promise.all([close(LAST_REQUESTS), writer.flush(LAST_REQUESTS.timeoutMs)])
  await writer.close(WHOLE_MS - (performance.now() - startedAt))
}

/**
 * The same under the Functions Framework, whose own way is to answer 500 to the newest request and to cut the others off.
 * It listens for the signals before the first request comes, and from that one on only we do.
 */
export function endServiceOfFramework(writer: LastRows): { readonly isClosing: () => boolean } {
  let closing = false
  const end = async (server: Server): Promise<void> => {
    closing = true
    // A second signal ends the process at once, as it would by default.
    for (const signal of SIGNALS) process.removeAllListeners(signal)
    await endService(options => closeServer(server, options), writer).finally(() => process.exit(0))
  }
  const takeOver = (message: unknown): void => {
    unsubscribe(REQUEST_STARTS, takeOver)
    const { server } = message as { server: Server }
    for (const signal of SIGNALS) {
      process.removeAllListeners(signal)
      process.once(signal, () => end(server))
    }
  }
  subscribe(REQUEST_STARTS, takeOver)
  return { isClosing: () => closing }
}
