/** What every feature is judged by: the PSI of two histograms over the same bins, beside what chance alone would give. */
import { binsInUse, chanceLimit } from './chance.ts'
import { jensenShannonDistance } from './jensen-shannon.ts'
import { psiOfCounts } from './psi.ts'

export interface BinComparison {
  readonly psi: number
  readonly drifted: boolean
  readonly chance_limit: number
  readonly too_small_to_tell: boolean
  readonly jensen_shannon: number
}

export interface Histograms {
  readonly reference: Float64Array
  readonly current: Float64Array
}

/** n and m are all rows of the two samples: missing values are a bin too. */
export function compareBins({ reference, current }: Histograms, sizes: ComparedRows, threshold: number): BinComparison {
  const psi = psiOfCounts(reference, current)
  const limit = chanceLimit(binsInUse(reference, current), sizes.reference, sizes.current)
  return {
    psi,
    drifted: psi > threshold,
    chance_limit: limit,
    too_small_to_tell: limit > threshold,
    jensen_shannon: jensenShannonDistance(reference, current),
  }
}

/** Rows of each side. */
export interface ComparedRows {
  readonly reference: number
  readonly current: number
}
