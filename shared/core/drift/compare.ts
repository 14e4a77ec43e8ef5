/**
 * Two samples in, one report out. A stored reference profile and a table just read are compared alike: both are a Profile.
 * Only the contract's features are compared; the target, sensitive and unlisted columns never are.
 */
import type { Contract } from '../contract/contract.ts'
import { AppError } from '../errors.ts'
import { type ColumnComparison, compareColumn } from './compare-column.ts'
import { adjustPValues } from './false-discovery.ts'
import { collectFindings } from './findings.ts'
import { DRIFT_METHOD } from './method.ts'
import { comparePredictions } from './prediction-drift.ts'
import type { Profile } from './profile.ts'
import type { DriftReport, FeatureDrift, SampleInfo, Sides } from './report.ts'
import { judgeSampleSize } from './sample-size.ts'

export interface CompareOptions {
  readonly contract: Pick<Contract, 'name' | 'features' | 'drift'>
  /** ISO 8601, UTC. */
  readonly createdAt: string
  /** Where each sample comes from. */
  readonly sources: Sides<Omit<SampleInfo, 'rows'>>
  /** The model that scored both samples. */
  readonly modelVersion?: string
  /** Why there are no scores; said in the report. */
  readonly whyNoScores?: string
}

/** Throws INVALID_TABLE for a sample without rows; whatever else is wrong with a sample becomes a finding. */
export function compareProfiles(reference: Profile, current: Profile, options: CompareOptions): DriftReport {
  const { contract, sources } = options
  const { threshold } = contract.drift
  for (const [side, { rows }] of Object.entries({ reference, current })) {
    if (rows > 0) continue
    const { source } = sources[side as keyof Sides]
    throw new AppError(
      'INVALID_TABLE',
      `the ${side} sample (${source}) has no rows; drift needs at least one on each side`,
    )
  }
  const comparisons = contract.features.map(feature => {
    const columns = { reference: reference.columns.get(feature.name), current: current.columns.get(feature.name) }
    return compareColumn(feature, columns, threshold)
  })
  const rows = { reference: reference.rows, current: current.rows }
  const columns = withAdjustedP(comparisons)
  const sampleSize = judgeSampleSize(comparisons, rows, threshold)
  const prediction = comparePredictions(
    { reference: reference.scores, current: current.scores },
    { threshold, modelVersion: options.modelVersion, whyAbsent: options.whyNoScores },
  )
  return {
    threshold,
    overall_drift: columns.some(({ drifted }) => drifted),
    features: Object.fromEntries(columns.map(({ feature, psi }) => [feature, psi])),
    details: {
      schema_version: 1,
      contract: contract.name,
      created_at: options.createdAt,
      reference: { ...sources.reference, rows: rows.reference },
      current: { ...sources.current, rows: rows.current },
      sample_size: sampleSize,
      columns,
      prediction,
      findings: collectFindings({
        features: contract.features,
        columns,
        profiles: { reference, current },
        sampleSize,
        prediction,
      }),
      method: DRIFT_METHOD,
    },
  }
}

function withAdjustedP(comparisons: readonly ColumnComparison[]): FeatureDrift[] {
  const tested = comparisons.filter(({ pValue }) => pValue !== undefined)
  const adjusted = adjustPValues(tested.map(({ pValue }) => pValue ?? 1))
  const adjustedOf = new Map(tested.map((comparison, i) => [comparison, adjusted[i]]))
  return comparisons.map(comparison => {
    const { drift } = comparison
    const p_adjusted = adjustedOf.get(comparison)
    if (p_adjusted === undefined) return drift
    if (drift.kind === 'number') return { ...drift, ks: drift.ks && { ...drift.ks, p_adjusted } }
    return { ...drift, chi_square: drift.chi_square && { ...drift.chi_square, p_adjusted } }
  })
}
