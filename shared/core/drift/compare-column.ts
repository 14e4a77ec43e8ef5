/**
 * One feature of two samples. Whatever its values are, the answer is a comparison: what cannot be computed (no value on one
 * side, another kind of column) is null and said, so that one bad column never ends a report.
 */
import type { CategoryFeature, Feature, NumberFeature } from '../contract/contract.ts'
import { countBins } from './bins.ts'
import { binsInUse } from './chance.ts'
import { chiSquareTest, type HomogeneityTest } from './chi-square.ts'
import type { CategoryProfile, ColumnProfile, NumberProfile } from './column-profile.ts'
import { compareBins } from './compare-bins.ts'
import { describeLevelBins, describeNumberBins } from './describe-bins.ts'
import { rowsAt, rowsOf } from './distribution.ts'
import { ksPValue, ksStatistic } from './ks.ts'
import { pairLevels } from './levels.ts'
import type {
  CategoryDrift,
  ChiSquareResult,
  FeatureDrift,
  KsResult,
  NewCategory,
  NumberDrift,
  Sides,
} from './report.ts'
import { overDeviation, wassersteinDistance } from './wasserstein.ts'

export interface ComparedColumns {
  readonly reference: ColumnProfile | undefined
  readonly current: ColumnProfile | undefined
}

/** A comparison whose p-value is not adjusted yet, and the number of bins it rests on. */
export interface ColumnComparison {
  readonly drift: FeatureDrift
  /** undefined: the feature has no test. */
  readonly pValue: number | undefined
  readonly binsInUse: number
}

export function compareColumn(feature: Feature, columns: ComparedColumns, threshold: number): ColumnComparison {
  const { reference, current } = columns
  if (feature.type === 'category') {
    if (reference?.kind === 'category' && current?.kind === 'category') {
      return compareCategories(feature, { reference, current }, threshold)
    }
    return incomparable(feature, whyIncomparable('category', columns))
  }
  if (reference?.kind === 'number' && current?.kind === 'number') {
    return compareNumbers(feature, { reference, current }, threshold)
  }
  return incomparable(feature, whyIncomparable('number', columns))
}

function compareNumbers(feature: NumberFeature, sides: Sides<NumberProfile>, threshold: number): ColumnComparison {
  const { reference, current } = sides
  const counts = {
    reference: reference.counts,
    current: countBins(current.distribution, current.missing, reference.edges),
  }
  const rows = onBoth(sides, rowsOfColumn)
  const values = onBoth(sides, side => rowsOf(side.distribution))
  const hasValues = values.reference > 0 && values.current > 0
  const ks = hasValues ? compareByKs(sides, values) : null
  const distance = hasValues ? wassersteinDistance(reference.distribution, current.distribution) : undefined
  const drift: NumberDrift = {
    feature: feature.name,
    kind: 'number',
    ...(feature.unit === undefined ? {} : { unit: feature.unit }),
    ...compareBins(counts, rows, threshold),
    ks,
    wasserstein: distance === undefined ? null : overDeviation(distance, reference.deviation),
    mean: onBoth(sides, side => side.mean),
    minimum: onBoth(sides, side => side.minimum),
    maximum: onBoth(sides, side => side.maximum),
    missing_rate: onBoth(sides, side => side.missing / rowsOfColumn(side)),
    constant: onBoth(sides, side => side.minimum !== null && side.minimum === side.maximum),
    out_of_range: onBoth(sides, side => countWhere(side, value => isOutside(value, feature))),
    not_integer: onBoth(sides, side =>
      feature.type === 'integer' ? countWhere(side, value => !Number.isInteger(value)) : 0,
    ),
    unreadable: onBoth(sides, side => side.unreadable),
    approximate: reference.approximate || current.approximate,
    bins: describeNumberBins(reference.edges, counts.reference, counts.current),
  }
  return { drift, pValue: ks?.p_value, binsInUse: binsInUse(counts.reference, counts.current) }
}

function compareByKs({ reference, current }: Sides<NumberProfile>, values: Sides): KsResult {
  const statistic = ksStatistic(reference.distribution, current.distribution)
  const pValue = ksPValue(statistic, values.reference, values.current)
  return { statistic, p_value: pValue, p_adjusted: pValue }
}

/** Of a thinned profile a rare value may not be seen; its table was read by the contract, so it had none outside. */
function countWhere({ distribution }: NumberProfile, isMeant: (value: number) => boolean): number {
  let rows = 0
  distribution.values.forEach((value, i) => {
    if (isMeant(value)) rows += rowsAt(distribution, i)
  })
  return rows
}

function isOutside(value: number, { minimum, maximum }: NumberFeature): boolean {
  return (minimum !== undefined && value < minimum) || (maximum !== undefined && value > maximum)
}

/** New levels that are listed. */
const MAX_NEW_CATEGORIES = 20

function compareCategories(
  feature: CategoryFeature,
  sides: Sides<CategoryProfile>,
  threshold: number,
): ColumnComparison {
  const counts = pairLevels(sides.reference, sides.current, feature.values)
  const rows = onBoth(sides, rowsOfColumn)
  const test = chiSquareTest(counts.reference, counts.current)
  const fresh = newCategories(sides, rows.current)
  const drift: CategoryDrift = {
    feature: feature.name,
    kind: 'category',
    ...compareBins(counts, rows, threshold),
    chi_square: chiSquareResult(test),
    missing_rate: onBoth(sides, side => side.missing / rowsOfColumn(side)),
    constant: onBoth(sides, side => side.levels.length === 1),
    new_categories: fresh.slice(0, MAX_NEW_CATEGORIES),
    new_category_count: fresh.length,
    unreadable: onBoth(sides, side => side.unreadable),
    bins: describeLevelBins(counts),
  }
  return { drift, pValue: test.pValue, binsInUse: binsInUse(counts.reference, counts.current) }
}

/** As the report has it, not adjusted yet. */
export function chiSquareResult({ statistic, degreesOfFreedom, pValue, cramersV }: HomogeneityTest): ChiSquareResult {
  return {
    statistic,
    degrees_of_freedom: degreesOfFreedom,
    p_value: pValue,
    p_adjusted: pValue,
    cramers_v: cramersV,
  }
}

/** Levels of the current sample that the reference does not have, most frequent first. */
function newCategories({ reference, current }: Sides<CategoryProfile>, currentRows: number): NewCategory[] {
  const known = new Set(reference.levels)
  return current.levels
    .map((level, i) => ({ level, rows: current.counts[i], rate: current.counts[i] / currentRows }))
    .filter(({ level }) => !known.has(level))
    .sort((a, b) => b.rows - a.rows || (a.level < b.level ? -1 : 1))
}

/** The comparison of a feature that cannot be compared. */
export function incomparable(feature: Feature, why: string): ColumnComparison {
  const kind = feature.type === 'category' ? 'category' : 'number'
  const nothing = {
    feature: feature.name,
    psi: null,
    drifted: false,
    chance_limit: null,
    too_small_to_tell: false,
    jensen_shannon: null,
    missing_rate: { reference: 0, current: 0 },
    constant: { reference: false, current: false },
    bins: [],
    unreadable: { reference: 0, current: 0 },
    error: why,
  }
  const none = { reference: null, current: null }
  const zero = { reference: 0, current: 0 }
  const drift: FeatureDrift =
    kind === 'category'
      ? { ...nothing, kind, chi_square: null, new_categories: [], new_category_count: 0 }
      : {
          ...nothing,
          kind,
          ks: null,
          wasserstein: null,
          mean: none,
          minimum: none,
          maximum: none,
          out_of_range: zero,
          not_integer: zero,
          approximate: false,
        }
  return { drift, pValue: undefined, binsInUse: 0 }
}

function whyIncomparable(kind: string, { reference, current }: ComparedColumns): string {
  const [side, column] = reference?.kind === kind ? ['current sample', current] : ['reference', reference]
  if (column === undefined) return `the ${side} has no such column`
  return `the ${side} holds it as a ${column.kind}, the contract as a ${kind}`
}

function rowsOfColumn(column: ColumnProfile): number {
  if (column.kind === 'number') return rowsOf(column.distribution) + column.missing
  let rows = column.missing
  for (const count of column.counts) rows += count
  return rows
}

function onBoth<From, To>({ reference, current }: Sides<From>, of: (side: From) => To): Sides<To> {
  return { reference: of(reference), current: of(current) }
}
