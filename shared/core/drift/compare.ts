/**
 * Two samples in, one report out. A stored reference profile and a table just read are compared alike: both are a Profile.
 * Only the contract's features are compared; the target, sensitive and unlisted columns never are.
 */
import type { Contract } from '../contract/contract.ts'
import { AppError } from '../errors.ts'
import type { ColumnProfile } from './column-profile.ts'
import { type ColumnComparison, compareColumn } from './compare-column.ts'
import { type CountedColumn, compareCounted } from './compare-counted.ts'
import { adjustPValues } from './false-discovery.ts'
import { collectFindings } from './findings.ts'
import { DRIFT_METHOD } from './method.ts'
import { comparePredictions } from './prediction-drift.ts'
import type { Profile } from './profile.ts'
import type { DriftFinding, DriftReport, FeatureDrift, SampleInfo, Sides } from './report.ts'
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
  /** What the caller knows of the current sample, said before all other findings. */
  readonly findings?: readonly DriftFinding[]
  /** What cannot be told of the current sample, in a sentence. */
  readonly notTold?: string
}

/** A profile, or counts in the bins of the reference in place of columns. */
export interface CurrentSample extends Omit<Profile, 'columns'> {
  readonly columns: ReadonlyMap<string, ColumnProfile | CountedColumn>
}

/** Throws INVALID_TABLE for a sample without rows; whatever else is wrong with a sample becomes a finding. */
export function compareProfiles(reference: Profile, current: CurrentSample, options: CompareOptions): DriftReport {
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
    const [before, now] = [reference.columns.get(feature.name), current.columns.get(feature.name)]
    if (now?.kind === 'counted') return compareCounted(feature, { reference: before, current: now }, threshold)
    return compareColumn(feature, { reference: before, current: now }, threshold)
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
      findings: [
        ...(options.findings ?? []),
        ...collectFindings({
          features: contract.features,
          columns,
          profiles: { reference, current },
          sampleSize,
          prediction,
        }),
      ],
      ...(options.notTold === undefined ? {} : { not_told: options.notTold }),
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
    if (drift.chi_square) return { ...drift, chi_square: { ...drift.chi_square, p_adjusted } }
    return drift.kind === 'number' && drift.ks ? { ...drift, ks: { ...drift.ks, p_adjusted } } : drift
  })
}
