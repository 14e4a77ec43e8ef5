/** The sink of SINK_URI=none: keeps nothing and knows nothing. */
import type { Sink } from './sink.ts'

export function openNone(): Sink {
  return {
    uri: 'none',
    write: async () => [],
    points: async () => ({ measured: [], stored: [] }),
    latestDrift: async () => undefined,
    served: async () => ({ versions: [], scores: [], counts: { rows: 0, features: new Map() } }),
    close: async () => {},
  }
}
