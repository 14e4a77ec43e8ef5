/**
 * Both hosts over real sockets, with one model behind them: what is right is answered alike, and everything wrong is a 4xx
 * problem document that names row and field and never repeats the body. The champion comes from `openChampion` only, so a
 * trained one can take its place.
 */

import type { AddressInfo } from 'node:net'
import { http } from '@google-cloud/functions-framework'
import { getTestServer } from '@google-cloud/functions-framework/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Incoming, MAX_ROWS, makeEndpoint } from '../shared/adapters/http/endpoint.ts'
import type { Handler, Routes } from '../shared/adapters/http/handler.ts'
import type { Log, RequestEntry } from '../shared/adapters/http/log.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import { DEFAULT_MONITOR_RULES } from '../shared/core/contract/monitoring-rules.ts'
import { churnRow, publishChampion } from './champion.fixture.ts'
import { defaultToProduction } from './config.ts'
import { asHttpFunction, keepBodiesUnread, keepRefusalsOffConsole } from './framework.ts'
import { loadChampion } from './load-champion.ts'
import { functionRoutes, makeRoutes } from './routes.ts'
import { startServer } from './server.ts'

const entries: RequestEntry[] = []
const log: Log = { request: entry => void entries.push(entry), info: () => {}, warn: () => {}, error: () => {} }
const champion = publishChampion(openMemory()).then(loadChampion)
const loadModel = () => champion
const broken: Handler = async () => {
  throw new TypeError(`cannot read "secret" of undefined`)
}
const monitor = { storage: openMemory(), loadRules: async () => DEFAULT_MONITOR_RULES, log }
const storage = openMemory()
const drift = {
  storage,
  store: openModelStore(storage),
  loadContract: () => Promise.reject(new Error('not called')),
  now: () => new Date(0),
  log,
}
const models = { store: drift.store, champion: { loadModel, reload: loadModel }, adminToken: undefined }
const routes: Routes = { ...makeRoutes({ loadModel, models, drift, monitor }), '/broken': { POST: broken } }

interface Host {
  readonly name: string
  /** true: something refuses requests before our code is reached. */
  readonly isFramework: boolean
  open(): Promise<{ url: string; close(): Promise<void> }>
}

const lean: Host = {
  name: 'the lean host',
  isFramework: false,
  async open() {
    const { port, close } = await startServer({ routes, log, port: 0, host: '127.0.0.1' })
    return { url: `http://127.0.0.1:${port}`, close: () => close({ timeoutMs: 500 }) }
  },
}

const framework: Host = {
  name: 'the Functions Framework',
  isFramework: true,
  async open() {
    // As functions/index.ts does; vitest sets "test", under which express shows stacks.
    const before = process.env.NODE_ENV
    delete process.env.NODE_ENV
    defaultToProduction()
    const table = { ...functionRoutes(routes, '/predict'), '/broken': routes['/broken'] }
    http('predict', asHttpFunction(makeEndpoint({ routes: table, log })))
    const restoreConsole = keepRefusalsOffConsole(globalThis.console, log)
    const letFrameworkRead = keepBodiesUnread()
    const server = getTestServer('predict')
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () =>
        new Promise(resolve => {
          process.env.NODE_ENV = before
          restoreConsole()
          letFrameworkRead()
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  },
}

interface BadInput {
  readonly name: string
  readonly body?: string | Buffer
  readonly headers?: Record<string, string>
  readonly method?: Incoming['method']
  readonly path?: string
  readonly status?: number
  /** The first problem listed. */
  readonly error?: { row?: number; field?: string; code?: string }
  /** The framework refuses it by itself, with this status and without a problem document. */
  readonly byFramework?: number
}

/** Two rows, the second broken. */
const second = (overrides: Record<string, unknown>): string => JSON.stringify([churnRow(), churnRow(overrides)])
const raw = (field: string, token: string): string => second({ [field]: '@' }).replace('"@"', token)
const without = (field: string): string => second({ [field]: undefined })

const SECRET = 'secret-'.repeat(30)

const BAD_INPUTS: readonly BadInput[] = [
  { name: 'a missing field', body: without('tenure_months'), error: { row: 1, field: 'tenure_months' } },
  { name: 'an unknown category', body: second({ plan_type: SECRET }), error: { row: 1, field: 'plan_type' } },
  { name: 'a category in other letters', body: second({ plan_type: 'basic' }), error: { row: 1, field: 'plan_type' } },
  {
    name: 'a text for a number',
    body: second({ monthly_usage_gb: SECRET }),
    error: { row: 1, field: 'monthly_usage_gb' },
  },
  { name: '"12" for a number', body: second({ tenure_months: '12' }), error: { row: 1, field: 'tenure_months' } },
  { name: 'a number for a category', body: second({ plan_type: 1 }), error: { row: 1, field: 'plan_type' } },
  { name: 'true for a number', body: second({ tenure_months: true }), error: { row: 1, field: 'tenure_months' } },
  { name: 'null for a number', body: second({ tenure_months: null }), error: { row: 1, field: 'tenure_months' } },
  { name: 'null for a category', body: second({ plan_type: null }), error: { row: 1, field: 'plan_type' } },
  { name: 'a NaN token', body: raw('monthly_usage_gb', 'NaN') },
  { name: 'an Infinity token', body: raw('monthly_usage_gb', 'Infinity') },
  { name: 'a -Infinity token', body: raw('monthly_usage_gb', '-Infinity') },
  { name: '1e400', body: raw('monthly_usage_gb', '1e400'), error: { row: 1, field: 'monthly_usage_gb' } },
  { name: '-1e400', body: raw('monthly_usage_gb', '-1e400'), error: { row: 1, field: 'monthly_usage_gb' } },
  {
    name: '1e300, beyond float32',
    body: raw('monthly_usage_gb', '1e300'),
    error: { row: 1, field: 'monthly_usage_gb' },
  },
  {
    name: 'a fraction for an integer',
    body: second({ tenure_months: 1.5 }),
    error: { row: 1, field: 'tenure_months' },
  },
  { name: 'a negative', body: second({ tenure_months: -1 }), error: { row: 1, field: 'tenure_months' } },
  { name: 'more than the maximum', body: second({ discount_pct: 101 }), error: { row: 1, field: 'discount_pct' } },
  { name: 'a nested object', body: second({ plan_type: { secret: SECRET } }), error: { row: 1, field: 'plan_type' } },
  { name: 'a nested list', body: second({ tenure_months: [SECRET] }), error: { row: 1, field: 'tenure_months' } },
  { name: 'an extra field', body: second({ [SECRET]: 1 }), error: { row: 1, code: 'unknown_field' } },
  { name: 'the target as a field', body: second({ churned: 1 }), error: { row: 1, field: 'churned' } },
  {
    name: 'a __proto__ key',
    body: second({}).replace(/}]$/, ',"__proto__":{"plan_type":"Pro"}}]'),
    error: { row: 1, field: '__proto__' },
  },
  { name: 'a constructor key', body: second({ constructor: 1 }), error: { row: 1, field: 'constructor' } },
  { name: 'a row that is a number', body: JSON.stringify([churnRow(), 12]), error: { row: 1 } },
  { name: 'a row that is null', body: JSON.stringify([churnRow(), null]), error: { row: 1 } },
  { name: 'a row that is a list', body: JSON.stringify([churnRow(), [SECRET]]), error: { row: 1 } },
  { name: 'a list of lists, a million deep', body: '['.repeat(1e6) + ']'.repeat(1e6), error: { row: 0 } },
  { name: 'an empty object', body: '{}', error: { row: 0 } },
  { name: 'an empty list', body: '[]', error: { code: 'empty_request' } },
  { name: 'no body', error: { code: 'empty_request' } },
  {
    name: 'an empty body',
    body: '',
    headers: { 'content-type': 'application/json' },
    error: { code: 'empty_request' },
  },
  { name: 'a bare number', body: '12', error: { code: 'wrong_type' } },
  { name: 'a bare string', body: `"${SECRET}"`, error: { code: 'wrong_type' } },
  { name: 'not JSON', body: `{${SECRET}` },
  { name: 'half a JSON text', body: second({}).slice(0, -5) },
  { name: 'CSV as JSON', body: `plan_type,tenure_months\n${SECRET},1\n` },
  { name: 'broken UTF-8', body: Buffer.from('[{"plan_type":"\xff"}]', 'latin1') },
  { name: 'plain text', body: SECRET, headers: { 'content-type': 'text/plain' }, status: 415 },
  { name: 'a form', body: 'a=secret-1', headers: { 'content-type': 'application/x-www-form-urlencoded' }, status: 415 },
  { name: 'CSV', body: 'a\nsecret-1', headers: { 'content-type': 'text/csv' }, status: 415 },
  { name: 'JSON of no content type', body: Buffer.from('[{}]'), headers: {}, status: 415 },
  { name: '11 MB', body: Buffer.alloc(11 * 1024 * 1024, ' ').fill('[]', 0, 2), status: 413 },
  { name: '10,001 rows', body: JSON.stringify(Array(MAX_ROWS + 1).fill(churnRow())), status: 413 },
  { name: 'GET', method: 'GET', status: 405 },
  { name: 'PUT', method: 'PUT', body: '[]', status: 405 },
  { name: 'DELETE', method: 'DELETE', status: 405 },
  { name: 'an unknown path', path: '/secret', body: '[]', status: 404 },
  { name: 'an escaped path', path: '/%70redict', body: '[]', status: 404 },
  { name: 'a broken escape', path: '/%zz', body: '[]', status: 404, byFramework: 400 },
  { name: 'a path of the prototype', path: '/__proto__', body: '[]', status: 404 },
]

interface Answer {
  type?: string
  title?: string
  status?: number
  detail?: string
  request_id?: string
  errors?: { row?: number; field?: string; code: string; message: string }[]
  predictions?: { probability: number; class: number }[]
}

describe.each([lean, framework])('$name', host => {
  let url: string
  let close: () => Promise<void>
  beforeAll(async () => {
    const opened = await host.open()
    url = opened.url
    close = opened.close
  })
  afterAll(() => close())

  async function send({ body, headers, method = 'POST', path = '/predict' }: Omit<BadInput, 'name'>) {
    const defaults: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(url + path, { method, body, headers: headers ?? defaults })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { response, text, answer: (isJson ? JSON.parse(text) : {}) as Answer }
  }

  test.each(BAD_INPUTS)('$name is refused', async bad => {
    const { response, text, answer } = await send(bad)
    const refusedBefore = host.isFramework ? bad.byFramework : undefined
    expect(response.status).toBe(refusedBefore ?? bad.status ?? 400)
    // No stack, no file, and nothing longer than a quoted value may be.
    expect(text).not.toMatch(/\.(?:ts|js):\d|node_modules|\n\s+at /)
    expect(text).not.toContain(SECRET.slice(0, 70))
    if (refusedBefore !== undefined) return
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(answer).toMatchObject({ status: response.status, title: expect.any(String), detail: expect.any(String) })
    expect(answer.request_id).toBe(response.headers.get('x-request-id'))
    if (bad.error) expect(answer.errors?.[0]).toMatchObject(bad.error)
    if (response.status === 405) expect(response.headers.get('allow')).toBe('POST')
  })

  test('after all of that the rows of a good request are answered, in a list and alone', async () => {
    const two = await send({ body: JSON.stringify([churnRow(), churnRow({ tenure_months: 60 })]) })
    expect(two.response.status).toBe(200)
    expect(two.answer.predictions).toHaveLength(2)
    const one = await send({ body: JSON.stringify(churnRow({ tenure_months: 60 })), path: '/predict/?key=1' })
    expect(one.answer.predictions).toEqual([two.answer.predictions?.[1]])
    expect(one.answer.request_id).toBe(one.response.headers.get('x-request-id'))
  })

  test('at most 100 problems are listed, and the detail says how many there are', async () => {
    const { answer } = await send({ body: JSON.stringify(Array(300).fill(churnRow({ plan_type: 'Gold' }))) })
    expect(answer.errors).toHaveLength(100)
    expect(answer.detail).toContain('300')
  })

  test('ten thousand rows are answered in their order', async () => {
    const rows = Array.from({ length: MAX_ROWS }, (_, row) => churnRow({ tenure_months: row % 100 }))
    const { answer } = await send({ body: JSON.stringify(rows) })
    expect(answer.predictions).toHaveLength(MAX_ROWS)
    expect(answer.predictions?.slice(100)).toEqual(answer.predictions?.slice(0, -100))
    expect(new Set(answer.predictions?.map(({ probability }) => probability)).size).toBe(100)
  })

  test('200 parallel requests each get their own answer', async () => {
    const alone = await send({
      body: JSON.stringify(Array.from({ length: 200 }, (_, n) => churnRow({ tenure_months: n }))),
    })
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => send({ body: JSON.stringify([churnRow({ tenure_months: n })]) })),
    )
    expect(answers.map(({ response }) => response.status)).toEqual(Array(200).fill(200))
    expect(answers.map(({ answer }) => answer.predictions?.[0])).toEqual(alone.answer.predictions)
    expect(new Set(answers.map(({ answer }) => answer.request_id)).size).toBe(200)
  })

  test('good and bad requests at once do not mix', async () => {
    const bodies = Array.from({ length: 100 }, (_, n) =>
      JSON.stringify(churnRow({ tenure_months: n % 2 ? n : -n - 1 })),
    )
    const answers = await Promise.all(bodies.map(body => send({ body })))
    expect(answers.map(({ response }) => response.status)).toEqual(bodies.map((_, n) => (n % 2 ? 200 : 400)))
  })

  test('a handler that throws is a 500 without a word of it, and the log has the error', async () => {
    entries.length = 0
    const { response, text, answer } = await send({ body: '[1]', path: '/broken' })
    expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/problem+json'])
    expect(text).not.toMatch(/secret|TypeError|undefined|\.ts/)
    expect(entries).toMatchObject([{ status: 500, requestId: answer.request_id, error: expect.any(TypeError) }])
  })

  test('health is exactly {"status":"ok"}, and HEAD has no body', async () => {
    const health = await fetch(`${url}/health`)
    expect([health.status, await health.text()]).toEqual([200, '{"status":"ok"}'])
    const head = await fetch(`${url}/health`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '15', ''])
  })
})
