/**
 * How far the groups of a column lie apart in one rate, in the two readings that are in use: between any two groups (max -
 * min, as Fairlearn), and against a reference group. Groups with too few rows are in neither, and are named.
 */
import type { Groups } from './groups.ts'
import { differenceOf, isMeasured, type Measure, type Measured, type TooFew } from './measure.ts'

/** Demographic parity compares selection rates, equal opportunity true positive rates, predictive equality false ones. */
export type Parity = 'demographic_parity' | 'equal_opportunity' | 'predictive_equality'

export interface Disparity {
  readonly parity: Parity
  readonly between_groups: BetweenGroups | TooFew
  readonly against_reference: AgainstReference | TooFew
  /** Groups that could not be compared. */
  readonly left_out: readonly ({ readonly group: string } & TooFew)[]
}

export interface BetweenGroups {
  /** Highest rate less the lowest, 0 to 1. */
  readonly difference: number
  /** Newcombe's 95 % bounds for these two groups; picked as the outermost ones, so a little too narrow. */
  readonly low: number
  readonly high: number
  /** Lowest rate over the highest, 0 to 1; null when no group has any. */
  readonly ratio: number | null
  readonly highest: string
  readonly lowest: string
}

export interface AgainstReference {
  readonly reference: string
  /** The largest distance of a group's rate from the reference's, 0 to 1. */
  readonly difference: number
  /** The group at that distance. */
  readonly group: string
  /** Every other group's rate less the reference's, with Newcombe's 95 % interval. */
  readonly groups: readonly GroupDifference[]
}

export interface GroupDifference {
  readonly group: string
  readonly difference: Measure
  /** The group's rate over the reference's; null when the reference has none. */
  readonly ratio: number | null
}

export interface Reference {
  /** undefined: the contract names a group without a row. */
  readonly group: number | undefined
  /** Its name, for messages. */
  readonly name: string
}

export interface DisparityOptions {
  readonly parity: Parity
  readonly groups: Pick<Groups, 'names'>
  /** [group] → its rate. */
  readonly rates: readonly Measured[]
  readonly reference: Reference
}

export function disparityOf({ parity, groups: { names }, rates, reference }: DisparityOptions): Disparity {
  const measured = rates.flatMap((rate, group) => (isMeasured(rate) ? [{ group, name: names[group], rate }] : []))
  const left_out = rates.flatMap((rate, group) => (isMeasured(rate) ? [] : [{ group: names[group], ...rate }]))
  return {
    parity,
    between_groups: compareAll(measured),
    against_reference: compareWith(reference, measured, rates),
    left_out,
  }
}

interface MeasuredGroup {
  readonly group: number
  readonly name: string
  readonly rate: Measure
}

function compareAll(measured: readonly MeasuredGroup[]): BetweenGroups | TooFew {
  if (measured.length < 2) return { too_few: `${measured.length} of the groups can be measured; needed: 2` }
  const highest = measured.reduce((best, one) => (one.rate.value > best.rate.value ? one : best))
  const lowest = measured.reduce((best, one) => (one.rate.value < best.rate.value ? one : best))
  const { value: difference, low, high } = differenceOf(highest.rate, lowest.rate)
  return {
    difference,
    low,
    high,
    ratio: ratioOf(lowest.rate, highest.rate),
    highest: highest.name,
    lowest: lowest.name,
  }
}

function compareWith(
  { group, name }: Reference,
  measured: readonly MeasuredGroup[],
  rates: readonly Measured[],
): AgainstReference | TooFew {
  if (group === undefined) return { too_few: `no row of the reference group ${name}` }
  const own = rates[group]
  if (!isMeasured(own)) return { too_few: `the reference group ${name} has ${own.too_few}` }
  const others = measured.filter(one => one.group !== group)
  const groups = others.map(one => ({
    group: one.name,
    difference: differenceOf(one.rate, own),
    ratio: ratioOf(one.rate, own),
  }))
  const size = ({ difference }: GroupDifference) => Math.abs(difference.value)
  const farthest = groups.reduce<GroupDifference | undefined>(
    (best, one) => (best === undefined || size(one) > size(best) ? one : best),
    undefined,
  )
  if (farthest === undefined) return { too_few: `no group beside the reference group ${name} can be measured` }
  return { reference: name, difference: size(farthest), group: farthest.group, groups }
}

function ratioOf(over: Measure, under: Measure): number | null {
  return under.value === 0 ? null : over.value / under.value
}
