import { expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { type Incoming, MAX_BODY_BYTES, makeEndpoint, routePath } from './endpoint.ts'
import type { Handler } from './handler.ts'
import type { RequestEntry } from './log.ts'

const echo: Handler = async ({ method, path, body, bodyBytes, requestId }) => ({
  status: 200,
  body: { method, path, body, bodyBytes, requestId },
  log: { rows: 7 },
})

/** An endpoint over two routes, with a clock of 5 ms per look, ids counted, and the log kept. */
function makeSubject(handler: Handler = echo) {
  const entries: RequestEntry[] = []
  let clock = 0
  let ids = 0
  const endpoint = makeEndpoint({
    routes: { '/predict': { POST: handler }, '/health': { GET: handler } },
    log: { request: entry => void entries.push(entry), info: () => {}, warn: () => {}, error: () => {} },
    now: () => (clock += 5),
    makeId: () => `id-${++ids}`,
  })
  return { endpoint, entries }
}

const json = { 'content-type': 'application/json', 'content-length': '3' }

function post(overrides: Partial<Incoming> = {}): Incoming {
  const readBody = async () => ({ value: [1], bytes: 3 })
  return { method: 'POST', target: '/predict', headers: json, readBody, ...overrides }
}

function get(target: string, method = 'GET'): Incoming {
  return { method, target, headers: {}, readBody: () => Promise.reject(new Error('a GET has no body to read')) }
}

test('a request reaches its handler and the answer is finished JSON', async () => {
  const { endpoint, entries } = makeSubject()
  const { status, headers, body } = await endpoint(post())
  expect(JSON.parse(body)).toEqual({ method: 'POST', path: '/predict', body: [1], bodyBytes: 3, requestId: 'id-1' })
  expect(status).toBe(200)
  expect(headers).toEqual({
    'content-type': 'application/json',
    'content-length': String(body.length),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': 'id-1',
  })
  expect(entries).toEqual([
    {
      method: 'POST',
      path: '/predict',
      status: 200,
      durationMs: 5,
      requestId: 'id-1',
      fields: { rows: 7 },
      error: undefined,
    },
  ])
})

test('a text goes out as it is, with its own content type and its length in bytes', async () => {
  const headers = { 'content-type': 'application/yaml' }
  const { endpoint } = makeSubject(async () => ({ status: 200, headers, body: { a: 'é' }, text: 'a: é\n' }))
  const answer = await endpoint(post())
  expect(answer).toMatchObject({ body: 'a: é\n', headers: { ...headers, 'content-length': '6' } })
})

test.each([
  ['/predict/', '/predict'],
  ['//predict', '/predict'],
  ['/predict?key=secret', '/predict'],
  ['/predict#top', '/predict'],
  ['/', '/'],
  ['', '/'],
  ['?x', '/'],
  ['http://localhost:8080/predict?x=1', '/predict'],
  ['http://localhost', '/'],
  ['/%70redict', '/%70redict'],
  ['/%zz', '/%zz'],
  ['/predict/../health', '/predict/../health'],
  ['*', '/*'],
])('the target %j asks for the path %j', (target, path) => {
  expect(routePath(target)).toBe(path)
})

test.each(['/unknown', '/%70redict', '/%zz', '/__proto__', '/constructor', '/predict/extra', '*'])(
  'the path %s is a 404 that says what there is',
  async target => {
    const { status, headers, body } = await makeSubject().endpoint(get(target))
    expect(status).toBe(404)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(body).detail).toBe('there is nothing at this path; the paths are /predict, /health')
  },
)

test.each([
  ['GET', '/predict', 'POST'],
  ['HEAD', '/predict', 'POST'],
  ['PUT', '/predict', 'POST'],
  ['OPTIONS', '/predict', 'POST'],
  ['POST', '/health', 'GET, HEAD'],
  ['DELETE', '/health', 'GET, HEAD'],
])('%s %s is a 405 that allows %s', async (method, target, allow) => {
  const { status, headers } = await makeSubject().endpoint(get(target, method))
  expect([status, headers.allow, headers['content-type']]).toEqual([405, allow, 'application/problem+json'])
})

test('HEAD is answered by the handler of GET', async () => {
  const { status, body } = await makeSubject().endpoint(get('/health', 'HEAD'))
  expect([status, JSON.parse(body).method]).toEqual([200, 'GET'])
})

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'application/json; charset="utf-8"',
  'Application/JSON',
  'application/cloudevents+json',
  'application/vnd.api+json; charset=utf-8',
])('the content type %s is taken', async type => {
  expect((await makeSubject().endpoint(post({ headers: { ...json, 'content-type': type } }))).status).toBe(200)
})

const unread = () => Promise.reject(new Error('the body must not be read'))

test.each([
  undefined,
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/json; charset=utf-16',
  'application/json, text/html',
  'text/json',
  '',
])('the content type %s is a 415 that names it, before the body is read', async type => {
  const headers = { ...json, 'content-type': type }
  const { status, body } = await makeSubject().endpoint(post({ headers, readBody: unread }))
  const { title, detail } = JSON.parse(body)
  expect([status, title]).toEqual([415, 'Unsupported media type'])
  expect(detail).toBe(
    `the content type is ${type === undefined ? 'absent' : `"${type}"`}; allowed: application/json in UTF-8`,
  )
})

test('a compressed body is a 415, identity is none', async () => {
  const send = (encoding: string) =>
    makeSubject().endpoint(post({ headers: { ...json, 'content-encoding': encoding } }))
  expect((await send('gzip')).status).toBe(415)
  expect((await send('br')).status).toBe(415)
  expect((await send('identity')).status).toBe(200)
})

test('an announced length over the limit is a 413 before the body is read, the limit itself is taken', async () => {
  const send = (bytes: number, readBody = post().readBody) =>
    makeSubject().endpoint(post({ headers: { ...json, 'content-length': String(bytes) }, readBody }))
  const refused = await send(MAX_BODY_BYTES + 1, unread)
  expect(refused.status).toBe(413)
  expect(JSON.parse(refused.body).detail).toBe('a request body may have 10,485,760 bytes; this one has 10,485,761')
  expect((await send(MAX_BODY_BYTES)).status).toBe(200)
})

test('a POST without a body reaches the handler, whatever its content type', async () => {
  const { body } = await makeSubject().endpoint(post({ headers: { 'content-length': '0' }, readBody: unread }))
  expect(JSON.parse(body)).toMatchObject({ method: 'POST', bodyBytes: 0 })
  expect(JSON.parse(body)).not.toHaveProperty('body')
})

test('a client that left before the end of its body is a 408 in the log', async () => {
  const { endpoint, entries } = makeSubject(() => Promise.reject(new Error('must not be called')))
  await endpoint(post({ readBody: async () => undefined }))
  expect(entries[0]).toMatchObject({ status: 408, error: undefined })
})

test.each(['a', 'A-z_0.9', 'x'.repeat(128)])('the request id %s is taken over', async id => {
  const { headers, body } = await makeSubject().endpoint(post({ headers: { ...json, 'x-request-id': id } }))
  expect([headers['x-request-id'], JSON.parse(body).requestId]).toEqual([id, id])
})

test.each(['', 'x'.repeat(129), 'a b', 'a\r\nset-cookie: b', 'ä', '<script>'])(
  'the request id %j is replaced',
  async id => {
    const { headers } = await makeSubject().endpoint(post({ headers: { ...json, 'x-request-id': id } }))
    expect(headers['x-request-id']).toBe('id-1')
  },
)

test('an AppError becomes its problem document and is given to the log', async () => {
  const error = new AppError('NO_CHAMPION', 'the registry has no champion')
  const { endpoint, entries } = makeSubject(() => Promise.reject(error))
  const { status, headers, body } = await endpoint(post())
  expect([status, headers['content-type']]).toEqual([503, 'application/problem+json'])
  expect(JSON.parse(body)).toMatchObject({ detail: 'the registry has no champion', request_id: 'id-1' })
  expect(entries[0]).toMatchObject({ status: 503, error })
})

test.each<[string, Handler]>([
  ['rejects with a plain Error', () => Promise.reject(new Error('secret at /srv/app.ts'))],
  [
    'throws before it gives a promise',
    () => {
      throw new TypeError('secret')
    },
  ],
  ['rejects with no error at all', () => Promise.reject('secret')],
  ['answers what is no JSON', async () => ({ status: 200, body: { secret: 1n } })],
])('a handler that %s is a 500 without a word of it, and the log gets the error', async (_, handler) => {
  const { endpoint, entries } = makeSubject(handler)
  const { status, headers, body } = await endpoint(post())
  expect([status, headers['content-type']]).toEqual([500, 'application/problem+json'])
  expect(body).not.toMatch(/secret|app\.ts|BigInt/)
  expect(JSON.parse(body).request_id).toBe('id-1')
  expect(entries[0].error).toBeDefined()
})

test('the length counts bytes, not characters', async () => {
  const { headers, body } = await makeSubject(async () => ({ status: 200, body: '>50K ≥ ä' })).endpoint(post())
  expect(headers['content-length']).toBe(String(new TextEncoder().encode(body).length))
})
