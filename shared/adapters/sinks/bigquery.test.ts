/** What BigQuery answers when it does not take rows, from a small server: an emulator takes everything. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { openBigQuery } from './bigquery.ts'
import { apiError, type Behaviour, startFakeBigQuery } from './bigquery-server.fixture.ts'
import { prediction } from './sink.fixture.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function open(behaviour?: Behaviour, timeoutMs = 5_000) {
  const server = await startFakeBigQuery(behaviour)
  cleanups.push(() => server.close())
  const sink = openBigQuery({ project: 'my-project', dataset: 'treeline', apiEndpoint: server.endpoint, timeoutMs })
  return { server, sink }
}

const rows = [0, 1, 2].map(row_index => prediction({ row_index }))
const INSERT = '/bigquery/v2/projects/my-project/datasets/treeline/tables/predictions/insertAll'

test('rows go by one insertAll, right ones whatever is wrong with others, with an id made of the row', async () => {
  const { server, sink } = await open()
  expect(await sink.write('predictions', rows)).toEqual([])
  expect(await sink.write('predictions', rows)).toEqual([])
  const [first, again] = server.calls
  expect(server.calls).toHaveLength(2)
  expect([first.path.split('?')[0], first.body.skipInvalidRows]).toEqual([INSERT, true])
  expect(first.body.rows?.map(({ json }) => json)).toEqual(rows)
  const ids = first.body.rows?.map(({ insertId }) => insertId)
  expect(new Set(ids).size).toBe(3)
  expect(again.body.rows?.map(({ insertId }) => insertId)).toEqual(ids)
})

test('a partial failure gives back the rows by their index in the call, with reason, place and message', async () => {
  const errors = [{ reason: 'invalid', location: 'score', message: 'Cannot convert value' }]
  const { sink } = await open(() => ({ status: 200, body: { insertErrors: [{ index: 1, errors }] } }))
  // Row 0 is refused before it is sent, so index 1 of the request is row 2 of the call.
  const refused = await sink.write('predictions', [prediction({ time: 'x' }), ...rows])
  expect(refused).toEqual([
    { row: 0, reason: expect.stringContaining('time is "x"') },
    { row: 2, reason: 'invalid: score: Cannot convert value', mayPass: false },
  ])
})

test.each([
  ['timeout', [{ reason: 'timeout' }], true],
  ['overload', [{ reason: 'backendError' }, { reason: 'timeout' }], true],
  ['a wrong value, whatever else', [{ reason: 'timeout' }, { reason: 'invalid' }], false],
  ['nothing said', [], false],
])('a single row may be worth another try: %s', async (_, errors, mayPass) => {
  const { sink } = await open(() => ({ status: 200, body: { insertErrors: [{ index: 1, errors }] } }))
  expect(await sink.write('predictions', rows)).toMatchObject([{ row: 1, mayPass }])
})

test("a proxy's page keeps its status: 403 is refused, 502 is worth another try, and so is a page in place of an answer", async () => {
  const page = '<html><body>No</body></html>'
  const forbidden = await open(() => ({ status: 403, body: page }))
  expect((await forbidden.sink.write('predictions', rows))[0].reason).toContain('403 Forbidden')
  for (const status of [200, 502]) {
    const { sink } = await open(() => ({ status, body: page }))
    await expect(sink.write('predictions', rows)).rejects.toMatchObject({
      code: 'SINK_FAILED',
      message: expect.stringMatching(status === 200 ? /the answer is no JSON$/ : /502 Bad Gateway$/),
    })
  }
})

test.each([
  ['503', apiError(503, 'backendError', 'try later')],
  ['500', apiError(500, 'internalError', 'oops')],
  ['429', apiError(429, 'rateLimitExceeded', 'slow down')],
  ['403 of a quota', apiError(403, 'quotaExceeded', 'Quota exceeded')],
])('%s is worth another try, which is not made here', async (_, answer) => {
  const { server, sink } = await open(() => answer)
  await expect(sink.write('predictions', rows)).rejects.toMatchObject({
    code: 'SINK_FAILED',
    message: expect.stringContaining(`cannot write bigquery://my-project/treeline: ${answer.status}`),
  })
  expect(server.calls).toHaveLength(1)
})

test.each([
  ['403 of a permission', apiError(403, 'accessDenied', 'Access Denied: Table')],
  ['400', apiError(400, 'invalid', 'no such field')],
])('%s refuses every row: another try would not help', async (_, answer) => {
  const { server, sink } = await open(() => answer)
  const refused = await sink.write('predictions', rows)
  expect(refused.map(({ row }) => row)).toEqual([0, 1, 2])
  expect(refused[0].reason).toContain(`${answer.status} ${answer.body.error.message}`)
  expect(server.calls).toHaveLength(1)
})

test('a server that hangs or cannot be reached is worth another try', async () => {
  const hanging = await open(() => 'hang', 100)
  await expect(hanging.sink.write('predictions', rows)).rejects.toMatchObject({
    code: 'SINK_FAILED',
    message: expect.stringContaining('timeout'),
  })
  const { server, sink } = await open()
  await server.close()
  cleanups.pop()
  await expect(sink.write('predictions', rows)).rejects.toMatchObject({ code: 'SINK_FAILED' })
})

/** Answers every call after a moment, on a thread of its own: while the test's thread stands still too. */
const OTHER_THREAD = `
const { createServer } = require('node:http')
const { parentPort } = require('node:worker_threads')
const server = createServer((request, response) => {
  request.resume().on('end', () => { parentPort.postMessage('asked'); setTimeout(() => response.end('{}'), 20) })
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

test('an answer that came while the process did not run is heard: Cloud Run takes the CPU away between requests', async () => {
  const thread = new Worker(OTHER_THREAD, { eval: true })
  cleanups.push(() => thread.terminate())
  const [port] = await once(thread, 'message')
  const sink = openBigQuery({ project: 'p', dataset: 'd', apiEndpoint: `http://127.0.0.1:${port}`, timeoutMs: 400 })
  const writing = sink.write('predictions', rows)
  await once(thread, 'message')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
  expect(await writing).toEqual([])
})

test('a table that is not there is created, partitioned by day and clustered, and then takes the rows', async () => {
  let isThere = false
  const { server, sink } = await open(({ path }) => {
    if (path.includes('/insertAll')) {
      return isThere ? { status: 200, body: {} } : apiError(404, 'notFound', 'Not found: Table')
    }
    isThere = true
    return { status: 200, body: {} }
  })
  expect(await sink.write('predictions', rows)).toEqual([])
  expect(server.calls.map(({ path }) => path.split('?')[0])).toEqual([
    INSERT,
    '/bigquery/v2/projects/my-project/datasets/treeline/tables',
    INSERT,
  ])
  expect(server.calls[1].body).toMatchObject({
    tableReference: { projectId: 'my-project', datasetId: 'treeline', tableId: 'predictions' },
    timePartitioning: { type: 'DAY', field: 'time' },
    clustering: { fields: ['model_version'] },
  })
})

test('no credentials of this machine go to an emulator', async () => {
  const { server, sink } = await open()
  process.env.BIGQUERY_EMULATOR_HOST = 'http://127.0.0.1:1'
  try {
    expect(await sink.write('predictions', rows)).toEqual([])
  } finally {
    delete process.env.BIGQUERY_EMULATOR_HOST
  }
  expect(server.calls).toHaveLength(1)
})
