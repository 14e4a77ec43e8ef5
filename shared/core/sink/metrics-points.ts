/**
 * The points of a sink's metrics history: what is measured now over predictions and outcomes, and what was written down of
 * hours whose predictions may be gone. Of one hour the point with most labels counts, then the one with most rows, then what
 * is measured: a label may have been corrected.
 */
import { type MetricsHistory, parseMetricsList } from '../monitor/metrics-history.ts'
import type { MetricsRow } from './sink-tables.ts'

export interface SinkPoints {
  readonly measured: readonly MetricsRow[]
  readonly stored: readonly MetricsRow[]
}

export interface MergedPoints {
  /** One for each hour, ascending. */
  readonly points: readonly MetricsRow[]
  /** Those that should be written down: measured, the ones that count, and not stored yet. */
  readonly fresh: readonly MetricsRow[]
}

export function mergePoints({ measured, stored }: SinkPoints): MergedPoints {
  const best = new Map<string, MetricsRow>()
  for (const point of [...stored, ...measured]) {
    if (!saysLess(point, best.get(point.time))) best.set(point.time, point)
  }
  const known = new Set(stored.map(keyOf))
  return {
    points: [...best.values()].sort((a, b) => (a.time < b.time ? -1 : 1)),
    fresh: measured.filter(point => best.get(point.time) === point && !known.has(keyOf(point))),
  }
}

function saysLess(point: MetricsRow, than: MetricsRow | undefined): boolean {
  if (than === undefined) return false
  return point.labelled !== than.labelled ? point.labelled < than.labelled : point.scored < than.scored
}

/** Equal for points that say the same, in whatever order their keys are. */
function keyOf(point: MetricsRow): string {
  return JSON.stringify(Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The history that the rules of the monitor read. */
export function historyOfPoints(points: readonly MetricsRow[]): MetricsHistory {
  return parseMetricsList(
    points.map(({ time, ...metrics }) => ({ ts: time, ...metrics })),
    'the sink',
  )
}
