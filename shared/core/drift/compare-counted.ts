/** One feature of what was served: known by its counts in the reference's bins, so whatever needs values is null. */
import type { Feature, NumberFeature } from '../contract/contract.ts'
import { sumOf } from '../math/sum.ts'
import { binsInUse } from './chance.ts'
import { chiSquareTest } from './chi-square.ts'
import type { CategoryProfile, ColumnProfile, NumberProfile } from './column-profile.ts'
import { compareBins } from './compare-bins.ts'
import { type ColumnComparison, chiSquareResult, incomparable } from './compare-column.ts'
import { describeLevelBins, describeNumberBins } from './describe-bins.ts'
import { type FeatureBins, referenceCounts } from './feature-bins.ts'
import type { CategoryDrift, DriftBin, NumberDrift, Sides } from './report.ts'

export interface CountedColumn {
  readonly kind: 'counted'
  readonly bins: FeatureBins
  /** Rows per bin; the last are missing. */
  readonly counts: Float64Array
}

export interface CountedSides {
  readonly reference: ColumnProfile | undefined
  readonly current: CountedColumn
}

/** predict takes only what the contract allows, so no current value is outside of it. */
const NONE = { reference: 0, current: 0 }

export function compareCounted(feature: Feature, sides: CountedSides, threshold: number): ColumnComparison {
  const { reference, current } = sides
  if (reference === undefined) return incomparable(feature, 'the reference has no such column')
  const counts = { reference: referenceCounts(current.bins, reference), current: current.counts }
  const rows = { reference: sumOf(counts.reference), current: sumOf(counts.current) }
  if (rows.current === 0) return incomparable(feature, 'too few served rows were counted')
  const test = chiSquareTest(counts.reference, counts.current)
  const told = {
    feature: feature.name,
    ...compareBins(counts, rows, threshold),
    chi_square: chiSquareResult(test),
    missing_rate: onBoth(counts, side => side[side.length - 1] / sumOf(side)),
    unreadable: NONE,
  }
  const drift =
    feature.type === 'category'
      ? { ...told, ...levelDrift(current.bins, counts, reference as CategoryProfile) }
      : { ...told, ...numberDrift(feature, counts, reference as NumberProfile) }
  return { drift, pValue: test.pValue, binsInUse: binsInUse(counts.reference, counts.current) }
}

type Told =
  | 'feature'
  | 'psi'
  | 'drifted'
  | 'chance_limit'
  | 'too_small_to_tell'
  | 'jensen_shannon'
  | 'chi_square'
  | 'missing_rate'
  | 'unreadable'

function numberDrift(
  { unit }: NumberFeature,
  counts: Sides<Float64Array>,
  profile: NumberProfile,
): Omit<NumberDrift, Told> {
  const { mean, minimum, maximum, edges, approximate } = profile
  return {
    kind: 'number',
    ...(unit === undefined ? {} : { unit }),
    ks: null,
    wasserstein: null,
    mean: { reference: mean, current: null },
    minimum: { reference: minimum, current: null },
    maximum: { reference: maximum, current: null },
    constant: { reference: minimum !== null && minimum === maximum, current: false },
    out_of_range: NONE,
    not_integer: NONE,
    approximate,
    bins: describeNumberBins(edges, counts.reference, counts.current),
  }
}

/** Stands for all levels without a bin of their own. */
const OTHER = 'other levels'

function levelDrift(
  bins: FeatureBins,
  counts: Sides<Float64Array>,
  profile: CategoryProfile,
): Omit<CategoryDrift, Told> {
  const levels = bins.kind === 'category' ? [...bins.levels, OTHER] : []
  const isSeen = (_: unknown, i: number) => i === levels.length || counts.reference[i] + counts.current[i] > 0
  const shown = describeLevelBins({
    levels: levels.filter(isSeen),
    reference: counts.reference.filter(isSeen),
    current: counts.current.filter(isSeen),
  })
  const used = counts.current.subarray(0, -1).filter(rows => rows > 0)
  return {
    kind: 'category',
    new_categories: [],
    new_category_count: 0,
    constant: { reference: profile.levels.length === 1, current: used.length === 1 && counts.current.at(-2) === 0 },
    bins: shown.map((bin): DriftBin => (bin.label === OTHER ? { ...bin, kind: 'other' } : bin)),
  }
}

function onBoth<From, To>({ reference, current }: Sides<From>, of: (side: From) => To): Sides<To> {
  return { reference: of(reference), current: of(current) }
}
