import { expect, test } from 'vitest'
import { traceFields, traceOf } from './trace.ts'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'

test.each([
  [
    'the example of the W3C recommendation',
    { traceparent: `00-${ID}-00f067aa0ba902b7-01` },
    { traceId: ID, spanId: '00f067aa0ba902b7', isSampled: true },
  ],
  ['not sampled', { traceparent: `00-${ID}-00f067aa0ba902b7-00` }, { traceId: ID, isSampled: false }],
  ['a later version with more', { traceparent: `01-${ID}-00f067aa0ba902b7-01-extra` }, { traceId: ID }],
  [
    "Google's header, whose span is decimal",
    { 'x-cloud-trace-context': `${ID}/255;o=1` },
    { traceId: ID, spanId: '00000000000000ff', isSampled: true },
  ],
  ["Google's header with the id alone", { 'x-cloud-trace-context': ID.toUpperCase() }, { traceId: ID }],
  [
    'both: the standard one',
    { traceparent: `00-${ID}-00f067aa0ba902b7-01`, 'x-cloud-trace-context': `${'1'.repeat(32)}/1` },
    { traceId: ID },
  ],
  [
    'a broken standard one and a good one of Google',
    { traceparent: 'x', 'x-cloud-trace-context': `${'1'.repeat(32)}/1` },
    { traceId: '1'.repeat(32) },
  ],
])('%s', (_, headers, expected) => {
  expect(traceOf(headers)).toMatchObject(expected)
})

test.each([
  [{}],
  [{ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
  [{ traceparent: `00-${ID}-${'0'.repeat(16)}-01` }],
  [{ traceparent: `ff-${ID}-00f067aa0ba902b7-01` }],
  [{ traceparent: `00-${ID.toUpperCase()}-00f067aa0ba902b7-01` }],
  [{ traceparent: [`00-${ID}-00f067aa0ba902b7-01`] }],
  [{ 'x-cloud-trace-context': `${ID}x` }],
  [{ 'x-cloud-trace-context': `${ID}"}\n{"severity":"EMERGENCY"` }],
])('%j names no trace', headers => {
  expect(traceOf(headers)).toBeUndefined()
})

test('the fields are those that Cloud Logging reads, with the project where it is known', () => {
  const trace = { traceId: ID, spanId: '00f067aa0ba902b7', isSampled: true }
  expect(traceFields(trace, 'my-project')).toEqual({
    'logging.googleapis.com/trace': `projects/my-project/traces/${ID}`,
    'logging.googleapis.com/spanId': '00f067aa0ba902b7',
    'logging.googleapis.com/trace_sampled': true,
  })
  expect(traceFields({ traceId: ID }, undefined)).toEqual({ 'logging.googleapis.com/trace': ID })
})
