import { expect, test } from 'vitest'
import { DRIFT, finding, planOf, point, points, type WrittenPoint } from './history.fixture.ts'

/** Deterministic wobble in [-1, 1]. */
const wobble = (i: number) => Math.sin(12.9898 * i) * Math.cos(78.233 * i)

/** `count` points that vary a little, `last` of them changed. */
function noisy(count: number, last: readonly WrittenPoint[]): WrittenPoint[] {
  return Array.from({ length: count }, (_, i) =>
    point(i, {
      roc_auc: 0.9 + 0.003 * wobble(i),
      pr_auc: 0.6 + 0.005 * wobble(i + 0.3),
      latency_p95_ms: 200 + 20 * wobble(i + 0.6),
      error_rate: 0.02 + 0.004 * wobble(i + 0.9),
      ...last[i - count + last.length],
    }),
  )
}

const WORSE = { roc_auc: 0.86, pr_auc: 0.56, latency_p95_ms: 440, error_rate: 0.04 }
const critical = { drift: DRIFT }

test('when all signals step within the same hour, going back comes before training', () => {
  const plan = planOf(noisy(100, [WORSE, WORSE, WORSE]), critical)
  expect(plan.actions).toEqual(['open_incident', 'roll_back_model', 'trigger_retraining', 'page_oncall=false'])
  const signals = ['roc_auc', 'pr_auc', 'latency_p95_ms', 'error_rate']
  expect(finding(plan, 'same_hour_step')).toEqual({ at: '2026-01-05T01:00:00Z', signals })
  expect(plan.rationale).toContain('got worse within one hour at 2026-01-05T01:00:00Z: that looks like a deploy')
})

test('one hour apart is the same hour, two hours is not', () => {
  const { error_rate: _, ...allButErrors } = WORSE
  const steps = (hours: number) =>
    planOf(noisy(100, [...new Array(hours).fill(allButErrors), WORSE, WORSE, WORSE]), critical)
  expect(finding(steps(1), 'same_hour_step')).toMatchObject({ at: '2026-01-05T00:00:00Z' })
  expect(finding(steps(2), 'same_hour_step')).toBeUndefined()
  expect(steps(2).actions).not.toContain('roll_back_model')
})

test.each<[string, WrittenPoint[]]>([
  ['the latency did not step', new Array(3).fill({ ...WORSE, latency_p95_ms: 200 })],
  ['it is one point so far', [WORSE]],
  ['it was a slow drift', Array.from({ length: 60 }, (_, i) => slope(i / 60))],
  ['the signals got better', new Array(3).fill({ roc_auc: 0.99, pr_auc: 0.8, latency_p95_ms: 90, error_rate: 0.001 })],
])('no going back when %s', (_, last) => {
  const plan = planOf(noisy(160, last), critical)
  expect(plan.actions).not.toContain('roll_back_model')
  expect(finding(plan, 'same_hour_step')).toBeUndefined()
})

function slope(share: number): WrittenPoint {
  return {
    roc_auc: 0.9 - 0.1 * share,
    pr_auc: 0.6 - 0.1 * share,
    latency_p95_ms: 200 + 300 * share,
    error_rate: 0.02 + 0.04 * share,
  }
}

test('signals that were never measured do not stop the others from agreeing, but one alone agrees with nobody', () => {
  const none = { latency_p95_ms: null, error_rate: null, acc: null }
  const without = (missing: object) => noisy(100, [WORSE, WORSE]).map(one => ({ ...one, ...missing }))
  expect(finding(planOf(without(none), critical), 'same_hour_step')).toMatchObject({ signals: ['roc_auc', 'pr_auc'] })
  expect(finding(planOf(without({ ...none, pr_auc: null }), critical), 'same_hour_step')).toBeUndefined()
})

test('a step makes no status: the same plan without drift is a warning and trains only', () => {
  const plan = planOf(noisy(100, [WORSE, WORSE]))
  expect(plan).toMatchObject({ status: 'warn', actions: ['trigger_retraining', 'raise_thresholds'] })
  expect(finding(plan, 'same_hour_step')).toBeDefined()
})

test('robust z-scores are in deviations of 1.4826 MAD, for at least eight values that vary', () => {
  // Values 1 … 9 by 0.1: median 0.5, MAD 0.2; the latest 0.9.
  const list = Array.from({ length: 9 }, (_, i) => point(i, { acc: (i + 1) / 10 }))
  const plan = planOf([...list, point(9, { acc: 0.9 })])
  expect(finding(plan, 'robust_z')).toEqual({ acc: 1.3 })
  expect(finding(planOf([...list.slice(0, 7), point(9)]), 'robust_z')).toBeUndefined()
})

test('one bad point after good ones is a spike so far, two are not', () => {
  const bad = { roc_auc: 0.9, pr_auc: 0.5, latency_p95_ms: 500 }
  expect(finding(planOf(points(24, bad)), 'single_point_spike')).toEqual(['roc_auc', 'latency_p95_ms'])
  expect(finding(planOf(points(24, bad, bad)), 'single_point_spike')).toBeUndefined()
  expect(finding(planOf(points(24, {})), 'single_point_spike')).toBeUndefined()
})

test('good points after two bad ones are a recovery under way, until the third', () => {
  const bad = { pr_auc: 0.3, latency_p95_ms: 500 }
  const recovery = (...last: WrittenPoint[]) => finding(planOf(points(24, ...last)), 'recovery_under_way')
  const after = (good: number) => ({
    pr_auc: `${good} good of 3 in a row`,
    latency_p95_ms: `${good} good of 3 in a row`,
  })
  expect(recovery(bad, bad)).toBeUndefined()
  expect(recovery(bad, bad, {})).toEqual(after(1))
  expect(recovery(bad, bad, {}, {})).toEqual(after(2))
  expect(recovery(bad, bad, {}, {}, {})).toBeUndefined()
  expect(recovery(bad, {})).toBeUndefined()
})

test('an error rate is up when both of the latest two are half as much again, from 0 too', () => {
  const up = (...last: number[]) =>
    finding(planOf(points(24, ...last.map(rate => ({ error_rate: rate })))), 'error_rate_up')
  expect(up(0.0151, 0.0151)).toEqual({ baseline_median: 0.01, latest: 0.0151 })
  expect(up(0.015, 0.0151)).toBeUndefined()
  expect(up(0.03, 0.012)).toBeUndefined()
  const fromZero = points(24, {}, {}).map((one, i) => ({ ...one, error_rate: i < 24 ? 0 : 0.006 }))
  expect(finding(planOf(fromZero), 'error_rate_up')).toEqual({ baseline_median: 0, latest: 0.006 })
})

test('a fault that has entered the baseline is told, with the drop against the points before it', () => {
  const plan = planOf(noisy(160, new Array(100).fill({ roc_auc: 0.8 })))
  // More than half of the baseline is bad: the median is 0.8 and by the rules nothing fell.
  expect([plan.status, finding(plan, 'roc_auc_drop_pct')]).toEqual(['healthy', 0])
  expect(finding(plan, 'fault_in_baseline')).toMatchObject({ since: '2026-01-03T12:00:00Z', points: 99, of: 159 })
  const { roc_auc_drop_pct_against_before: drop } = finding(plan, 'fault_in_baseline') as Record<string, number>
  expect(drop).toBeCloseTo(100 / 9, 0)
  expect(finding(planOf(noisy(160, [{ roc_auc: 0.8 }])), 'fault_in_baseline')).toBeUndefined()
})

test('a fault that fills the whole baseline is still seen, from the week before', () => {
  const plan = planOf(noisy(330, new Array(200).fill({ roc_auc: 0.8 })))
  expect(finding(plan, 'fault_in_baseline')).toMatchObject({ points: 168, of: 168 })
})

test('data is stale after three usual intervals, and only with a clock', () => {
  const list = points(24, {})
  const hours = (after: number) => (Date.UTC(2026, 0, 2) + after * 3_600_000) * 1000
  expect(finding(planOf(list), 'stale_data_hours')).toBeUndefined()
  expect(finding(planOf(list, { nowUs: hours(3) }), 'stale_data_hours')).toBeUndefined()
  const stale = planOf(list, { nowUs: hours(30.25) })
  expect([stale.status, finding(stale, 'stale_data_hours')]).toEqual(['healthy', 30.3])
})
