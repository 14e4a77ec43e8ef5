import { expect, test } from 'vitest'
import { openMemory } from '../storage/memory.ts'
import { latestVersion } from './latest-version.ts'
import { sampleManifest, sampleRequest } from './model-store.conformance.ts'
import { openModelStore } from './model-store.ts'

test('the latest version is the one made last, not the one whose revision sorts last; damaged ones do not count', async () => {
  const storage = openMemory()
  const store = openModelStore(storage)
  await expect(latestVersion(store)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const publish = (gitSha: string, time: string, date = '20261121') =>
    store.publish({
      ...sampleRequest(gitSha),
      date,
      gitSha,
      describe: (version, files) => ({
        ...sampleManifest(version, files),
        created_at: `2026-11-${date.slice(6)}T${time}`,
      }),
    })
  await publish('ccccccc', '23:00:00.000Z', '20261120')
  await publish('fffffff', '09:00:00.000Z')
  await publish('aaaaaaa', '17:00:00.000Z')
  expect(await latestVersion(store)).toBe('20261121.aaaaaaa.1')
  const last = await publish('bbbbbbb', '18:00:00.000Z')
  expect(await latestVersion(store)).toBe(last.version)
  await storage.write(`${last.version}/model.json`, new Uint8Array(3))
  expect(await latestVersion(store)).toBe('20261121.aaaaaaa.1')
})
