import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../errors.ts'
import { parseMetricsLines, parseMetricsList, pointsUntil } from './metrics-history.ts'

const NOON = Date.UTC(2026, 0, 1, 12) * 1000

function refusal(parse: () => unknown): { message: string; messages: string[] } {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'INVALID_METRICS') throw error
    return { message: error.message, messages: error.problems.map(problem => problem.message) }
  }
  throw new Error('accepted')
}

test('points are sorted by time, of equal times the last one read counts, unknown keys are left out', () => {
  const text = [
    '{"ts": "2026-01-01T13:00:00", "roc_auc": 0.8, "region": "eu"}',
    '',
    '{"ts": "2026-01-01T12:00:00Z", "pr_auc": 0.5, "roc_auc": 0.9}\r',
    '{"ts": "2026-01-01T14:00:00+01:00", "latency_p95_ms": 12}',
  ].join('\n')
  expect(parseMetricsLines(`\ufeff${text}\n`, 'm.jsonl')).toEqual({
    points: [
      { timeUs: NOON, metrics: { roc_auc: 0.9, pr_auc: 0.5 } },
      { timeUs: NOON + 3_600_000_000, metrics: { latency_p95_ms: 12 } },
    ],
    replaced: 1,
  })
})

test('an empty text and an empty list have no points', () => {
  for (const history of [parseMetricsLines('', 'm'), parseMetricsLines('\n \n', 'm'), parseMetricsList([], 'm')]) {
    expect(history).toEqual({ points: [], replaced: 0 })
  }
})

test('null and an absent key are alike: not measured', () => {
  const { points } = parseMetricsList([{ ts: '2026-01-01T12:00Z', roc_auc: null, acc: 0 }], 'metrics')
  expect(points).toEqual([{ timeUs: NOON, metrics: { acc: 0 } }])
})

const TIME = '"ts": "2026-01-01T12:00Z"'

test.each([
  ['no JSON', '{"ts": ', 'is not JSON; allowed: one JSON object on each line'],
  [
    'the NaN of Python',
    `{${TIME}, "roc_auc": NaN}`,
    'is not JSON (NaN and Infinity are no JSON numbers; write null); allowed: one JSON object on each line',
  ],
  ['a list', '[1]', 'is a list; allowed: an object with ts and metrics'],
  ['a number', '3', 'is 3; allowed: an object with ts and metrics'],
  ['null', 'null', 'is null; allowed: an object with ts and metrics'],
  ['no time', '{"roc_auc": 1}', ': ts is absent; allowed: an ISO 8601 time such as 2026-01-31T09:30:00Z'],
  ['a time of numbers', '{"ts": 17}', ': ts is 17; allowed: an ISO 8601 time such as 2026-01-31T09:30:00Z'],
  ['a metric of text', `{${TIME}, "acc": "0.9"}`, ': acc is "0.9"; allowed: a number from 0 to 1, or null'],
  ['a share above 1', `{${TIME}, "roc_auc": 91.2}`, ': roc_auc is 91.2; allowed: a number from 0 to 1, or null'],
  ['a share below 0', `{${TIME}, "pr_auc": -0.1}`, ': pr_auc is -0.1; allowed: a number from 0 to 1, or null'],
  [
    'an endless latency',
    `{${TIME}, "latency_p95_ms": 1e999}`,
    ': latency_p95_ms is Infinity; allowed: a number from 0 to 1000000000, or null',
  ],
])('%s is refused by the number of its line', (_, line, rule) => {
  const { message } = refusal(() => parseMetricsLines(`{${TIME}}\n\n${line}`, 'm.jsonl'))
  expect(message).toBe(`m.jsonl line 3${rule.startsWith(':') ? '' : ' '}${rule}`)
})

test('all broken lines come at once, of a list by index', () => {
  const points = [{ ts: 1 }, { ts: '2026-01-01', roc_auc: Number.NaN, acc: 2 }]
  const { message, messages } = refusal(() => parseMetricsList(points, 'metrics'))
  expect(message).toBe('metrics: 3 problems')
  expect(messages).toEqual([
    'metrics [0]: ts is 1; allowed: an ISO 8601 time such as 2026-01-31T09:30:00Z',
    'metrics [1]: roc_auc is NaN; allowed: a number from 0 to 1, or null',
    'metrics [1]: acc is 2; allowed: a number from 0 to 1, or null',
  ])
})

test('points later than now are dropped and counted; one at now stays', () => {
  const list = [12, 13, 14].map(hour => ({ ts: `2026-01-01T${hour}:00Z` }))
  const { points } = parseMetricsList(list, 'metrics')
  expect(pointsUntil(points, NOON + 3_600_000_000)).toEqual({ kept: points.slice(0, 2), later: 1 })
})

test('any text gives a history or an AppError', () => {
  const lines = fc.array(fc.oneof(fc.json(), fc.string(), fc.constant(`{${TIME}}`)))
  fc.assert(
    fc.property(lines, texts => {
      try {
        parseMetricsLines(texts.join('\n'), 'm')
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
      }
    }),
  )
})
