import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { closeServer } from './close-server.ts'

test('a connection that falls idle after the end began is closed then, and not after its keep-alive time', async () => {
  let answer = (): void => {}
  const asked = Promise.withResolvers<void>()
  const server = createServer({ keepAliveTimeout: 60_000 }, (_, response) => {
    answer = () => response.end('done')
    asked.resolve()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const answered = new Promise(resolve =>
    get({ port, host: '127.0.0.1', agent: new Agent({ keepAlive: true }) }, response => resolve(response.resume())),
  )
  await asked.promise
  const closed = closeServer(server)
  answer()
  await answered
  const started = performance.now()
  await closed
  expect(performance.now() - started).toBeLessThan(2_000)
})
