import { type AddressInfo, connect } from 'node:net'
import { http } from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Endpoint, type Incoming, MAX_BODY_BYTES, makeEndpoint } from '../shared/adapters/http/endpoint.ts'
import { asHttpFunction, keepBodiesUnread, keepRefusalsOffConsole } from './framework.ts'

const seen: Incoming[] = []
const inner = makeEndpoint({
  routes: {
    '/': { POST: async ({ body, bodyBytes }) => ({ status: 200, body: { body: body ?? 'none', bodyBytes } }) },
  },
  log: { request: () => {}, info: () => {}, warn: () => {}, error: () => {} },
})
const endpoint: Endpoint = incoming => {
  seen.push(incoming)
  return inner(incoming)
}

http('subject', asHttpFunction(endpoint))
const server = getTestServer('subject')
let url: string
let letFrameworkRead: () => void
beforeAll(async () => {
  letFrameworkRead = keepBodiesUnread()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  letFrameworkRead()
  server.close()
  server.closeAllConnections()
})

async function post(body: string | Buffer | ReadableStream, type: string, path = '/') {
  const init = { method: 'POST', body, headers: { 'content-type': type }, duplex: 'half' }
  const response = await fetch(url + path, init as RequestInit)
  return { status: response.status, type: response.headers.get('content-type'), body: await response.json() }
}

test('a JSON body arrives parsed, with its size on the wire', async () => {
  expect(await post('[1, "ä"]', 'application/json')).toEqual({
    status: 200,
    type: 'application/json',
    body: { body: [1, 'ä'], bodyBytes: 9 },
  })
})

test.each(['application/json', 'application/vnd.rows+json', 'application/cloudevents+json'])(
  'a broken body of type %s is a problem document with the place, and not a page of the framework',
  async type => {
    expect((await post('[1]', type)).body).toEqual({ body: [1], bodyBytes: 3 })
    const broken = await post('[secret]', type)
    expect([broken.status, broken.type]).toEqual([400, 'application/problem+json'])
    expect(broken.body).toMatchObject({ detail: 'the body is not JSON: line 1, column 2: unexpected character' })
  },
)

test('a body of no bytes is no body', async () => {
  const empty = new ReadableStream({ start: controller => controller.close() })
  expect((await post(empty, 'application/json')).body).toEqual({ body: 'none', bodyBytes: 0 })
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream', 'text/html'])(
  'a body of type %s is a 415 problem',
  async type => {
    const answer = await post('a=1', type)
    expect([answer.status, answer.type]).toEqual([415, 'application/problem+json'])
  },
)

test('broken UTF-8 is refused, and not replaced in silence', async () => {
  const answer = await post(Buffer.from('["\xff"]', 'latin1'), 'application/json')
  expect([answer.status, answer.type]).toEqual([400, 'application/problem+json'])
})

test('more bytes than the limit are a 413 problem, announced or in chunks', async () => {
  const large = Buffer.from(`[${' '.repeat(MAX_BODY_BYTES)}]`)
  expect((await post(large, 'application/json')).status).toBe(413)
  expect((await post(ReadableStream.from([large]), 'application/json')).status).toBe(413)
})

test('a compressed body is refused before anybody unpacks it', async () => {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const response = await fetch(url, { method: 'POST', body: 'this is no gzip, and nobody has noticed', headers })
  expect([response.status, response.headers.get('content-type')]).toEqual([415, 'application/problem+json'])
})

test('of an endless body no more is read than the limit and a bounded rest, however the client goes on after its answer', async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let answer = ''
  socket.on('data', data => (answer += data)).on('error', () => {})
  const closed = new Promise(resolve => socket.on('close', resolve))
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1024 * 1024, 32), Buffer.from('\r\n')])
  const send = (): void => {
    while (socket.writable && socket.bytesWritten < 20 * MAX_BODY_BYTES && socket.write(chunk));
    if (socket.bytesWritten >= 20 * MAX_BODY_BYTES) socket.destroy()
  }
  socket.on('drain', send)
  socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n')
  send()
  await closed
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(socket.bytesWritten).toBeLessThan(8 * MAX_BODY_BYTES)
})

test('a body that somebody else has read is a 500 at once, and no request that never ends', async () => {
  letFrameworkRead()
  expect((await post('[1]', 'application/json')).status).toBe(500)
  letFrameworkRead = keepBodiesUnread()
})

test('the endpoint gets the whole target, path and query', async () => {
  seen.length = 0
  await post('[]', 'application/json', '/deep/path?x=1')
  expect(seen.map(({ method, target }) => [method, target])).toEqual([['POST', '/deep/path?x=1']])
})

test('what express would print of a refusal becomes one line of its kind, and other errors are printed', () => {
  const printed: unknown[][] = []
  const lines: string[] = []
  const target = { error: (...args: unknown[]) => void printed.push(args) }
  const log = {
    request: () => {},
    warn: () => {},
    error: () => {},
    info: (message: string) => void lines.push(message),
  }
  const restore = keepRefusalsOffConsole(target, log)
  target.error(Object.assign(new URIError("Failed to decode param '%zz'"), { status: 400 }))
  const bug = Object.assign(new Error('bug'), { status: 500 })
  target.error(bug)
  target.error('a text', 2)
  expect(lines).toEqual(['the framework refused a request: 400 URIError'])
  expect(printed).toEqual([[bug], ['a text', 2]])
  restore()
  target.error(1)
  expect(printed).toHaveLength(3)
})
