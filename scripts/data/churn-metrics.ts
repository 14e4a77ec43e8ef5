/**
 * Ten days of hourly metrics of the served churn model: steady, with a daily wave in the latency, until the last ten hours,
 * in which every signal is worse. Bounded noise, so that the step is the same size for every seed.
 */
import type { Random } from '../../shared/core/math/random.ts'
import { roundTo } from './generated-data.ts'

const START = Date.UTC(2025, 7, 7, 22)
const HOURS = 240
const WORSE_HOURS = 10

interface MetricsPoint {
  readonly ts: string
  readonly roc_auc: number
  readonly pr_auc: number
  readonly acc: number
  readonly latency_p95_ms: number
  readonly error_rate: number
}

/** Middle and greatest deviation of each signal. */
const STEADY = {
  rocAuc: [0.927, 0.005],
  prAuc: [0.856, 0.01],
  acc: [0.869, 0.005],
  latency: [222, 34],
  errors: [0.018, 0.008],
} as const
/** ROC-AUC 5.5 % and PR-AUC 7 % below the steady middle, p95 above 400 ms, twice the errors. */
const WORSE = {
  rocAuc: [0.876, 0.003],
  prAuc: [0.796, 0.006],
  acc: [0.862, 0.004],
  latency: [440, 34],
  errors: [0.036, 0.004],
} as const

export function metricsHistory(random: Random): MetricsPoint[] {
  return Array.from({ length: HOURS }, (_, hour) => {
    const level = hour < HOURS - WORSE_HOURS ? STEADY : WORSE
    const near = ([middle, spread]: readonly [number, number]) => middle + spread * boundedNoise(random)
    // The evening is busy: up to 30 ms more around 20:00 UTC, 30 ms less in the early morning.
    const wave = level === STEADY ? 30 * Math.cos((2 * Math.PI * (hour + 2)) / 24) : 0
    return {
      ts: new Date(START + hour * 3_600_000).toISOString().replace('.000Z', 'Z'),
      roc_auc: roundTo(near(level.rocAuc), 3),
      pr_auc: roundTo(near(level.prAuc), 3),
      acc: roundTo(near(level.acc), 3),
      latency_p95_ms: Math.round(near(level.latency) + wave),
      error_rate: roundTo(near(level.errors), 3),
    }
  })
}

/** In (-1, 1), most often near 0: the mean of three uniforms, spread out. */
function boundedNoise(random: Random): number {
  return ((random.uniform() + random.uniform() + random.uniform()) * 2) / 3 - 1
}
