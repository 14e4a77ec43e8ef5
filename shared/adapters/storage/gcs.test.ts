/** How the Cloud Storage adapter reads answers that a well-behaved emulator never gives; the rest is gcs.emulator.test.ts. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openGcs } from './gcs.ts'
import type { Storage } from './storage.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A bucket whose server answers as given, after reading the whole request. */
async function openAgainst(answer: Answer): Promise<Storage> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => answer(request, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return openGcs({ bucket: 'bucket', apiEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
}

function refuse(status: number, message: string): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { code: status, message, errors: [{ message }] } }))
  }
}

/** Every method, so that each is asked for its own message. */
const METHODS: readonly [verb: string, run: (store: Storage) => Promise<unknown>][] = [
  ['read', store => store.read('a/b')],
  ['read', store => store.readRange('a/b', 0, 4)],
  ['write', store => store.write('a/b', new Uint8Array(3))],
  ['write', store => store.write('a/b', new Uint8Array(3), { ifAbsent: true })],
  ['list', store => store.list('a/b')],
  ['remove', store => store.remove('a/b')],
]

test.each(METHODS)('a refused %s is STORAGE_FAILED with the object and the reason (%#)', async (verb, run) => {
  const store = await openAgainst(refuse(403, 'caller lacks storage.objects access'))
  await expect(run(store)).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    message: expect.stringMatching(
      new RegExp(`^cannot ${verb} gs://bucket/a/b: 403 .*caller lacks storage.objects access`),
    ),
  })
})

test.each(METHODS)('a failed %s shows no token, in the message or in a cause (%#)', async (_, run) => {
  const store = await openAgainst(refuse(401, 'bad Authorization: Bearer ya29.a0AfB_secret-part and ya29.other_secret'))
  const error: Error = await run(store).then(Object, caught => caught)
  expect(error.message).toContain('401')
  expect(error.message).not.toMatch(/secret|ya29/)
  expect(error.cause).toBeUndefined()
})

test('a long page instead of an answer is cut to one short line', async () => {
  const store = await openAgainst((_, response) => {
    response.writeHead(400, { 'content-type': 'text/html' })
    response.end(`${'<p>long</p>'.repeat(1000)}\nsecond line`)
  })
  const error: Error = await store.read('a').then(Object, caught => caught)
  expect(error.message.length).toBeLessThan(300)
  expect(error.message).not.toContain('\n')
})

test('an overwrite that meets 503 or 429 is tried again, and so is the next', async () => {
  let requests = 0
  const store = await openAgainst((request, response) => {
    requests++
    if (requests % 2 === 1) return refuse(requests === 1 ? 503 : 429, 'busy')(request, response)
    response.writeHead(200, { 'content-type': 'application/json' })
    // crc32c of no bytes, so that the SDK's check of the upload passes.
    return response.end(JSON.stringify({ name: 'a', crc32c: 'AAAAAA==' }))
  })
  await store.write('a', new Uint8Array(0))
  await store.write('a', new Uint8Array(0))
  expect(requests).toBe(4)
}, 30_000)

test('412 is CONFLICT when the object there is another writer’s', async () => {
  const store = await openAgainst((request, response) => {
    if (request.method === 'POST') return refuse(412, 'conditionNotMet')(request, response)
    response.writeHead(200, { 'content-type': 'application/json' })
    return response.end(JSON.stringify({ name: 'a', metadata: { writer: 'another' } }))
  })
  await expect(store.write('a', new Uint8Array(1), { ifAbsent: true })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: '"a" already exists in gs://bucket',
  })
})

test('a body that ends before its announced length is no value', async () => {
  const store = await openAgainst((_, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('half', () => response.destroy())
  })
  await expect(store.read('a')).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
})
