import { expect, test } from 'vitest'
import type { HttpRequest } from '../shared/adapters/http/handler.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import { publishChampion } from './champion.fixture.ts'
import { makeModelInfo, makeModelList, makeModelReload } from './models.ts'
import { serveChampion } from './serve-champion.ts'

const TOKEN = '0123456789abcdef'

async function open() {
  const storage = openMemory()
  const store = await publishChampion(storage, { metrics: { roc_auc: 0.9, secret: 1 } })
  const champion = serveChampion({ store, reloadSeconds: 0, log: { info: () => {}, error: () => {} } })
  return { storage, deps: { store, champion, adminToken: TOKEN } }
}

const request = (headers: HttpRequest['headers'] = {}): HttpRequest => {
  return { method: 'GET', path: '/', headers, body: undefined, bodyBytes: 0, requestId: 'r' }
}

test('the list has every version and marks the champion', async () => {
  const { storage, deps } = await open()
  await publishChampion(storage)
  const { body } = await makeModelList(deps)(request())
  expect(body).toEqual({
    models: [
      { version: '20260101.abc1234.1', champion: false },
      { version: '20260101.abc1234.2', champion: true },
    ],
  })
})

test('the list is an error within the limit when the registry does not answer', async () => {
  const { deps } = await open()
  const store = { ...deps.store, versions: () => new Promise<never>(() => {}) }
  const answer = makeModelList({ store, limitMs: 20 })(request())
  await expect(answer).rejects.toMatchObject({ code: 'STORAGE_FAILED', status: 503 })
})

test('the card is of the model that answers, with its figures and how it became champion', async () => {
  const { deps } = await open()
  const { status, body } = await makeModelInfo(deps)(request())
  expect([status, body]).toMatchObject([
    200,
    {
      name: 'churn',
      version: '20260101.abc1234.1',
      family: 'logistic',
      threshold: 0.5,
      classes: [0, 1],
      calibration: 'none',
      held_out: { roc_auc: 0.9 },
      promotion: { verdict: 'first', champion: 1, by: 'test' },
    },
  ])
  expect(JSON.stringify(body)).not.toMatch(/secret|sha256/)
})

test('a reload with the token serves the newest champion', async () => {
  const { storage, deps } = await open()
  await deps.champion.loadModel()
  await publishChampion(storage)
  const { body } = await makeModelReload(deps)(request({ 'x-admin-token': TOKEN }))
  expect(body).toEqual({ model: { name: 'churn', version: '20260101.abc1234.2' } })
})

test.each([
  ['without a token in the environment', undefined, TOKEN],
  ['without a header', TOKEN, undefined],
  ['with another token', TOKEN, `${TOKEN}0`],
  ['with an empty header', TOKEN, ''],
])('a reload %s is 403 and looks nothing up', async (_, adminToken, brought) => {
  const { storage, deps } = await open()
  const first = await deps.champion.loadModel()
  await publishChampion(storage)
  const reload = makeModelReload({ ...deps, adminToken })(request({ 'x-admin-token': brought }))
  await expect(reload).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 })
  expect((await deps.champion.loadModel()).version).toBe(first.version)
})
