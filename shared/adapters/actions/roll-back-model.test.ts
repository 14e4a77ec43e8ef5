import { expect, test } from 'vitest'
import { type ModelStore, openModelStore } from '../registry/model-store.ts'
import { openMemory } from '../storage/memory.ts'
import { rollBackModel } from './roll-back-model.ts'

const AT = '2026-01-02T00:00:00.000Z'

/** A registry with `count` versions, all promoted one after the other by `train`. */
async function registryOf(count: number): Promise<{ store: ModelStore; versions: string[] }> {
  const store = openModelStore(openMemory())
  const versions: string[] = []
  for (let i = 0; i < count; i++) versions.push(await publish(store))
  return { store, versions }
}

async function publish(store: ModelStore): Promise<string> {
  const { version } = await store.publish({
    date: '20260101',
    gitSha: 'abc1234',
    files: new Map([['run.yaml', new TextEncoder().encode('seed: 1\n')]]),
    describe: (name, files) => ({
      schema_version: 1,
      id: 'x',
      name: 'churn',
      version: name,
      created_at: AT,
      git_sha: 'abc1234',
      contract: { name: 'churn', data: 'a.csv', target: { column: 'y', positive: 1 }, features: {} },
      family: 'gbt',
      features: [],
      classes: [0, 1],
      threshold: 0.5,
      metrics: {},
      files,
      environment: {},
    }),
  })
  await store.promote(version, { at: AT, by: 'train', reason: 'test' })
  return version
}

const rollBack = (store: ModelStore) => rollBackModel({ store, at: AT, reason: 'plan abc' })

test('the champion before is promoted again, by the monitor, and the history tells it', async () => {
  const { store, versions } = await registryOf(3)
  const detail = `champion ${versions[1]} again, in place of ${versions[2]}`
  expect(await rollBack(store)).toEqual({ outcome: 'done', detail })
  const pointer = {
    n: 4,
    version: versions[1],
    by: 'monitor',
    reason: 'plan abc',
    promoted_at: AT,
    previous: versions[2],
  }
  expect(await store.champion()).toMatchObject(pointer)
})

test('a second rollback does not bring the bad version back, until a person has promoted another', async () => {
  const { store, versions } = await registryOf(2)
  await rollBack(store)
  expect(await rollBack(store)).toMatchObject({
    outcome: 'skipped',
    detail: expect.stringContaining('already gone back'),
  })
  expect((await store.champion())?.version).toBe(versions[0])
  const next = await publish(store)
  expect(await rollBack(store)).toMatchObject({
    outcome: 'done',
    detail: `champion ${versions[0]} again, in place of ${next}`,
  })
})

test('a champion that was promoted twice goes back to the one before both', async () => {
  const { store, versions } = await registryOf(2)
  await store.promote(versions[1], { at: AT, by: 'person', reason: 'again' })
  await rollBack(store)
  expect((await store.champion())?.version).toBe(versions[0])
})

test('without a champion, or with the first one, there is nothing to go back to', async () => {
  const { store } = await registryOf(0)
  expect(await rollBack(store)).toEqual({ outcome: 'skipped', detail: 'the registry has no champion' })
  const first = await publish(store)
  expect(await rollBack(store)).toEqual({ outcome: 'skipped', detail: `${first} is the first champion` })
  expect((await store.history()).length).toBe(1)
})

test('a promotion by somebody else at the same moment wins, and the rollback says so', async () => {
  const { store, versions } = await registryOf(2)
  const racing: ModelStore = {
    ...store,
    async promote(version, promotion) {
      await store.promote(versions[1], { at: AT, by: 'person', reason: 'at once' })
      return store.promote(version, promotion)
    },
  }
  expect(await rollBack(racing)).toMatchObject({
    outcome: 'failed',
    detail: expect.stringContaining('was not promoted'),
  })
  expect((await store.champion())?.by).toBe('person')
})
