import { expect, test } from 'vitest'
import type { HttpRequest } from '../shared/adapters/http/handler.ts'
import { AppError } from '../shared/core/errors.ts'
import { joinDetails, makeHealth } from './health.ts'

const request: HttpRequest = {
  method: 'GET',
  path: '/health',
  headers: {},
  body: undefined,
  bodyBytes: 0,
  requestId: 'r',
}

test('health is exactly {"status":"ok"} when the check passes', async () => {
  const { status, body } = await makeHealth({ check: async () => 'a model' })(request)
  expect([status, JSON.stringify(body)]).toEqual([200, '{"status":"ok"}'])
})

test('health is 503 with the reason when the check says why not', async () => {
  const check = () => Promise.reject(new AppError('NO_CHAMPION', 'the registry has no champion'))
  const { status, body } = await makeHealth({ check })(request)
  expect([status, body]).toEqual([503, { status: 'unavailable', reason: 'the registry has no champion' }])
})

test('a failure without a reason for clients is left to the endpoint', async () => {
  const bug = new TypeError('x is undefined')
  await expect(makeHealth({ check: () => Promise.reject(bug) })(request)).rejects.toBe(bug)
})

test('health is 503 when the check does not end in time', async () => {
  const { status, body } = await makeHealth({ check: () => new Promise(() => {}), limitMs: 20 })(request)
  expect([status, body]).toEqual([503, { status: 'unavailable', reason: 'the registry gave no answer within 0.02 s' }])
})

test('what is to be known although all is well stands in the details, and only then', async () => {
  let details: Record<string, unknown> | undefined = { serving: 'v1', reason: 'v2 is damaged' }
  const health = makeHealth({ check: async () => {}, details: () => details })
  expect((await health(request)).body).toEqual({ status: 'ok', details })
  details = undefined
  expect(JSON.stringify((await health(request)).body)).toBe('{"status":"ok"}')
})

test('details stand beside either answer, and only when there are any', async () => {
  const details = () => ({ sink: { lost_rows: 3 } })
  const ok = await makeHealth({ check: async () => {}, details })(request)
  expect(ok.body).toEqual({ status: 'ok', details: { sink: { lost_rows: 3 } } })
  const check = () => Promise.reject(new AppError('NO_CHAMPION', 'none'))
  expect((await makeHealth({ check, details })(request)).body).toMatchObject({ reason: 'none', details: details() })
})

test('details of several parts are one object, and none is none', () => {
  const part = { sink: { lost_rows: 3 } }
  expect(
    joinDetails(
      () => undefined,
      () => part,
    )(),
  ).toEqual(part)
  expect(joinDetails(() => undefined)()).toBeUndefined()
})
