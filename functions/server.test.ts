import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { MAX_BODY_BYTES } from '../shared/adapters/http/endpoint.ts'
import type { Handler } from '../shared/adapters/http/handler.ts'
import type { RequestEntry } from '../shared/adapters/http/log.ts'
import { MAX_HELD_BYTES } from './read-body.ts'
import { type RunningServer, type ServerOptions, startServer } from './server.ts'

const running: RunningServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(server => server.close({ timeoutMs: 500 })))
})

const count: Handler = async ({ body, bodyBytes }) => ({ status: 200, body: { body: body ?? 'none', bodyBytes } })
const ok: Handler = async () => ({ status: 200, body: { status: 'ok' } })

/** A server on loopback that answers what it read, with its log kept. */
async function start(options: Partial<ServerOptions> = {}) {
  const entries: RequestEntry[] = []
  const server = await startServer({
    routes: { '/predict': { POST: count }, '/health': { GET: ok } },
    log: { request: entry => void entries.push(entry), info: () => {}, warn: () => {}, error: () => {} },
    port: 0,
    host: '127.0.0.1',
    ...options,
  })
  running.push(server)
  return { server, entries, port: server.port, url: `http://127.0.0.1:${server.port}` }
}

/** Whatever a test expects it to be: a wrong guess fails the test. */
// biome-ignore lint/suspicious/noExplicitAny: parsed JSON
type Json = any

const json = { 'content-type': 'application/json' }

async function post(url: string, body: RequestInit['body'], headers: Record<string, string> = json) {
  const init = { method: 'POST', body, headers, duplex: 'half' }
  const response = await fetch(`${url}/predict`, init as RequestInit)
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
}

/** Sends the pieces one after the other and gives everything that came back until the server closed the connection. */
function talk(port: number, pieces: readonly string[], pauseMs = 20): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1')
    socket.on('data', data => (answer += data))
    socket.on('error', (error: NodeJS.ErrnoException) => (answer ? resolve(answer) : reject(error)))
    socket.on('close', () => resolve(answer))
    for (const [n, piece] of pieces.entries()) {
      setTimeout(() => socket.writable && socket.write(piece, 'latin1'), n * pauseMs)
    }
  })
}

const head = (...lines: string[]): string =>
  `${['POST /predict HTTP/1.1', 'host: x', 'content-type: application/json', ...lines].join('\r\n')}\r\n\r\n`

test('a body is read and parsed, whether its length is announced or it comes in chunks', async () => {
  const { url } = await start()
  expect((await post(url, '[1, "ä"]')).body).toEqual({ body: [1, 'ä'], bodyBytes: 9 })
  const chunks = new ReadableStream({
    start(controller) {
      for (const piece of ['[1, ', '"\xc3', '\xa4"]'])
        controller.enqueue(Uint8Array.from(piece, char => char.charCodeAt(0)))
      controller.close()
    },
  })
  expect((await post(url, chunks)).body).toEqual({ body: [1, 'ä'], bodyBytes: 9 })
})

test('an empty body is no body', async () => {
  const { url } = await start()
  expect((await post(url, '')).body).toEqual({ body: 'none', bodyBytes: 0 })
  const empty = new ReadableStream({ start: controller => controller.close() })
  expect((await post(url, empty)).body).toEqual({ body: 'none', bodyBytes: 0 })
})

test('HEAD has the headers of GET and no body', async () => {
  const { url } = await start()
  const response = await fetch(`${url}/health`, { method: 'HEAD' })
  expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '15', ''])
})

test.each([
  ['broken JSON', '[{"secret": oops}]', json, 400, 'line 1, column 13'],
  ['a NaN token', '[{"secret": NaN}]', json, 400, 'NaN and Infinity are not JSON numbers'],
  ['half a text', '[{"secret": ', json, 400, 'the text ends too early'],
  ['broken UTF-8', Buffer.from('["secret \xff"]', 'latin1'), json, 400, 'not valid UTF-8'],
  ['plain text', '[{"secret": 1}]', { 'content-type': 'text/plain' }, 415, 'application/json'],
  ['gzip', gzipSync('["secret"]'), { ...json, 'content-encoding': 'gzip' }, 415, 'without compression'],
])('%s is a problem document that repeats nothing of it', async (_, body, headers, status, detail) => {
  const { url } = await start()
  const answer = await post(url, body, headers)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
  expect(answer.body.detail).toContain(detail)
  expect(JSON.stringify(answer.body)).not.toContain('secret')
})

test('a body of exactly the limit is read, one byte more is a 413', async () => {
  const { url } = await start({
    routes: { '/predict': { POST: async ({ bodyBytes }) => ({ status: 200, body: bodyBytes }) } },
  })
  const full = `"${'x'.repeat(MAX_BODY_BYTES - 2)}"`
  expect((await post(url, full)).body).toBe(MAX_BODY_BYTES)
  expect((await post(url, `${full} `)).status).toBe(413)
})

test('a client that sends 11 MB gets its 413, announced or in chunks, and the server goes on', async () => {
  const { url, entries } = await start()
  const megabyte = Buffer.alloc(1024 * 1024, 'x')
  for (let round = 0; round < 3; round++) {
    const announced = await post(url, Buffer.concat(Array(11).fill(megabyte)))
    expect([announced.status, announced.body.title, announced.headers.get('connection')]).toEqual([
      413,
      'Payload too large',
      'close',
    ])
    const chunked = await post(url, ReadableStream.from(Array(11).fill(megabyte)))
    expect([chunked.status, chunked.body.title]).toEqual([413, 'Payload too large'])
  }
  expect(entries.map(entry => entry.status)).toEqual(Array(6).fill(413))
  expect((await post(url, '[1]')).status).toBe(200)
})

test('bodies that are too much together are a 503 to try again, one row is always answered, and soon all are', async () => {
  const { url, port } = await start({
    routes: { '/predict': { POST: async ({ bodyBytes }) => ({ status: 200, body: bodyBytes }) } },
  })
  const large = `"${'x'.repeat(MAX_BODY_BYTES - 2)}"`
  // All but the last byte, and so held.
  const count = Math.floor(MAX_HELD_BYTES / MAX_BODY_BYTES)
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1')
      await new Promise<unknown>(resolve => {
        socket.write(head(`content-length: ${large.length}`, 'connection: close'))
        socket.write(large.slice(0, -1), resolve)
      })
      return socket
    }),
  )
  await expect.poll(async () => (await post(url, large)).status, { timeout: 10_000 }).toBe(503)
  const refused = await post(url, large)
  expect(refused).toMatchObject({ status: 503, body: { title: 'Overloaded' } })
  expect(refused.headers.get('retry-after')).toBe('1')
  expect((await post(url, '[1]')).status).toBe(200)
  const answers = sockets.map(socket => {
    let answer = ''
    socket.on('data', data => (answer += data))
    return new Promise<string>(resolve => socket.on('close', () => resolve(answer)))
  })
  sockets[0].destroy()
  for (const socket of sockets.slice(1)) socket.write(large.slice(-1))
  for (const answer of (await Promise.all(answers)).slice(1)) expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect((await post(url, large)).body).toBe(MAX_BODY_BYTES)
})

test('an endless body is refused at the limit and cut off soon after', async () => {
  const { port } = await start()
  let sent = 0
  let answer = ''
  await new Promise<void>(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(head('transfer-encoding: chunked'))
      send()
    })
    const chunk = Buffer.from(`40000\r\n${'x'.repeat(0x40000)}\r\n`)
    const send = (): void => {
      if (!socket.writable) return
      sent += chunk.length
      socket.write(chunk, error => error ?? send())
    }
    socket.on('data', data => (answer += data))
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(sent).toBeGreaterThan(4 * MAX_BODY_BYTES)
  // The limit, the bounded rest, and what the sockets buffered.
  expect(sent).toBeLessThan(8 * MAX_BODY_BYTES)
})

test('who asks with Expect: 100-continue is refused before sending, or told to go on', async () => {
  const { port } = await start()
  const tooLarge = await talk(port, [head('content-length: 99999999', 'expect: 100-continue')])
  expect(tooLarge).toMatch(/^HTTP\/1\.1 413 /)
  const wrongType = await talk(port, [
    head('content-length: 9', 'expect: 100-continue').replace('application/json', 'text/plain'),
  ])
  expect(wrongType).toMatch(/^HTTP\/1\.1 415 /)
  const asked = await talk(port, [head('content-length: 3', 'connection: close', 'expect: 100-continue'), '[7]'])
  expect(asked).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK.*\{"body":\[7\],"bodyBytes":3\}$/s)
})

test('a refused short body leaves the connection usable', async () => {
  const { port } = await start()
  const wrongType = head('content-length: 3').replace('application/json', 'text/plain')
  const both = await talk(port, [wrongType, '[1]', `${head('content-length: 3', 'connection: close')}[2]`])
  expect(both.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200'])
})

test('two requests in one packet are answered in their order', async () => {
  const { port } = await start()
  const both = await talk(port, [`${head('content-length: 3')}[1]${head('content-length: 3', 'connection: close')}[2]`])
  expect(both.match(/\{"body":\[\d\]/g)).toEqual(['{"body":[1]', '{"body":[2]'])
})

test.each([
  ['no HTTP at all', 'GARBAGE\r\n\r\n', 400],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['two lengths', head('content-length: 3', 'content-length: 4'), 400],
  ['length and chunks', head('content-length: 3', 'transfer-encoding: chunked'), 400],
  ['a negative length', head('content-length: -1'), 400],
  ['a broken chunk', `${head('transfer-encoding: chunked')}zz\r\n`, 400],
  ['no host', 'GET /health HTTP/1.1\r\n\r\n', 400],
  ['endless headers', head(`x-big: ${'x'.repeat(20_000)}`), 431],
  ['an unknown expectation', head('content-length: 3', 'expect: a miracle', 'connection: close'), 417],
])('%s is refused with a bare status', async (_, bytes, status) => {
  const { port, url } = await start()
  expect(await talk(port, [bytes])).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\r\n\r\n$`))
  expect((await fetch(`${url}/health`)).status).toBe(200)
})

test.each([
  ['headers', ['POST /predict HT', 'TP/1.1\r\n']],
  ['a body', [head('content-length: 10'), '[1']],
])('a client that does not finish %s is a 408', async (_, pieces) => {
  const { port } = await start({ requestTimeoutMs: 200 })
  expect(await talk(port, pieces)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
})

test('a client that breaks off in its body is logged and harms nobody', async () => {
  const { port, url, entries } = await start()
  await new Promise<void>(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${head('content-length: 10')}[1`)
      setTimeout(() => socket.destroy(), 30)
    })
    socket.on('close', () => resolve())
  })
  expect((await fetch(`${url}/health`)).status).toBe(200)
  await expect.poll(() => entries.map(entry => entry.status).sort()).toEqual([200, 408])
})

test('a connection is kept for the next request', async () => {
  const { port } = await start()
  const get = (close: boolean): string =>
    `GET /health HTTP/1.1\r\nhost: x\r\n${close ? 'connection: close\r\n' : ''}\r\n`
  const answers = await talk(port, [get(false), get(false), get(true)])
  expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3)
})

test('close finishes the request in flight, takes no new one, and ends idle connections', async () => {
  let release = (): void => {}
  const gate = new Promise<void>(resolve => (release = resolve))
  const slow: Handler = async () => {
    await gate
    return { status: 200, body: 'done' }
  }
  const { server, port, url } = await start({ routes: { '/predict': { POST: slow }, '/health': { GET: ok } } })
  await fetch(`${url}/health`)
  const inFlight = post(url, '[1]')
  await new Promise(resolve => setTimeout(resolve, 50))
  const closed = server.close()
  await expect(talk(port, ['x'])).rejects.toThrow('ECONNREFUSED')
  release()
  const answer = await inFlight
  expect([answer.status, answer.body, answer.headers.get('connection')]).toEqual([200, 'done', 'close'])
  await closed
})

test('while close lingers, requests on a kept connection are answered and told that it ends', async () => {
  const { server, url } = await start()
  await fetch(`${url}/health`)
  const closed = server.close({ lingerMs: 200 })
  const answer = await fetch(`${url}/health`)
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
  await closed
  await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed')
})

test('close cuts off what does not end within the limit', async () => {
  const never: Handler = () => new Promise(() => {})
  const { server, url } = await start({ routes: { '/predict': { POST: never } } })
  const hanging = post(url, '[1]').catch(() => 'cut off')
  await new Promise(resolve => setTimeout(resolve, 50))
  await server.close({ timeoutMs: 50 })
  expect(await hanging).toBe('cut off')
})

test('a port in use is refused with the variable to change', async () => {
  const { port } = await start()
  await expect(start({ port })).rejects.toThrow(`port ${port} cannot be listened on: it is in use; set PORT to another`)
})
