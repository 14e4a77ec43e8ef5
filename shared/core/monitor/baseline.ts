/**
 * What the latest point is compared with: the points of [T - window, T) by time, T being the latest point's. By time and
 * not by count: seven days are seven days whether a point comes every hour or every minute.
 */
import { quantileSorted } from '../math/quantile.ts'
import type { MetricName, MetricsPoint } from './metrics-history.ts'
import { MICROSECONDS_PER_DAY } from './timestamp.ts'

/** `points` ascending; the baseline of the last one. */
export function baselinePoints(points: readonly MetricsPoint[], windowDays: number): readonly MetricsPoint[] {
  const latest = points.at(-1)
  if (!latest) return []
  const startUs = latest.timeUs - windowDays * MICROSECONDS_PER_DAY
  return points.filter(({ timeUs }) => timeUs >= startUs && timeUs < latest.timeUs)
}

/** The measured values of one metric, in order. */
export function valuesOf(points: readonly MetricsPoint[], metric: MetricName): number[] {
  return points.flatMap(({ metrics }) => metrics[metric] ?? [])
}

/** undefined for no values. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  return quantileSorted(Float64Array.from(values).sort(), 0.5)
}

/**
 * The spread of normal values from the median absolute deviation, which half the values may ruin without moving it far
 * (Rousseeuw and Croux 1993). 0 when more than half of the values are equal.
 */
export function robustDeviation(values: readonly number[], middle: number): number {
  return 1.482602218505602 * (median(values.map(value => Math.abs(value - middle))) ?? 0)
}

/** A median below this is 0: a percentage of it says nothing. */
export const LEAST_MEDIAN = 1e-9

/** How far `value` is below `middle`, in percent of it; undefined without both or when the middle is 0. */
export function dropPct(value: number | undefined, middle: number | undefined): number | undefined {
  if (value === undefined || middle === undefined || middle < LEAST_MEDIAN) return undefined
  return (100 * (middle - value)) / middle
}
