import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Plan } from '../../core/monitor/plan.ts'
import { openIncident } from './open-incident.ts'

const plan: Plan = {
  status: 'critical',
  findings: [{ roc_auc_drop_pct: 7 }],
  actions: ['open_incident', 'page_oncall=false'],
  rationale: 'ROC-AUC fell.',
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** A webhook that answers the given statuses in turn; 0: never. */
async function webhookOf(...statuses: number[]) {
  const posts: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    posts.push({ headers: request.headers, body })
    const status = statuses[posts.length - 1] ?? 500
    if (status !== 0) response.writeHead(status, { location: '/elsewhere' }).end('thanks')
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { posts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/T000/secret` }
}

const open = (webhook: string | undefined) =>
  openIncident({ webhook, plan, subject: 'churn', key: 'abc', latest: '2026-01-01T00:00:00Z', timeoutMs: 300 })

test('the webhook gets the plan, a text for people and the key that makes a second post harmless', async () => {
  const { posts, url } = await webhookOf(204)
  expect(await open(url)).toEqual({ outcome: 'done', detail: 'the webhook answered 204' })
  expect(posts).toHaveLength(1)
  expect(posts[0].headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'abc' })
  expect(JSON.parse(posts[0].body)).toEqual({
    text: 'churn: ROC-AUC fell.\nActions: open_incident, page_oncall=false',
    subject: 'churn',
    key: 'abc',
    latest: '2026-01-01T00:00:00Z',
    ...plan,
  })
})

test.each([
  ['a failure of the server is tried once more', [500, 200], 2, 'done', 'the webhook answered 200'],
  ['too many requests too', [429, 200], 2, 'done', 'the webhook answered 200'],
  ['and then given up', [503, 502, 200], 2, 'failed', 'it answered 502'],
  ['a refusal is final', [400, 200], 1, 'failed', 'it answered 400'],
  ['a redirect is not followed', [302, 200], 1, 'failed', 'it answered 302'],
  ['silence is waited for twice', [0, 0], 2, 'failed', 'no answer within 300 ms'],
] as const)('%s', async (_, statuses, count, outcome, detail) => {
  const { posts, url } = await webhookOf(...statuses)
  expect(await open(url)).toEqual({ outcome, detail: expect.stringContaining(detail) })
  expect(posts).toHaveLength(count)
})

test('nobody listening is a failure that does not name the address', async () => {
  const { url } = await webhookOf()
  servers.pop()?.close()
  const { outcome, detail } = await open(url)
  expect([outcome, detail]).toEqual(['failed', 'the webhook did not take the incident: no connection (ECONNREFUSED)'])
  expect(detail).not.toMatch(/secret|127/)
})

test('without a webhook it is skipped and says how to give one', async () => {
  expect(await open(undefined)).toMatchObject({
    outcome: 'skipped',
    detail: expect.stringContaining('INCIDENT_WEBHOOK_URL'),
  })
})
