import { expect, test } from 'vitest'
import { parseDriftReport, parseDriftText } from './drift-evidence.ts'

test('verdict, threshold and PSI are taken as they are written; a feature without PSI is left out', () => {
  const report = { threshold: 0.2, overall_drift: false, features: { a: 0.3, b: null, c: 0 }, details: { any: 1 } }
  const evidence = { overallDrift: false, threshold: 0.2, features: new Map(Object.entries({ a: 0.3, c: 0 })) }
  expect(parseDriftReport(report, 'd.json')).toEqual(evidence)
  expect(parseDriftText(`\ufeff${JSON.stringify(report)}`, 'd.json')).toEqual(evidence)
  expect(parseDriftReport({ overall_drift: true }, 'd.json')).toEqual({ overallDrift: true, features: new Map() })
})

test.each<[unknown, string]>([
  [[], 'it is a list; allowed: an object with threshold, overall_drift and features'],
  ['text', 'it is "text"; allowed: an object with threshold, overall_drift and features'],
  [{}, 'overall_drift is absent; allowed: true or false'],
  [{ overall_drift: 'true' }, 'overall_drift is "true"; allowed: true or false'],
  [{ overall_drift: true, threshold: '0.2' }, 'threshold is "0.2"; allowed: a number'],
  [{ overall_drift: true, features: [1] }, 'features is a list; allowed: an object of feature names with their PSI'],
  [{ overall_drift: true, features: { a: 'x' } }, 'features.a is "x"; allowed: a number or null'],
])('%j is no drift report', (value, rule) => {
  const error = { code: 'INVALID_REPORT', message: `d.json is no drift report: ${rule}` }
  expect(() => parseDriftReport(value, 'd.json')).toThrow(expect.objectContaining(error))
})

test.each(['', '{', 'overall_drift: true', 'NaN'])('%j is not JSON', text => {
  const message = 'd.json is not JSON; allowed: the JSON of a drift report'
  expect(() => parseDriftText(text, 'd.json')).toThrow(expect.objectContaining({ code: 'INVALID_REPORT', message }))
})

test('a report that has a PSI of no feature says that it compares nothing; one without features says nothing', () => {
  const report = { overall_drift: false, threshold: 0.2, features: { a: null, b: null } }
  expect(parseDriftReport(report, 'd')).toMatchObject({ overallDrift: false, comparesNothing: true })
  expect(parseDriftReport({ ...report, features: { a: null, b: 0 } }, 'd')).not.toHaveProperty('comparesNothing')
  expect(parseDriftReport({ ...report, features: {} }, 'd')).not.toHaveProperty('comparesNothing')
})
