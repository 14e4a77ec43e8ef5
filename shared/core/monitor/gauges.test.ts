import { expect, test } from 'vitest'
import type { DriftReport, PredictionDrift } from '../drift/report.ts'
import { driftGauges, planGauges } from './gauges.ts'
import { historyOf, planOf, point, points } from './history.fixture.ts'

const latestOf = (list: readonly object[]) => historyOf(list).points.at(-1)

function reportOf(features: DriftReport['features'], prediction: object): DriftReport {
  return { threshold: 0.2, overall_drift: false, features, details: { prediction } } as unknown as DriftReport
}

test('a plan gives its status as a number and both areas of the point it judges', () => {
  const list = points(24, { roc_auc: 0.5, pr_auc: 0.25 })
  expect(planGauges(planOf(list), latestOf(list))).toEqual([
    { name: 'plan_status', value: 2, labels: {} },
    { name: 'roc_auc', value: 0.5, labels: {} },
    { name: 'pr_auc', value: 0.25, labels: {} },
  ])
})

test('healthy is 0, warn is 1: an alert on more than 1 is one on critical', () => {
  const statusOf = (list: readonly object[]) => planGauges(planOf(list), latestOf(list))[0].value
  expect(statusOf(points(24, {}))).toBe(0)
  expect(statusOf(points(24, { roc_auc: 0.96 }))).toBe(1)
})

test('what was not measured is no gauge', () => {
  const list = [point(0, { roc_auc: null, pr_auc: null })]
  expect(planGauges(planOf(list), latestOf(list)).map(({ name }) => name)).toEqual(['plan_status'])
  expect(planGauges(planOf([]), undefined).map(({ name }) => name)).toEqual(['plan_status'])
})

test('a drift report gives the PSI of each feature that could be compared, by its name', () => {
  expect(driftGauges(reportOf({ a: 0.31, b: null, c: 0 }, { absent: 'no model' }))).toEqual([
    { name: 'psi', value: 0.31, labels: { feature: 'a' } },
    { name: 'psi', value: 0, labels: { feature: 'c' } },
  ])
})

test('a report with the answers of the model gives their share of positives now', () => {
  const prediction: Partial<PredictionDrift> = { positive_rate: { reference: 0.2, current: 0.35 } }
  expect(driftGauges(reportOf({}, prediction))).toEqual([{ name: 'positive_rate', value: 0.35, labels: {} }])
})
