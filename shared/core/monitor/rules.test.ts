import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generate } from '../../../scripts/data/churn.ts'
import { metricsHistory } from '../../../scripts/data/churn-metrics.ts'
import { toMonitorRules } from '../contract/monitoring-rules.ts'
import { makeRandom } from '../math/random.ts'
import { median } from './baseline.ts'
import { parseDriftText } from './drift-evidence.ts'
import {
  DRIFT,
  finding,
  historyOf,
  NO_DRIFT,
  planOf,
  point,
  points,
  RULES,
  type WrittenPoint,
} from './history.fixture.ts'
import { parseMetricsLines } from './metrics-history.ts'
import { observe } from './observation.ts'
import type { Action, Status } from './plan.ts'
import { makePlan } from './rules.ts'

const RETRAIN: Action[] = ['trigger_retraining']
const CRITICAL: Action[] = ['open_incident', 'trigger_retraining', 'page_oncall=false']
const NO_MEASURE: Action[] = ['open_incident', 'page_oncall=false']

/** Two points of 401 ms. */
const SLOW = [{ latency_p95_ms: 401 }, { latency_p95_ms: 401 }]

test.each<[string, WrittenPoint[], boolean, Status, Action[]]>([
  ['nothing', [{}], false, 'healthy', ['do_nothing']],
  ['drift alone', [{}], true, 'healthy', ['do_nothing']],
  ['ROC-AUC down by a little less than 3 %', [{ roc_auc: 0.970001 }], false, 'healthy', ['do_nothing']],
  ['ROC-AUC down by exactly 3 %', [{ roc_auc: 0.97 }], false, 'warn', RETRAIN],
  ['ROC-AUC down by a little less than 6 %', [{ roc_auc: 0.940001 }], false, 'warn', RETRAIN],
  ['ROC-AUC down by exactly 6 %', [{ roc_auc: 0.94 }], false, 'critical', CRITICAL],
  ['ROC-AUC down by all', [{ roc_auc: 0 }], false, 'critical', CRITICAL],
  ['PR-AUC up, drift', [{ pr_auc: 0.9 }], true, 'healthy', ['do_nothing']],
  ['PR-AUC down by a little less than 5 %, drift', [{ pr_auc: 0.4750001 }], true, 'healthy', ['do_nothing']],
  ['PR-AUC down by exactly 5 %, drift', [{ pr_auc: 0.475 }], true, 'critical', CRITICAL],
  ['PR-AUC down by half, no drift', [{ pr_auc: 0.25 }], false, 'healthy', ['do_nothing']],
  ['ROC-AUC down by 3 %, PR-AUC by 5 %, drift', [{ roc_auc: 0.97, pr_auc: 0.475 }], true, 'critical', CRITICAL],
  ['400 ms twice', [{ latency_p95_ms: 400 }, { latency_p95_ms: 400 }], false, 'healthy', ['do_nothing']],
  ['401 ms twice', SLOW, false, 'warn', ['raise_thresholds']],
  ['401 ms once', [{ latency_p95_ms: 401 }], false, 'healthy', ['do_nothing']],
  ['401 ms twice and then 400', [...SLOW, { latency_p95_ms: 400 }], false, 'healthy', ['do_nothing']],
  ['401 ms, 400 ms, 401 ms', [SLOW[0], { latency_p95_ms: 400 }, SLOW[0]], false, 'healthy', ['do_nothing']],
  ['ROC-AUC and latency', [SLOW[0], { ...SLOW[0], roc_auc: 0.95 }], false, 'warn', [...RETRAIN, 'raise_thresholds']],
  ['ROC-AUC down by 6 % and latency', [SLOW[0], { ...SLOW[0], roc_auc: 0.9 }], false, 'critical', CRITICAL],
])('%s after a good day', (_, last, drift, status, actions) => {
  const plan = planOf(points(24, ...last), { drift: drift ? DRIFT : NO_DRIFT })
  expect([plan.status, plan.actions]).toEqual([status, actions])
})

test.each([0.9, 0.913, 0.7, 0.333, 0.061])(
  'a drop of exactly 3 % from %d is a warning whatever doubles make of it',
  before => {
    const list = points(24).map(good => ({ ...good, roc_auc: before }))
    for (const after of [before * 0.97, before - before * 0.03, (before * 97) / 100]) {
      expect(planOf([...list, point(24, { roc_auc: after })]).status).toBe('warn')
    }
  },
)

test('the four findings of the brief come first, rounded to two places, never -0', () => {
  const plan = planOf(points(24, { roc_auc: 0.876543, pr_auc: 0.5000001, latency_p95_ms: 233.456 }), { drift: DRIFT })
  expect(plan.findings.slice(0, 4)).toEqual([
    { roc_auc_drop_pct: 12.35 },
    { pr_auc_drop_pct: 0 },
    { latency_p95_ms: 233.46 },
    { drift_overall: true },
  ])
  expect(Object.keys(plan)).toEqual(['status', 'findings', 'actions', 'rationale'])
})

test('rounding comes after the comparison: 2.996 % is shown as 3 and is healthy', () => {
  const plan = planOf(points(24, { roc_auc: 0.97004 }))
  expect([plan.status, finding(plan, 'roc_auc_drop_pct')]).toEqual(['healthy', 3])
})

test('the bounds are those of the contract', () => {
  const rules = toMonitorRules({
    auc_drop_warn_pct: 1,
    auc_drop_critical_pct: 2,
    pr_auc_drop_pct: 10,
    latency_p95_ms: 100,
    window_days: 0.5,
  })
  const status = (last: WrittenPoint, drift = DRIFT) =>
    makePlan({ history: historyOf(points(24, last)), drift, rules }).status
  expect(status({ latency_p95_ms: 50, pr_auc: 0.46 })).toBe('healthy')
  expect(status({ latency_p95_ms: 50, pr_auc: 0.45 })).toBe('critical')
  expect(status({ latency_p95_ms: 101 })).toBe('warn')
  expect(status({ latency_p95_ms: 50, roc_auc: 0.985 })).toBe('warn')
  expect(status({ latency_p95_ms: 50, roc_auc: 0.98 })).toBe('critical')
  // Points of 13 hours ago are outside of a window of 12, or their median would be 0.5.
  const old = points(24).map((good, hour) => (hour < 12 ? { ...good, roc_auc: 0.5 } : good))
  const plan = makePlan({ history: historyOf([...old, point(24)]), drift: NO_DRIFT, rules })
  expect(finding(plan, 'roc_auc_drop_pct')).toBe(0)
})

test('the window is seven days by time and includes its first moment but not its last', () => {
  const last = point(168, { roc_auc: 0.9 })
  expect(finding(planOf([point(0), last]), 'roc_auc_drop_pct')).toBe(10)
  expect(finding(planOf([point(-1), last]), 'no_baseline')).toBe('no point in the 7 days before the latest')
  // 300 points in the last hours do not push the earlier days out, as the last seven or 168 points would.
  const dense = Array.from({ length: 300 }, (_, i) => point(160 + i / 50, { roc_auc: 0.9 }))
  const days = Array.from({ length: 400 }, (_, i) => point(i / 3))
  expect(finding(planOf([...days, ...dense, last]), 'roc_auc_drop_pct')).toBe(10)
})

test.each<[string, WrittenPoint[], string | undefined, string[] | undefined]>([
  ['no points', [], 'the history has no points', undefined],
  ['one point', [point(0)], 'the history has one point', undefined],
  ['a gap of nine days', [point(0), point(216)], 'no point in the 7 days before the latest', undefined],
  [
    'no ROC-AUC before',
    [point(0, { roc_auc: null }), point(1)],
    'no point with roc_auc in the 7 days before the latest',
    undefined,
  ],
  ['a ROC-AUC of 0 before', [point(0, { roc_auc: 0 }), point(1)], 'the median of roc_auc is 0', undefined],
  ['no ROC-AUC now', [point(0), point(1, { roc_auc: null })], undefined, ['roc_auc']],
])('%s is never healthy: a person is asked, without paging', (_, list, noBaseline, missing) => {
  const plan = planOf(list)
  expect([plan.status, plan.actions]).toEqual(['warn', NO_MEASURE])
  expect(finding(plan, 'roc_auc_drop_pct')).toBeNull()
  expect(finding(plan, 'no_baseline')).toBe(noBaseline)
  expect(finding(plan, 'missing_metrics')).toEqual(missing)
  if (noBaseline !== undefined) expect(plan.rationale).toContain(`There is no baseline: ${noBaseline}.`)
})

test('without a baseline the plan tells what was measured, and only without a measurement asks where it went', () => {
  const young = planOf([point(0, { roc_auc: null, pr_auc: null }), point(1, { roc_auc: 0.94127 })]).rationale
  expect(young).toContain('ROC-AUC is 0.9413. There is no baseline: no point with roc_auc in the 7 days')
  expect(young).toContain('Not measured at the latest point or before it, so not judged: pr_auc.')
  expect(young).toContain('asks a person, by day, to judge it until there is a baseline')
  expect(planOf([point(0), point(1, { roc_auc: null })]).rationale).toContain('find out where its measurements went')
})

test('without a baseline the latency is still judged', () => {
  const plan = planOf([point(0, SLOW[0]), point(216, SLOW[0])])
  expect(plan).toMatchObject({ status: 'warn', actions: ['open_incident', 'raise_thresholds', 'page_oncall=false'] })
})

test('a metric that was not measured is a finding, and its rule does not fire', () => {
  const plan = planOf(points(24, { pr_auc: null, latency_p95_ms: null }), { drift: DRIFT })
  expect(plan.status).toBe('healthy')
  expect(plan.findings.slice(1, 3)).toEqual([{ pr_auc_drop_pct: null }, { latency_p95_ms: null }])
  expect(finding(plan, 'missing_metrics')).toEqual(['pr_auc', 'latency_p95_ms'])
  expect(plan.rationale).toContain(
    'Not measured at the latest point or before it, so not judged: pr_auc, latency_p95_ms.',
  )
})

test('a missing drift report counts as no drift and is a finding', () => {
  const history = historyOf(points(24, { pr_auc: 0.3 }))
  const plan = makePlan({ history, drift: { missing: 'd.json: no such file' }, rules: RULES })
  expect(plan.status).toBe('healthy')
  expect([finding(plan, 'drift_overall'), finding(plan, 'drift_missing')]).toEqual([false, 'd.json: no such file'])
  expect(plan.rationale).toContain('There is no drift report (d.json: no such file), which counts as no drift.')
})

test('the drift report is read as it is: its verdict counts, its features are named, a contradiction is a finding', () => {
  const features = new Map(Object.entries({ a: 0.21, b: 0.2, c: 0.5 }))
  const list = points(24, { pr_auc: 0.3 })
  const plan = planOf(list, { drift: { overallDrift: true, threshold: 0.2, features } })
  expect([plan.status, finding(plan, 'drifted_features')]).toEqual(['critical', ['c', 'a']])
  expect(finding(plan, 'drift_report_disagrees')).toBeUndefined()
  const denied = planOf(list, { drift: { overallDrift: false, threshold: 0.2, features } })
  expect(denied.status).toBe('healthy')
  expect(finding(denied, 'drift_report_disagrees')).toMatch(/^a feature is above the threshold/)
  const claimed = planOf(list, { drift: { overallDrift: true, threshold: 0.6, features } })
  expect(claimed.status).toBe('critical')
  expect(finding(claimed, 'drift_report_disagrees')).toMatch(/^no feature is above the threshold/)
})

test('points later than now are left out before anything else, and counted', () => {
  const list = points(24, {}, { roc_auc: 0.5 })
  expect(planOf(list).status).toBe('critical')
  const plan = planOf(list, { nowUs: Date.UTC(2026, 0, 2) * 1000 })
  expect([plan.status, finding(plan, 'future_points_dropped')]).toEqual(['healthy', 1])
  const none = planOf(list, { nowUs: 0 })
  expect([none.status, finding(none, 'no_baseline')]).toEqual(['warn', 'every point is later than now'])
})

test('of points with equal time the last one read counts, and the number of the others is a finding', () => {
  const plan = planOf([...points(24, { roc_auc: 0.5 }), point(24)])
  expect([plan.status, finding(plan, 'duplicate_points_replaced')]).toEqual(['healthy', 1])
})

test('a healthy plan says what was measured against what', () => {
  expect(planOf(points(24, { roc_auc: 0.99 })).rationale).toBe(
    'Healthy at 2026-01-02T00:00:00Z: no rule fired. ROC-AUC is 0.99, 1 % below 1, the median of the 24 points of the 7 days ' +
      'before (2026-01-01T00:00:00Z to 2026-01-01T23:00:00Z). PR-AUC is 0.5, level with 0.5; no overall drift is reported. ' +
      'p95 latency is 200 ms, 200 ms the point before; the limit is 400 ms.',
  )
})

interface GoldenCase {
  readonly name: string
  readonly overall_drift: boolean
  readonly points: readonly (readonly unknown[])[]
  readonly expected: Readonly<Record<string, number | string | boolean | null>> & {
    readonly robust_z: Readonly<Record<string, number | null>>
  }
}

const golden: { columns: string[]; cases: GoldenCase[] } = JSON.parse(
  readFileSync(new URL('../../../data/golden/monitor.json', import.meta.url), 'utf8'),
)

test.each(golden.cases)(
  'pandas agrees (data/golden/monitor.json): $name',
  ({ overall_drift, points: rows, expected }) => {
    const list = rows.map(row => Object.fromEntries(golden.columns.map((column, i) => [column, row[i]])))
    const plan = planOf(list, { drift: overall_drift ? DRIFT : NO_DRIFT })
    expect(plan.status).toBe(expected.status)
    if (plan.status === 'warn') expect(plan.actions.includes('raise_thresholds')).toBe(expected.latency_high)
    for (const name of ['roc_auc_drop_pct', 'pr_auc_drop_pct', 'latency_p95_ms']) {
      const value = expected[name] as number | null
      // Half a unit of the last place shown, and the last bits of the two.
      if (value === null) expect(finding(plan, name)).toBeNull()
      else expect(Math.abs((finding(plan, name) as number) - value)).toBeLessThanOrEqual(0.005 + 1e-9)
    }
    const z = (finding(plan, 'robust_z') ?? {}) as Record<string, number>
    for (const [name, value] of Object.entries(expected.robust_z)) {
      if (value === null) expect(z).not.toHaveProperty(name)
      else expect(Math.abs(z[name] - value)).toBeLessThanOrEqual(0.05 + 1e-9)
    }
  },
)

test.each(golden.cases)('medians and drops equal those of pandas to 1e-12: $name', ({ points: rows, expected }) => {
  const list = rows.map(row => Object.fromEntries(golden.columns.map((column, i) => [column, row[i]])))
  const { rocAuc, prAuc, baseline, points: kept } = observe({ history: historyOf(list), drift: NO_DRIFT, rules: RULES })
  expect([kept.length, baseline.length]).toEqual([expected.points, expected.baseline_points])
  const ours = { roc_auc_median: rocAuc.median, pr_auc_median: prAuc.median, roc_auc_drop_pct: rocAuc.dropPct }
  for (const [name, value] of Object.entries({ ...ours, pr_auc_drop_pct: prAuc.dropPct })) {
    if (expected[name] === null) expect(value).toBeUndefined()
    else expect(value).toBeCloseTo(expected[name] as number, 12)
  }
})

test("the project's own generated churn data is a deploy that went wrong: critical, go back first", () => {
  const files = new Map(generate(1).files.map(({ name, text }) => [name, text]))
  const history = parseMetricsLines(files.get('metrics_history.jsonl')!, 'm')
  const drift = parseDriftText(files.get('drift_latest.json')!, 'd')
  const plan = makePlan({ history, drift, rules: RULES })
  expect(plan.status).toBe('critical')
  expect(plan.actions).toEqual(['open_incident', 'roll_back_model', 'trigger_retraining', 'page_oncall=false'])
  expect(finding(plan, 'same_hour_step')).toMatchObject({ at: '2025-08-17T12:00:00Z' })
})

test('so it is for the history of any seed', () => {
  for (let seed = 0; seed < 30; seed++) {
    const plan = planOf(metricsHistory(makeRandom(seed)), { drift: DRIFT })
    expect([seed, plan.status, plan.actions[1]]).toEqual([seed, 'critical', 'roll_back_model'])
    expect(finding(plan, 'same_hour_step')).toMatchObject({ at: '2025-08-17T12:00:00Z' })
  }
})

/** Any history of distinct times: hours, any of the metrics missing. */
const anyMetric = (maximum: number) => fc.option(fc.double({ min: 0, max: maximum, noNaN: true }))
const anyPoints = fc.uniqueArray(
  fc.record({
    hour: fc.integer({ min: 0, max: 600 }),
    roc_auc: anyMetric(1),
    pr_auc: anyMetric(1),
    acc: anyMetric(1),
    latency_p95_ms: anyMetric(1e9),
    error_rate: anyMetric(1e9),
  }),
  { maxLength: 40, selector: ({ hour }) => hour },
)
const anyDrift = fc.constantFrom(DRIFT, NO_DRIFT)

test('the order of the points makes no difference', () => {
  const shuffled = anyPoints.chain(list =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  )
  fc.assert(
    fc.property(shuffled, anyDrift, ([list, other], drift) => {
      const [a, b] = [list, other].map(some =>
        planOf(
          some.map(({ hour, ...metrics }) => point(hour, metrics)),
          { drift },
        ),
      )
      expect(a).toEqual(b)
    }),
  )
})

test('never healthy when ROC-AUC is down by 3 % or more against the median, or cannot be compared', () => {
  fc.assert(
    fc.property(anyPoints, anyDrift, (list, drift) => {
      const sorted = [...list].sort((a, b) => a.hour - b.hour)
      const latest = sorted.at(-1)
      const before = sorted.filter(
        ({ hour, roc_auc }) => roc_auc !== null && latest && hour < latest.hour && hour >= latest.hour - 168,
      )
      const middle = median(before.map(({ roc_auc }) => roc_auc!))
      const isComparable = middle !== undefined && middle > 1e-9 && latest?.roc_auc != null
      const { status } = planOf(
        list.map(({ hour, ...metrics }) => point(hour, metrics)),
        { drift },
      )
      if (!isComparable || latest.roc_auc! <= 0.97 * middle) expect(status).not.toBe('healthy')
      if (isComparable && latest.roc_auc! <= 0.94 * middle) expect(status).toBe('critical')
    }),
  )
})

test('a plan has only the six actions, no doubled one, and survives JSON: no NaN, no endless number', () => {
  const six = [
    'do_nothing',
    'trigger_retraining',
    'raise_thresholds',
    'open_incident',
    'roll_back_model',
    'page_oncall=false',
  ]
  fc.assert(
    fc.property(
      anyPoints,
      anyDrift,
      fc.option(fc.integer({ min: 0, max: 700 }), { nil: undefined }),
      (list, drift, now) => {
        const nowUs = now === undefined ? undefined : (Date.UTC(2026, 0, 1) + now * 3_600_000) * 1000
        const plan = planOf(
          list.map(({ hour, ...metrics }) => point(hour, metrics)),
          { drift, nowUs },
        )
        expect(six).toEqual(expect.arrayContaining([...plan.actions]))
        expect(new Set(plan.actions).size).toBe(plan.actions.length)
        expect(plan.actions.includes('do_nothing')).toBe(plan.status === 'healthy')
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
        expect(plan.rationale).not.toMatch(/NaN|undefined|Infinity/)
      },
    ),
  )
})
