import { expect, test } from 'vitest'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { parseRun, writtenOptions } from './run.ts'
import { type Setting, sampleSettings } from './search-space.ts'

const own = (family: FamilyName): Setting => ({ family, options: FAMILIES[family].defaults })
const all = [own('gbt'), own('logistic'), own('mlp')]
const countOf = (settings: readonly Setting[], family: FamilyName) =>
  settings.filter(setting => setting.family === family).length

test('the first setting of each family is the run’s own', () => {
  const settings = sampleSettings({ families: all, trials: 12, seed: 1 })
  for (const setting of all) expect(settings.find(({ family }) => family === setting.family)).toEqual(setting)
})

test('trials are shared out by how many settings a family has to try, and add up', () => {
  const settings = sampleSettings({ families: all, trials: 30, seed: 1 })
  expect([countOf(settings, 'gbt'), countOf(settings, 'logistic'), countOf(settings, 'mlp')]).toEqual([15, 5, 10])
  for (const trials of [3, 4, 17, 100]) expect(sampleSettings({ families: all, trials, seed: 1 })).toHaveLength(trials)
})

test('fewer trials than families: every family still has its own', () => {
  expect(sampleSettings({ families: all, trials: 2, seed: 1 })).toEqual(all)
})

test('the same seed draws the same, another seed others, and a family draws the same without the others', () => {
  const settings = sampleSettings({ families: all, trials: 30, seed: 1 })
  expect(sampleSettings({ families: all, trials: 30, seed: 1 })).toEqual(settings)
  expect(sampleSettings({ families: all, trials: 30, seed: 2 })).not.toEqual(settings)
  expect(sampleSettings({ families: [own('gbt')], trials: 15, seed: 1 })).toEqual(settings.slice(0, 15))
})

test('every drawn setting is one that a run file may have, and keeps what is not searched', () => {
  const families = [{ family: 'gbt', options: { ...(FAMILIES.gbt.defaults as object), trees: 77 } } as const]
  for (const { family, options } of [
    ...sampleSettings({ families: all, trials: 600, seed: 3 }),
    ...sampleSettings({ families, trials: 20, seed: 3 }),
  ]) {
    const document = { families: { [family]: writtenOptions(options) } }
    expect(parseRun(document, 'drawn').families[family]).toEqual(writtenOptions(options))
  }
  for (const { options } of sampleSettings({ families, trials: 20, seed: 3 }))
    expect(options).toMatchObject({ trees: 77 })
})

test('trees from 2 leaves on are drawn, and both with and without an L1 penalty', () => {
  const settings = sampleSettings({ families: all, trials: 400, seed: 4 }).map(({ options }) => writtenOptions(options))
  const leaves = settings.flatMap(written => written.leaves ?? [])
  expect([Math.min(...leaves), Math.max(...leaves)]).toEqual([2, 64])
  const strengths = settings.flatMap(written => written.l1 ?? [])
  expect(strengths.filter(l1 => l1 === 0).length).toBeGreaterThan(strengths.length / 4)
  expect(strengths.filter(l1 => l1 > 0).length).toBeGreaterThan(strengths.length / 4)
})
