import { expect, test } from 'vitest'
import { AppError, type ErrorCode } from '../../core/errors.ts'
import { makeProblem } from './problem.ts'

test('an AppError is told in full: status, type, title, detail, problems and request id', () => {
  const problems = [
    { row: 1, field: 'plan_type', code: 'unknown_category', message: 'plan_type is "Gold"; allowed: Basic' },
  ]
  expect(makeProblem(new AppError('INVALID_ROWS', '1 problem', { problems }), 'r-1')).toEqual({
    status: 400,
    headers: { 'content-type': 'application/problem+json' },
    body: {
      type: 'urn:treeline:problem:invalid-rows',
      title: 'Invalid rows',
      status: 400,
      detail: '1 problem',
      errors: problems,
      request_id: 'r-1',
    },
  })
})

test('at most 100 problems are listed', () => {
  const problems = Array.from({ length: 250 }, (_, row) => ({ row, code: 'missing', message: 'x' }))
  const { body } = makeProblem(new AppError('INVALID_ROWS', '250 problems', { problems }), 'r')
  expect((body as { errors: unknown[] }).errors).toEqual(problems.slice(0, 100))
})

test('any other error says nothing of itself', () => {
  for (const thrown of [new Error('password=1234 in /srv/app.ts'), 'password=1234', undefined, { password: 1234 }]) {
    const { status, body } = makeProblem(thrown, 'r')
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toMatch(/1234|app\.ts/)
    expect(body).toMatchObject({ type: 'about:blank', title: 'Internal Server Error', request_id: 'r' })
  }
})

test('of a sink that fails the client is not told where it is', () => {
  const { status, body } = makeProblem(new AppError('SINK_FAILED', 'cannot read bigquery://p/d: 503'), 'r')
  expect([status, JSON.stringify(body)]).toEqual([503, expect.not.stringContaining('bigquery')])
  expect(body).toMatchObject({ type: 'urn:treeline:problem:sink-failed', request_id: 'r' })
})

test.each<[ErrorCode, number, string, string]>([
  ['MALFORMED_JSON', 400, 'urn:treeline:problem:malformed-json', 'Malformed JSON'],
  ['PAYLOAD_TOO_LARGE', 413, 'urn:treeline:problem:payload-too-large', 'Payload too large'],
  ['NO_CHAMPION', 503, 'urn:treeline:problem:no-champion', 'No champion'],
])('%s is %i with type %s and title %s', (code, status, type, title) => {
  expect(makeProblem(new AppError(code, 'm'), 'r')).toMatchObject({ status, body: { type, title, status } })
})
