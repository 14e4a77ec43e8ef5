/**
 * Which settings a search tries: for each family the ranges, and how they are drawn. A range that spans powers of ten is
 * drawn evenly in the logarithm. The first setting of a family is the run's own, so that a search never starts behind it.
 */
import { deriveSeed, makeRandom, type Random } from '../math/random.ts'
import type { FamilyName } from '../model/manifest.ts'

/** A family with the options it is to be fitted with. */
export interface Setting {
  readonly family: FamilyName
  readonly options: unknown
}

type Draw = (random: Random) => number

/** Option by option, in the spelling of the family's options; drawn in this order. */
const SPACE: Readonly<Record<FamilyName, Readonly<Record<string, Draw>>>> = {
  gbt: {
    leaves: wholeLog(2, 64),
    learningRate: logarithmic(0.02, 0.2),
    l2: logarithmic(0.01, 100),
    minLeafRows: wholeLog(5, 200),
    rowFraction: even(0.4, 1),
    columnFraction: even(0.3, 1),
  },
  logistic: {
    l1: zeroOr(logarithmic(0.1, 100)),
    l2: logarithmic(0.01, 1000),
  },
  mlp: {
    hiddenUnits: wholeLog(4, 64),
    secondHiddenUnits: zeroOr(wholeLog(4, 32)),
    l2: logarithmic(0.1, 1000),
    learningRate: logarithmic(3e-4, 1e-2),
  },
}

export interface SampleOptions {
  readonly families: readonly Setting[]
  /** Settings in all; every family gets at least its own. >= 1. */
  readonly trials: number
  readonly seed: number
}

/** The settings to try, family by family; each family draws from a stream of its own. */
export function sampleSettings({ families, trials, seed }: SampleOptions): Setting[] {
  return allotTrials(families, trials).flatMap((count, i) => {
    const { family, options } = families[i]
    const random = makeRandom(deriveSeed(seed, `search ${family}`))
    return Array.from({ length: count }, (_, trial): Setting => {
      if (trial === 0) return { family, options }
      const drawn = Object.entries(SPACE[family]).map(([name, draw]) => [name, draw(random)] as const)
      return { family, options: { ...(options as object), ...Object.fromEntries(drawn) } }
    })
  })
}

/** In proportion to how many options a family has to try, largest remainders first, and at least 1. */
function allotTrials(families: readonly Setting[], trials: number): number[] {
  const sizes = families.map(({ family }) => Object.keys(SPACE[family]).length)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const exact = sizes.map(size => (trials * size) / total)
  const counts = exact.map(share => Math.max(1, Math.floor(share)))
  const byRemainder = exact
    .map((share, i) => ({ i, remainder: share - counts[i] }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i)
  const left = trials - counts.reduce((sum, count) => sum + count, 0)
  for (let k = 0; k < left; k++) counts[byRemainder[k % byRemainder.length].i]++
  return counts
}

function even(min: number, max: number): Draw {
  return random => round(min + (max - min) * random.uniform())
}

function logarithmic(min: number, max: number): Draw {
  return random => round(min * (max / min) ** random.uniform())
}

function wholeLog(min: number, max: number): Draw {
  // From min - 0.5 to max + 0.5, so that both ends get their share.
  return random => Math.round((min - 0.499) * ((max + 0.499) / (min - 0.499)) ** random.uniform())
}

/** Half of the draws are 0: without it at all is a choice of its own. */
function zeroOr(draw: Draw): Draw {
  return random => {
    const value = draw(random)
    return random.uniform() < 0.5 ? 0 : value
  }
}

/** Four significant digits: what a person would write into a run file, and the same on every machine. */
function round(value: number): number {
  return Number(value.toPrecision(4))
}
