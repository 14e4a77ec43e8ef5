/** What the promotion log promises over any Storage, as tests: every decision is there, in order, whoever wrote at once. */
import { describe, expect, test } from 'vitest'
import { type Open, openWithVersions, samplePromotion } from './model-store.conformance.ts'

/** `open` gives a new, empty storage each time. */
export function describePromotionLog(name: string, open: Open): void {
  describe(`promotion log over ${name}`, () => describeLog(open))
}

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))

function describeLog(open: Open): void {
  const refusal = (version: string, by: string, champion: number) => {
    return { version, champion, by, at: '2026-11-21T10:00:00.000Z', reason: 'not better' }
  }

  test('the log has promotions and refusals in their order, with who decided and the verdict', async () => {
    const { store, versions } = await openWithVersions(open, ['first', 'second', 'third'])
    await store.promote(versions[0], { ...samplePromotion('train', 0), verdict: 'first' })
    await store.refuse(refusal(versions[1], 'gate', 1))
    await store.promote(versions[2], { ...samplePromotion('gate', 1), verdict: 'promoted' })
    await store.refuse(refusal(versions[1], 'gate', 2))
    await store.promote(versions[1], samplePromotion('ada'))
    await store.promote(versions[2], { ...samplePromotion('bob', 3), verdict: 'rolled_back' })
    const { decisions, unreadable } = await store.log()
    expect(decisions.map(({ verdict, version, champion, by }) => [verdict, version, champion, by])).toEqual([
      ['first', versions[0], 1, 'train'],
      ['refused', versions[1], 1, 'gate'],
      ['promoted', versions[2], 2, 'gate'],
      ['refused', versions[1], 2, 'gate'],
      ['forced', versions[1], 3, 'ada'],
      ['rolled_back', versions[2], 4, 'bob'],
    ])
    expect(unreadable).toEqual([])
  })

  test('of 16 refusals at once none is lost, and each has a number of its own', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first'])
    const by = Array.from({ length: 16 }, (_, i) => `judge ${i}`)
    await Promise.all(by.map(name => store.refuse(refusal(versions[0], name, 0))))
    const { decisions } = await store.log()
    expect(decisions.map(decision => decision.by).sort()).toEqual(by.toSorted())
    expect(await storage.list('refusal.')).toHaveLength(16)
    expect(await store.versions()).toEqual(versions)
  })

  test('a damaged file of the log is named, and the rest is read', async () => {
    const { storage, store, versions } = await openWithVersions(open, ['first'])
    await store.promote(versions[0], samplePromotion('ada', 0))
    await store.refuse(refusal(versions[0], 'gate', 1))
    await storage.write('refusal.2.json', bytes('{"verdict":"refused"'))
    await storage.write('refusal.3.json', bytes('{"verdict":"refused"}'))
    await storage.write('champion.2.json', bytes('{"n":2,'))
    const { decisions, unreadable } = await store.log()
    expect(decisions.map(({ verdict }) => verdict)).toEqual(['first', 'refused'])
    expect(unreadable).toEqual([
      expect.stringMatching(/^champion\.2\.json is not JSON/),
      'refusal.2.json is no refusal',
      'refusal.3.json is no refusal',
    ])
  })
}
