/**
 * Which settings a search tries: for each family the ranges of its options, and how they are drawn. The first setting of a
 * family is the run's own, so that a search never starts behind it; none is drawn twice.
 */
import { deriveSeed, makeRandom, type Random } from '../math/random.ts'
import type { FamilyName } from '../model/manifest.ts'
import schema from './run.schema.json' with { type: 'json' }
import { type OptionValue, toOptions } from './written-options.ts'

/** A family with the options it is to be fitted with. */
export interface Setting {
  readonly family: FamilyName
  readonly options: unknown
}

/** What an option is drawn from: the values of a list, each as likely as the others, or all between two ends. */
export type OptionRange = readonly OptionValue[] | Interval

interface Interval {
  readonly from: number
  readonly to: number
  /** true: evenly in the logarithm, for a range that spans powers of ten. */
  readonly log?: boolean
  /** true: half of the draws are 0, for without it at all is a choice of its own. */
  readonly or_zero?: boolean
}

/** By family and option, in the file's spelling; options are drawn in this order. */
export type SearchSpace = Readonly<Partial<Record<FamilyName, Readonly<Record<string, OptionRange>>>>>

export const DEFAULT_SPACE: Readonly<Required<SearchSpace>> = Object.freeze({
  gbt: {
    leaves: { from: 2, to: 64, log: true },
    learning_rate: { from: 0.02, to: 0.2, log: true },
    l2: { from: 0.01, to: 100, log: true },
    min_leaf_rows: { from: 5, to: 200, log: true },
    row_fraction: { from: 0.4, to: 1 },
    column_fraction: { from: 0.3, to: 1 },
  },
  logistic: {
    l1: { from: 0.1, to: 100, log: true, or_zero: true },
    l2: { from: 0.01, to: 1000, log: true },
  },
  mlp: {
    hidden_units: { from: 4, to: 64, log: true },
    second_hidden_units: { from: 4, to: 32, log: true, or_zero: true },
    l2: { from: 0.1, to: 1000, log: true },
    learning_rate: { from: 3e-4, to: 1e-2, log: true },
  },
})

export interface SampleOptions {
  readonly families: readonly Setting[]
  /** Of every family; an empty one leaves it with the run's own setting. */
  readonly space: SearchSpace
  /** Settings in all; every family gets at least its own. Fewer when the space has no more. >= 1. */
  readonly trials: number
  readonly seed: number
}

/** Draws after which a family's space counts as used up: one of lists has few settings. */
const MOST_REPEATS = 100

/** The settings to try, family by family; each family draws from a stream of its own. */
export function sampleSettings({ families, space, trials, seed }: SampleOptions): Setting[] {
  const ranges = families.map(({ family }) => Object.entries(space[family] ?? {}))
  const counts = allotTrials(
    ranges.map(own => own.length),
    trials,
  )
  return families.flatMap(({ family, options }, i) => {
    const random = makeRandom(deriveSeed(seed, `search ${family}`))
    const draws = ranges[i].map(([key, range]) => [key, drawFrom(range, isWhole(family, key))] as const)
    const settings = new Map([[JSON.stringify(options), options]])
    for (let repeats = 0; settings.size < counts[i] && repeats < MOST_REPEATS; ) {
      const drawn = toOptions(Object.fromEntries(draws.map(([key, draw]) => [key, draw(random)])))
      const setting = { ...(options as object), ...drawn }
      const isNew = !settings.has(JSON.stringify(setting))
      repeats = isNew ? 0 : repeats + 1
      if (isNew) settings.set(JSON.stringify(setting), setting)
    }
    return [...settings.values()].map((setting): Setting => ({ family, options: setting }))
  })
}

/** In proportion to how many options a family has to try, largest remainders first, and at least 1. */
function allotTrials(sizes: readonly number[], trials: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total === 0) return sizes.map(() => 1)
  const exact = sizes.map(size => (trials * size) / total)
  const counts = exact.map(share => Math.max(1, Math.floor(share)))
  const byRemainder = exact
    .map((share, i) => ({ i, remainder: share - counts[i] }))
    .filter(({ i }) => sizes[i] > 0)
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i)
  const left = trials - counts.reduce((sum, count) => sum + count, 0)
  for (let k = 0; k < left; k++) counts[byRemainder[k % byRemainder.length].i]++
  return counts
}

type Draw = (random: Random) => OptionValue

function drawFrom(range: OptionRange, whole: boolean): Draw {
  if (!('from' in range)) return random => range[random.integer(0, range.length - 1)]
  const draw = drawBetween(range, whole)
  if (range.or_zero !== true) return draw
  return random => {
    const value = draw(random)
    return random.uniform() < 0.5 ? 0 : value
  }
}

function drawBetween({ from, to, log = false }: Interval, whole: boolean): (random: Random) => number {
  // Of whole numbers both ends get their share; rounding may not lead out of the range.
  const [low, high] = whole ? [from - 0.499, to + 0.499] : [from, to]
  const inside = (value: number) => Math.min(Math.max(whole ? Math.round(value) : shortened(value), from), to)
  if (log) return random => inside(low * (high / low) ** random.uniform())
  return random => inside(low + (high - low) * random.uniform())
}

/** Four significant digits: what a person would write into a run file, and the same on every machine. */
function shortened(value: number): number {
  return Number(value.toPrecision(4))
}

function isWhole(family: FamilyName, key: string): boolean {
  const options: Readonly<Record<string, { readonly type?: unknown }>> =
    schema.properties.families.properties[family].properties
  return options[key]?.type === 'integer'
}
