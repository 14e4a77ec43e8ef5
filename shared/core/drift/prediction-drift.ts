/**
 * How a model's answers moved between two samples, and where rows have labels, how far its promises are from what came.
 * Inputs may drift without moving an answer, and answers may go wrong without any input drifting.
 */

import { countBins } from './bins.ts'
import { binsInUse, chanceLimit } from './chance.ts'
import { describeNumberBins } from './describe-bins.ts'
import { ksPValue, ksStatistic } from './ks.ts'
import { psiOfCounts } from './psi.ts'
import type { PredictionDrift, Sides } from './report.ts'
import type { ScoreProfile } from './score-profile.ts'

export interface ScoredSamples {
  readonly reference: ScoreProfile | undefined
  readonly current: ScoreProfile | undefined
}

export interface PredictionOptions {
  readonly threshold: number
  /** The model that scored both samples; undefined: none did. */
  readonly modelVersion: string | undefined
  /** Why there are no scores, where the caller knows. */
  readonly whyAbsent: string | undefined
}

export function comparePredictions(samples: ScoredSamples, options: PredictionOptions): PredictionDrift {
  const { reference, current } = samples
  const { threshold, modelVersion, whyAbsent } = options
  if (modelVersion === undefined || reference === undefined || current === undefined) {
    return { absent: whyAbsent ?? 'no model scored both samples' }
  }
  const rows = { reference: reference.rows, current: current.rows }
  if (rows.reference === 0 || rows.current === 0) {
    const side = rows.reference === 0 ? 'reference' : 'current sample'
    return { absent: `the model accepts none of the rows that were tried of the ${side}` }
  }
  const { edges, counts } = reference.numbers
  const currentCounts = countBins(current.numbers.distribution, current.numbers.missing, edges)
  const psi = psiOfCounts(counts, currentCounts)
  const statistic = ksStatistic(reference.numbers.distribution, current.numbers.distribution)
  const pValue = ksPValue(statistic, rows.reference, rows.current)
  const sides = { reference, current }
  const positiveRate = onBoth(sides, side => side.positives / side.rows)
  return {
    model_version: modelVersion,
    model_threshold: reference.threshold,
    rows,
    refused_rows: onBoth(sides, side => side.refused),
    psi,
    chance_limit: chanceLimit(binsInUse(counts, currentCounts), rows.reference, rows.current),
    drifted: psi > threshold,
    ks: { statistic, p_value: pValue, p_adjusted: pValue },
    mean_score: onBoth(sides, side => side.meanScore),
    positive_rate: positiveRate,
    positive_rate_shift: positiveRate.current - positiveRate.reference,
    label_rate: onBoth(sides, labelRate),
    calibration_gap: onBoth(sides, ({ labelled }) =>
      labelled === null ? null : labelled.meanScore - labelled.positives / labelled.rows,
    ),
    labelled_rows: onBoth(sides, ({ labelled }) => labelled?.rows ?? 0),
    bins: describeNumberBins(edges, counts, currentCounts),
  }
}

function labelRate({ labelled }: ScoreProfile): number | null {
  return labelled === null ? null : labelled.positives / labelled.rows
}

function onBoth<To>({ reference, current }: Sides<ScoreProfile>, of: (side: ScoreProfile) => To): Sides<To> {
  return { reference: of(reference), current: of(current) }
}
