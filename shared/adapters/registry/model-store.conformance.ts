/** What the model store promises over any Storage, as tests: a new model is served whole or not at all. */
import { describe, expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import type { FileRecord, ModelManifest } from '../../core/model/manifest.ts'
import type { Storage } from '../storage/storage.ts'
import { type ModelStore, openModelStore, type Promotion, type PublishRequest } from './model-store.ts'

export type Open = () => Promise<Storage> | Storage

/** `open` gives a new, empty storage each time. */
export function describeModelStore(name: string, open: Open): void {
  describe(`model store over ${name}`, () => {
    describeVersions(open)
    describePromotions(open)
    describeRaces(open)
    describeKilledWriters(open)
    describeDamage(open)
    describeLosses(open)
    describeLostPointers(open)
  })
}

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))

export function sampleManifest(version: string, files: Readonly<Record<string, FileRecord>>): ModelManifest {
  return {
    schema_version: 1,
    id: '0b5c1a52-6f0e-4f0e-9a53-0c8f5a4a5c11',
    name: 'churn',
    version,
    created_at: '2026-11-21T10:00:00.000Z',
    git_sha: 'abc1234',
    contract: { name: 'churn', data: 'churn.csv', target: { column: 'churned', positive: 1 }, features: {} },
    family: 'gbt',
    features: [
      { name: 'tenure_months', kind: 'number' },
      { name: 'plan_type', kind: 'category', levels: ['Basic', 'Pro'], hasOther: false },
    ],
    classes: [0, 1],
    threshold: 0.5,
    metrics: { roc_auc: 0.93 },
    files,
    environment: { node: '24.21.0' },
  }
}

/** A version of three files; `content` tells versions apart. */
export function sampleRequest(content: string): PublishRequest {
  const files = new Map([
    ['run.yaml', bytes(`run of ${content}`)],
    ['model.onnx', bytes(`model of ${content}`)],
    ['profile.json', bytes(`profile of ${content}`)],
  ])
  return { date: '20261121', gitSha: 'abc1234', files, describe: sampleManifest }
}

export function samplePromotion(by: string, expect?: number): Promotion {
  return { at: '2026-11-21T10:00:00.000Z', by, reason: 'better ROC-AUC', expect }
}

export async function openWithVersions(
  open: Open,
  contents: readonly string[],
): Promise<{ storage: Storage; store: ModelStore; versions: string[] }> {
  const storage = await open()
  const store = openModelStore(storage)
  const versions: string[] = []
  for (const content of contents) versions.push((await store.publish(sampleRequest(content))).version)
  return { storage, store, versions }
}

const text = async (store: ModelStore, version: string, name: string): Promise<string> =>
  Buffer.from(await store.readFile(await store.manifest(version), name)).toString()

function describeVersions(open: Open): void {
  test('an empty store has no versions, no champion and no history', async () => {
    const store = openModelStore(await open())
    expect([await store.versions(), await store.champion(), await store.history()]).toEqual([[], undefined, []])
    await expect(store.manifest('20261121.abc1234.1')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `model version "20261121.abc1234.1" is not in ${store.uri}, or not complete; there is none yet`,
    })
  })

  test('a published version gives back its description and files, and is not champion', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first'])
    expect(versions).toEqual(['20261121.abc1234.1'])
    const manifest = await store.manifest(versions[0])
    // Hashes from `printf 'run of first' | sha256sum` and so on.
    expect(manifest).toEqual(
      sampleManifest(versions[0], {
        'run.yaml': { sha256: SHA256['run of first'], bytes: 12 },
        'model.onnx': { sha256: SHA256['model of first'], bytes: 14 },
        'profile.json': { sha256: SHA256['profile of first'], bytes: 16 },
      }),
    )
    expect(await text(store, versions[0], 'model.onnx')).toBe('model of first')
    expect(await store.champion()).toBeUndefined()
    expect(await storage.list('')).toEqual(
      ['model.json', 'model.onnx', 'profile.json', 'run.yaml'].map(file => `${versions[0]}/${file}`),
    )
  })

  test('versions of a day and revision count up as numbers, and other days and revisions on their own', async () => {
    const { store, versions } = await openWithVersions(open, Array(10).fill('x'))
    expect(versions.at(-1)).toBe('20261121.abc1234.10')
    await store.publish({ ...sampleRequest('x'), date: '20261120' })
    await store.publish({ ...sampleRequest('x'), gitSha: 'abc12345' })
    expect(await store.versions()).toEqual(['20261120.abc1234.1', ...versions, '20261121.abc12345.1'])
  })

  test('8 publishers at once get 8 versions, each with its own files', async () => {
    const store = openModelStore(await open())
    const contents = Array.from({ length: 8 }, (_, i) => `publisher ${i}`)
    const manifests = await Promise.all(contents.map(content => store.publish(sampleRequest(content))))
    expect(await store.versions()).toEqual(Array.from({ length: 8 }, (_, i) => `20261121.abc1234.${i + 1}`))
    expect(new Set(manifests.map(manifest => manifest.version)).size).toBe(8)
    for (const [i, { version }] of manifests.entries()) {
      for (const name of ['run.yaml', 'model.onnx', 'profile.json'])
        expect(await text(store, version, name)).toContain(contents[i])
    }
  })

  test('a description that is not of these files publishes nothing', async () => {
    const store = openModelStore(await open())
    const describe = (version: string) => sampleManifest(version, {})
    await expect(store.publish({ ...sampleRequest('x'), describe })).rejects.toThrow('changes its files')
    await expect(
      store.publish({ ...sampleRequest('x'), describe: (_, files) => sampleManifest('20261121.abc1234.9', files) }),
    ).rejects.toThrow('says it is version "20261121.abc1234.9"')
    expect(await store.versions()).toEqual([])
  })
}

function describePromotions(open: Open): void {
  test('promotions are the history: who, when, why, and which version before', async () => {
    const { store, versions } = await openWithVersions(open, ['first', 'second'])
    const first = await store.promote(versions[0], { at: '2026-11-21T11:00:00.000Z', by: 'ada', reason: 'the first' })
    const second = await store.promote(versions[1], {
      at: '2026-11-21T12:00:00.000Z',
      by: 'gate',
      reason: 'better',
      expect: 1,
    })
    const third = await store.promote(versions[0], {
      at: '2026-11-21T13:00:00.000Z',
      by: 'ada',
      reason: 'rollback',
      expect: 2,
    })
    expect(first).toMatchObject({
      n: 1,
      version: versions[0],
      by: 'ada',
      reason: 'the first',
      promoted_at: '2026-11-21T11:00:00.000Z',
    })
    expect(first).toHaveProperty('previous', undefined)
    expect(second).toMatchObject({ n: 2, version: versions[1], previous: versions[0] })
    expect(third).toMatchObject({ n: 3, version: versions[0], previous: versions[1] })
    expect(await store.champion()).toEqual(third)
    expect(await store.history()).toEqual([first, second, third])
    expect((await store.manifest(third)).version).toBe(versions[0])
  })

  test('the champion after the ninth is the tenth', async () => {
    const { store, versions } = await openWithVersions(open, ['first'])
    for (let n = 1; n <= 11; n++) await store.promote(versions[0], samplePromotion('ada', n - 1))
    expect((await store.champion())?.n).toBe(11)
    expect((await store.history()).map(pointer => pointer.n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  test('what is not a complete version is not promoted, and the newest are named', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first', 'second'])
    await storage.write('20261121.abc1234.3/run.yaml', bytes('never finished'))
    for (const version of ['20261121.abc1234.3', '20261121.abc1234.4', '', '..', 'champion.1.json']) {
      await expect(store.promote(version, samplePromotion('ada'))).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `model version ${JSON.stringify(version)} is not in ${store.uri}, or not complete; the newest are ${versions[1]}, ${versions[0]}`,
      })
    }
    expect(await store.champion()).toBeUndefined()
  })
}

function describeRaces(open: Open): void {
  test('of 16 promotions decided against the same champion exactly one wins each round, and the losers hear of it', async () => {
    const { store, versions } = await openWithVersions(open, ['first', 'second'])
    for (let round = 0; round < 4; round++) {
      const promoters = Array.from({ length: 16 }, (_, i) => `promoter ${i} of round ${round}`)
      const results = await Promise.allSettled(
        promoters.map((by, i) => store.promote(versions[i % 2], samplePromotion(by, round))),
      )
      const winners = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
      const losses = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
      expect(winners).toHaveLength(1)
      expect(await store.champion()).toEqual(winners[0])
      expect(winners[0].n).toBe(round + 1)
      for (const loss of losses) {
        expect(loss).toMatchObject({ code: 'CONFLICT' })
        expect(loss.message).toContain(
          `${winners[0].version} is champion number ${round + 1} (promoted by ${winners[0].by} at`,
        )
      }
    }
  })

  test('16 promotions that expect nothing leave one pointer for each that won, without a gap', async () => {
    const { store, versions } = await openWithVersions(open, ['first'])
    const results = await Promise.allSettled(
      Array.from({ length: 16 }, () => store.promote(versions[0], samplePromotion('ada'))),
    )
    const won = results.flatMap(result => (result.status === 'fulfilled' ? [result.value.n] : []))
    expect(won.length).toBeGreaterThan(0)
    expect((await store.history()).map(pointer => pointer.n)).toEqual(won.sort((a, b) => a - b))
    expect(won).toEqual(Array.from(won, (_, i) => i + 1))
  })

  test('a promotion decided when there was no champion is refused once there is one', async () => {
    const { store, versions } = await openWithVersions(open, ['first', 'second'])
    await store.promote(versions[0], samplePromotion('ada', 0))
    await expect(store.promote(versions[1], samplePromotion('bob', 0))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `model version ${versions[1]} was not promoted: by now ${versions[0]} is champion number 1 (promoted by ada at 2026-11-21T10:00:00.000Z); compare with that one and promote again`,
    })
  })
}

/** The same storage, whose writes all fail after the first `count`: a writer killed between two writes. */
function failingAfter(storage: Storage, count: number): Storage {
  let writes = 0
  return {
    ...storage,
    write: async (key, content, options) => {
      if (writes++ >= count) throw new AppError('STORAGE_FAILED', `killed before ${key}`)
      await storage.write(key, content, options)
    },
  }
}

function describeKilledWriters(open: Open): void {
  test('a trainer killed after any number of writes leaves the old champion served and only whole versions listed', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['old'])
    const old = await store.promote(versions[0], samplePromotion('ada'))
    let finished = false
    let survived = 0
    for (; !finished; survived++) {
      const killed = openModelStore(failingAfter(storage, survived))
      const { version } = await killed.publish(sampleRequest('new')).catch(() => ({ version: undefined }))
      finished = version !== undefined && (await killed.promote(version, samplePromotion('bob')).then(() => true, () => false)) // biome-ignore format: one condition
      if (!finished) expect(await store.champion(), `after ${survived} writes`).toEqual(old)
      for (const listed of await store.versions()) {
        const manifest = await store.manifest(listed)
        for (const name of Object.keys(manifest.files))
          expect((await store.readFile(manifest, name)).length).toBeGreaterThan(0)
      }
    }
    // Three files, model.json and the pointer: killed after 0 to 4 writes, finished with 5.
    expect(survived).toBe(6)
    expect(await store.champion()).toMatchObject({ n: 2, by: 'bob', version: '20261121.abc1234.6' })
    // Killed at 4 the version was complete and only not promoted; the four before it are not there.
    expect(await store.versions()).toEqual(['20261121.abc1234.1', '20261121.abc1234.5', '20261121.abc1234.6'])
  })
}

function describeDamage(open: Open): void {
  test.each(['run.yaml', 'model.onnx', 'profile.json'])(
    'one flipped bit in %s refuses that file by its name',
    async name => {
      const { storage, store, versions } = await openWithVersions(open, ['first'])
      const [version] = versions
      const content = await storage.read(`${version}/${name}`)
      content[content.length >> 1] ^= 1
      await storage.write(`${version}/${name}`, content)
      const refused = {
        code: 'MODEL_CORRUPT',
        message: expect.stringMatching(
          new RegExp(
            `^model version ${version}: file ${name} does not match its recorded SHA-256 \\(recorded .*, found .*\\); restore the file or promote another version$`,
          ),
        ),
      }
      const manifest = await store.manifest(version)
      await expect(store.readFile(manifest, name)).rejects.toMatchObject(refused)
      await expect(store.promote(version, samplePromotion('ada'))).rejects.toMatchObject(refused)
      expect(await store.champion()).toBeUndefined()
      for (const other of Object.keys(manifest.files).filter(file => file !== name)) {
        expect((await store.readFile(manifest, other)).length).toBe(manifest.files[other].bytes)
      }
    },
  )

  test('a model.json changed after its promotion is refused, though it still reads well', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first'])
    const pointer = await store.promote(versions[0], samplePromotion('ada'))
    const key = `${versions[0]}/model.json`
    await storage.write(
      key,
      bytes(
        Buffer.from(await storage.read(key))
          .toString()
          .replace('"threshold": 0.5', '"threshold": 0.4'),
      ),
    )
    expect((await store.manifest(versions[0])).threshold).toBe(0.4)
    await expect(store.manifest(pointer)).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      message: expect.stringContaining(
        `model version ${versions[0]}: file model.json does not match its recorded SHA-256`,
      ),
    })
  })
}

function describeLosses(open: Open): void {
  test('a file that is gone is refused by its name, and one that never was is NOT_FOUND', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first'])
    await storage.remove(`${versions[0]}/model.onnx`)
    const manifest = await store.manifest(versions[0])
    await expect(store.readFile(manifest, 'model.onnx')).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      message: `model version ${versions[0]}: file model.onnx is missing; restore the file or promote another version`,
    })
    for (const name of ['constructor', 'model.json', '../../etc/passwd']) {
      await expect(store.readFile(manifest, name)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `model version ${versions[0]} has no file ${JSON.stringify(name)}; it has: run.yaml, model.onnx, profile.json`,
      })
    }
  })

  test('a champion whose model.json is gone is damage, not a version nobody knows', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first'])
    const pointer = await store.promote(versions[0], samplePromotion('ada'))
    await storage.remove(`${versions[0]}/model.json`)
    await expect(store.manifest(pointer)).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      message: `model version ${versions[0]}: file model.json is missing; restore the file or promote another version`,
    })
  })

  test('a damaged pointer is refused by its name, and a promotion replaces it', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first', 'second'])
    await store.promote(versions[0], samplePromotion('ada'))
    await storage.write('champion.2.json', bytes('{"n":2,'))
    const refused = {
      code: 'MODEL_CORRUPT',
      message: 'champion.2.json is not JSON; restore the file or promote a version to replace it',
    }
    await expect(store.champion()).rejects.toMatchObject(refused)
    await expect(store.history()).rejects.toMatchObject(refused)
    const pointer = await store.promote(versions[1], samplePromotion('bob'))
    expect(pointer).toMatchObject({ n: 3, version: versions[1] })
    expect(await store.champion()).toEqual(pointer)
  })
}

function describeLostPointers(open: Open): void {
  test('a damaged pointer among the older ones is left out of the history', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first', 'second'])
    for (const n of [0, 1, 2]) await store.promote(versions[n % 2], samplePromotion('ada', n))
    await storage.write('champion.2.json', bytes('{'))
    expect((await store.history()).map(pointer => pointer.n)).toEqual([1, 3])
  })

  test('where a refusal tells of a champion whose pointer is gone, its number is not given again', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first', 'second'])
    for (const n of [0, 1]) await store.promote(versions[n], samplePromotion('ada', n))
    await store.refuse({
      version: versions[0],
      champion: 2,
      at: '2026-11-21T11:00:00.000Z',
      by: 'gate',
      reason: 'worse',
    })
    await storage.remove('champion.2.json')
    expect([await store.championNumber(), await store.lastChampionNumber()]).toEqual([1, 2])
    await expect(store.promote(versions[1], samplePromotion('bob', 1))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('champion.2.json is gone; restore the file'),
    })
    expect(await store.promote(versions[1], samplePromotion('bob'))).toMatchObject({ n: 3, version: versions[1] })
  })
}

const SHA256: Readonly<Record<string, string>> = {
  'run of first': 'bad4734d071258efed92141b08cf3876ed290290aaea86822a2059859aa2be00',
  'model of first': 'b77d4854f1f95f009abb0bcf8f7cb6ddddda4e8eb9d19f03cdd780e50eb7f223',
  'profile of first': 'cffc147e207fc608f91bbd032589ec90d0adba1aaefc6d3975f5fda553a0c1f0',
}
