import { expect, test } from 'vitest'
import { rowProblem } from './row-problem.ts'

const row = { time: '2026-01-05T00:00:00.000Z', model_name: 'm', model_version: null, status: 'warn', plan: '{}' }

test('a row of its table has no problem', () => {
  expect(rowProblem('plans', row)).toBeUndefined()
})

test.each<[object, string]>([
  [{ ...row, time: '2026-01-05' }, 'time is "2026-01-05"; allowed: a time such as 2026-01-31T09:30:00.000Z'],
  [{ ...row, model_name: null }, 'model_name is null; allowed: text'],
  [{ ...row, model_version: 7 }, 'model_version is 7; allowed: text, or null'],
  [{ ...row, color: 'red' }, '"color" is no column of plans'],
  [{ time: row.time }, 'model_name is absent; allowed: text'],
])('%j is refused in a sentence', (bad, problem) => {
  expect(rowProblem('plans', bad)).toBe(problem)
})

test.each([1.5, Number.NaN, 2 ** 60, '1'])('%j is no whole number', scored => {
  const drift = { ...row, overall_drift: 1, scored, report: '{}' }
  expect(rowProblem('drift_reports', drift)).toContain('scored is')
})
