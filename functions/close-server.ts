/** The end of an HTTP server: every request that it has taken is answered, and after a limit the rest is cut off. */
import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

export interface CloseOptions {
  /** When what is left is cut off. Default 8 s: Cloud Run gives ten between SIGTERM and the end. */
  readonly timeoutMs?: number
  /**
   * How long it goes on taking requests, so that who keeps a connection learns from an answer that it ends, and does not
   * send into one that has just been closed. Default 0.
   */
  readonly lingerMs?: number
}

/** How often connections are looked for that have become idle since. */
const SWEEP_MS = 50

export async function closeServer(
  server: Server,
  { timeoutMs = 8_000, lingerMs = 0 }: CloseOptions = {},
): Promise<void> {
  const cutOff = setTimeout(() => server.closeAllConnections(), timeoutMs)
  if (lingerMs > 0) await pause(lingerMs)
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  await new Promise<unknown>(resolve => server.close(resolve))
  clearInterval(sweep)
  clearTimeout(cutOff)
}
