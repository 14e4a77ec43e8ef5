import { expect, test } from 'vitest'
import type { Decision } from '../shared/adapters/registry/decision.ts'
import { decisionText } from './registry-text.ts'

const decision = (gate: object): Decision =>
  JSON.parse(
    JSON.stringify({
      verdict: 'refused',
      version: 'v',
      champion: 1,
      at: '2026-11-21T10:00',
      by: 'gate',
      reason: 'r',
      gate,
    }),
  )

const rules = { metric: 'roc_auc', p_value: 0.05, max_calibration_loss: 0.02, max_fairness_loss: 0.02 }
const metric = { metric: 'roc_auc', champion: 0.8, challenger: 0.9, gain: 0.1, test: 't', passed: false }

test('a decision of an older log, whose rows could not tell, is shown: NaN came back from JSON as null', () => {
  const compared = {
    rows: 30,
    positives: 1,
    metric: { ...metric, low: Number.NaN, high: Number.NaN, p: Number.NaN },
    losses: [],
  }
  const text = decisionText(decision({ passed: false, reason: 'r', rules, compared }))
  expect(text).toContain('gain 0.1000 [unknown, unknown], p unknown (t; below 0.05)')
})

test('what is known about the rows, and every gap that was not judged, stands among the numbers', () => {
  const compared = { rows: 960, positives: 99, metric: { ...metric, low: 0, high: 0.2, p: 0.051 }, losses: [], not_judged: ['equal_opportunity of sex (few)'] } // biome-ignore format: one line
  const lines = decisionText(
    decision({ passed: false, reason: 'r', rules, note: '3840 of 4800 rows are left out', compared }),
  ).split('\n')
  expect(lines.slice(1)).toEqual([
    '    on 960 rows, 99 positive',
    '    note: 3840 of 4800 rows are left out',
    '    NO  roc_auc 0.9000, champion 0.8000: gain 0.1000 [0.0000, 0.2000], p 0.051 (t; below 0.05)',
    '    --  equal_opportunity of sex (few)',
  ])
})

test('a figure that got better is not "worse by" a negative number, and a gain that rounds to nothing has no sign', () => {
  const losses = [
    { figure: 'calibration_error', champion: 0.0226, challenger: 0.0105, loss: -0.0121, limit: 0.02, passed: true },
  ]
  const compared = {
    rows: 960,
    positives: 99,
    metric: { ...metric, gain: -1e-6, low: -1e-5, high: 1e-5, p: 0.8 },
    losses,
  }
  const text = decisionText(decision({ passed: false, reason: 'r', rules, compared }))
  expect(text).toContain('gain 0.0000 [0.0000, 0.0000], p 0.80')
  expect(text).toContain('calibration_error 0.0105, champion 0.0226: better by 0.0121 (worse by at most 0.02)')
})
