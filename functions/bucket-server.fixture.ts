/** For tests: a bucket that only reads, over HTTP, whose answers can be held back. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Storage } from '../shared/adapters/storage/storage.ts'

export interface BucketServer {
  /** For GCS_API_ENDPOINT. */
  readonly address: string
  /** From now on requests are taken and not answered. */
  hang(): void
  /** Requests that wait for an answer. */
  readonly hanging: number
  close(): void
}

/** Every bucket of it has the objects of `storage`. */
export async function startBucketServer(storage: Pick<Storage, 'list' | 'read'>): Promise<BucketServer> {
  let hangs = false
  let hanging = 0
  const server = createServer(async (request, response) => {
    if (hangs) {
      hanging++
      return
    }
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://bucket')
    const object = /\/o\/(.+)$/.exec(pathname)?.[1]
    if (object === undefined) {
      const items = (await storage.list(searchParams.get('prefix') ?? '')).map(name => ({ name }))
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ items }))
    } else {
      response.end(await storage.read(decodeURIComponent(object)))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hang() {
      hangs = true
    },
    get hanging() {
      return hanging
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
