import { expect, test } from 'vitest'
import { historyOfPoints, mergePoints } from './metrics-points.ts'
import type { MetricsRow } from './sink-tables.ts'

function point(hour: number, labelled: number, scored = 100): MetricsRow {
  const time = new Date(Date.UTC(2026, 0, 1, hour)).toISOString()
  const metrics = { roc_auc: labelled / 100, pr_auc: null, acc: null, latency_p95_ms: 10, error_rate: 0 }
  return { time, model_name: 'm', model_version: null, ...metrics, scored, labelled }
}

test('of one hour the point with most labels counts, then the one with most rows', () => {
  const stored = [point(0, 50), point(1, 10), point(2, 10, 90), point(1, 30), point(3, 5)]
  const measured = [point(0, 20), point(1, 31), point(2, 10, 91), point(4, 0)]
  const { points, fresh } = mergePoints({ stored, measured })
  expect(points).toEqual([stored[0], measured[1], measured[2], stored[4], measured[3]])
  expect(fresh).toEqual([measured[1], measured[2], measured[3]])
})

test('what was stored is fresh no more, and of equal counts what is measured now is the one', () => {
  const measured = [point(0, 20), point(1, 0)]
  expect(mergePoints({ stored: measured.map(one => ({ ...one })), measured })).toEqual({ points: measured, fresh: [] })
  const corrected = { ...measured[0], roc_auc: 0.9 }
  const later = mergePoints({ stored: measured, measured: [corrected] })
  expect(later).toEqual({ points: [corrected, measured[1]], fresh: [corrected] })
  expect(mergePoints({ stored: [corrected, ...measured], measured: [corrected] }).fresh).toEqual([])
})

test("a history of points is the monitor's, without what was not measured", () => {
  expect(historyOfPoints([point(0, 90)])).toEqual({
    points: [{ timeUs: Date.UTC(2026, 0, 1) * 1000, metrics: { roc_auc: 0.9, latency_p95_ms: 10, error_rate: 0 } }],
    replaced: 0,
  })
})
