import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { parseRun } from './run.ts'
import { DEFAULT_SPACE, type SampleOptions, type Setting, sampleSettings } from './search-space.ts'
import { writtenOptions } from './written-options.ts'

const sample = (options: Omit<SampleOptions, 'space'> & Partial<SampleOptions>) =>
  sampleSettings({ space: DEFAULT_SPACE, ...options })
const own = (family: FamilyName): Setting => ({ family, options: FAMILIES[family].defaults })
const all = [own('gbt'), own('logistic'), own('mlp')]
const countOf = (settings: readonly Setting[], family: FamilyName) =>
  settings.filter(setting => setting.family === family).length

test('the first setting of each family is the run’s own', () => {
  const settings = sample({ families: all, trials: 12, seed: 1 })
  for (const setting of all) expect(settings.find(({ family }) => family === setting.family)).toEqual(setting)
})

test('trials are shared out by how many settings a family has to try, and add up', () => {
  const settings = sample({ families: all, trials: 30, seed: 1 })
  expect([countOf(settings, 'gbt'), countOf(settings, 'logistic'), countOf(settings, 'mlp')]).toEqual([15, 5, 10])
  for (const trials of [3, 4, 17, 100]) expect(sample({ families: all, trials, seed: 1 })).toHaveLength(trials)
})

test('fewer trials than families: every family still has its own', () => {
  expect(sample({ families: all, trials: 2, seed: 1 })).toEqual(all)
})

test('the same seed draws the same, another seed others, and a family draws the same without the others', () => {
  const settings = sample({ families: all, trials: 30, seed: 1 })
  expect(sample({ families: all, trials: 30, seed: 1 })).toEqual(settings)
  expect(sample({ families: all, trials: 30, seed: 2 })).not.toEqual(settings)
  expect(sample({ families: [own('gbt')], trials: 15, seed: 1 })).toEqual(settings.slice(0, 15))
})

test('every drawn setting is one that a run file may have, and keeps what is not searched', () => {
  const families = [{ family: 'gbt', options: { ...(FAMILIES.gbt.defaults as object), trees: 77 } } as const]
  for (const { family, options } of [
    ...sample({ families: all, trials: 600, seed: 3 }),
    ...sample({ families, trials: 20, seed: 3 }),
  ]) {
    const document = { families: { [family]: writtenOptions(options) } }
    expect(parseRun(document, 'drawn').families[family]).toEqual(writtenOptions(options))
  }
  for (const { options } of sample({ families, trials: 20, seed: 3 })) expect(options).toMatchObject({ trees: 77 })
})

test('trees from 2 leaves on are drawn, and both with and without an L1 penalty', () => {
  const drawn = sample({ families: all, trials: 400, seed: 4 })
  const writtenOf = (name: string) =>
    drawn.filter(({ family }) => family === name).map(({ options }) => writtenOptions(options))
  const leaves = writtenOf('gbt').map(written => Number(written.leaves))
  expect([Math.min(...leaves), Math.max(...leaves)]).toEqual([2, 64])
  const strengths = writtenOf('logistic').map(written => Number(written.l1))
  expect(strengths.filter(l1 => l1 === 0).length).toBeGreaterThan(strengths.length / 4)
  expect(strengths.filter(l1 => l1 > 0).length).toBeGreaterThan(strengths.length / 4)
})

test('a range of one’s own: whole numbers to both ends, lists value by value, 0 for about a half', () => {
  const space = {
    gbt: { leaves: { from: 3, to: 5 }, learning_rate: [0.05, 0.1], quantised: [true, false] },
    logistic: { l1: { from: 1, to: 2, or_zero: true } },
  }
  const settings = sample({ families: all.slice(0, 2), space, trials: 60, seed: 5 })
  const gbt = settings.filter(({ family }) => family === 'gbt').map(({ options }) => writtenOptions(options))
  // The run's own, and each of 3 x 2 x 2 combinations once: there are no more.
  expect(gbt).toHaveLength(13)
  const drawn = gbt.slice(1).map(({ leaves, learning_rate, quantised }) => `${leaves} ${learning_rate} ${quantised}`)
  expect(new Set(drawn).size).toBe(12)
  const strengths = settings
    .filter(({ family }) => family === 'logistic')
    .map(({ options }) => Number(writtenOptions(options).l1))
  expect(strengths.every(l1 => l1 === 0 || (l1 >= 1 && l1 <= 2))).toBe(true)
  expect(strengths.filter(l1 => l1 > 0).length).toBeGreaterThan(5)
})

test('a family without ranges keeps the run’s own setting, and the others get its trials', () => {
  const settings = sample({ families: all, space: { ...DEFAULT_SPACE, gbt: {} }, trials: 20, seed: 1 })
  expect(countOf(settings, 'gbt')).toBe(1)
  expect(settings).toHaveLength(20)
})

test('whatever the range, draws stay inside it', () => {
  const ends = fc.tuple(
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    fc.double({ min: 1.0001, max: 1e3, noNaN: true }),
  )
  fc.assert(
    fc.property(ends, fc.boolean(), fc.integer(), ([from, ratio], log, seed) => {
      const to = from * ratio
      const space = { logistic: { l2: { from, to, log } } }
      const drawn = sample({ families: [own('logistic')], space, trials: 20, seed }).slice(1)
      expect(
        drawn.every(({ options }) => {
          const l2 = Number(writtenOptions(options).l2)
          return l2 >= from && l2 <= to
        }),
      ).toBe(true)
    }),
  )
})
