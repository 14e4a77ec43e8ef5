/** For the emulator suites only: the emulator's address, and buckets in it. Without an address a suite fails. */
import { randomUUID } from 'node:crypto'

/** `address` is the environment's GCS_API_ENDPOINT. */
export function requireEmulator(address: string | undefined): string {
  if (!address) throw new Error('GCS_API_ENDPOINT is not set; run these tests with: npm run test:emulators')
  return address
}

/** The name of a new, empty bucket. */
export async function newBucket(endpoint: string): Promise<string> {
  const name = `test-${randomUUID()}`
  const response = await fetch(`${endpoint}/storage/v1/b?project=test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  if (!response.ok) throw new Error(`the emulator at ${endpoint} made no bucket: HTTP ${response.status}`)
  return name
}
