/**
 * What if each group had a threshold of its own: for each group the one that brings its selection rate, or its true
 * positive rate, closest to the reference group's at the model's one threshold, and what that does to accuracy. Advice for
 * people only: predictions never use it, for a model does not know the group of a row.
 */
import type { Points } from '../metrics/curves.ts'
import { isPositive } from '../metrics/probability.ts'
import { rankingCurve } from '../metrics/ranking.ts'
import type { Reference } from './disparities.ts'
import { ENOUGH_POSITIVES, ENOUGH_ROWS, rowsOfGroup, type ScoredRows } from './group-metrics.ts'
import type { Groups } from './groups.ts'
import { type TooFew, tooFew } from './measure.ts'

export interface ThresholdTable {
  /** The rate that the groups' thresholds make equal. */
  readonly equalises: 'selection_rate' | 'true_positive_rate'
  readonly reference: string
  /** The reference group's rate at the model's threshold. */
  readonly target: number
  readonly groups: readonly (GroupThreshold | ({ readonly group: string } & TooFew))[]
  /** Accuracy over all rows, with the model's threshold for everybody and with the groups' own. */
  readonly accuracy: { readonly now: number; readonly after: number }
}

export interface GroupThreshold {
  readonly group: string
  readonly threshold: number
  readonly rate: { readonly now: number; readonly after: number }
  /** Of the group's own rows. */
  readonly accuracy: { readonly now: number; readonly after: number }
}

export interface ThresholdTableOptions {
  readonly equalises: ThresholdTable['equalises']
  /** The model's. */
  readonly threshold: number
  readonly reference: Reference
}

export function thresholdTable(
  groups: Groups,
  rows: ScoredRows,
  { equalises, threshold, reference }: ThresholdTableOptions,
): ThresholdTable | TooFew {
  const needs = equalises === 'selection_rate' ? ENOUGH_ROWS : ENOUGH_POSITIVES
  const points = groups.names.map((_, group) => operatingPoints(groups, group, rows, threshold))
  const baseOf = (group: number) => (equalises === 'selection_rate' ? points[group].rows : points[group].positives)
  if (reference.group === undefined) return { too_few: `no row of the reference group ${reference.name}` }
  const base = baseOf(reference.group)
  if (base < needs.needed)
    return { too_few: `the reference group ${reference.name} has ${tooFew(base, needs).too_few}` }
  const target = rateOf(points[reference.group].now, equalises, base)

  const right = { now: 0, after: 0 }
  const advice = groups.names.map((group, index): ThresholdTable['groups'][number] => {
    const { now } = points[index]
    const isLeftOut = baseOf(index) < needs.needed
    const after =
      isLeftOut || index === reference.group
        ? now
        : closestTo(target, points[index], point => rateOf(point, equalises, baseOf(index)))
    right.now += now.right
    right.after += after.right
    if (isLeftOut) return { group, ...tooFew(baseOf(index), needs) }
    const rate = (point: Point) => rateOf(point, equalises, baseOf(index))
    return {
      group,
      threshold: after.threshold,
      rate: { now: rate(now), after: rate(after) },
      accuracy: { now: now.right / points[index].rows, after: after.right / points[index].rows },
    }
  })
  const total = rows.labels.length
  const accuracy = { now: right.now / total, after: right.after / total }
  return { equalises, reference: reference.name, target, groups: advice, accuracy }
}

interface Point {
  readonly threshold: number
  readonly selected: number
  readonly truePositives: number
  /** Rows whose class is their label. */
  readonly right: number
}

interface GroupPoints {
  readonly rows: number
  readonly positives: number
  /** At the model's threshold. */
  readonly now: Point
  /** At each of the group's own scores, from the highest down. */
  readonly all: Points<Point>
}

function operatingPoints(groups: Groups, group: number, rows: ScoredRows, threshold: number): GroupPoints {
  const { probabilities, labels } = rowsOfGroup(groups, group, rows)
  const curve = rankingCurve(probabilities, labels)
  const point = (at: number, truePositives: number, falsePositives: number): Point => ({
    threshold: at,
    selected: truePositives + falsePositives,
    truePositives,
    right: truePositives + curve.negatives - falsePositives,
  })
  const pointAt = (i: number) => point(curve.thresholds[i], curve.truePositives[i], curve.falsePositives[i])
  const called = curve.thresholds.findLastIndex(score => isPositive(score, threshold))
  const now = called < 0 ? point(threshold, 0, 0) : { ...pointAt(called), threshold }
  const all = { length: curve.thresholds.length, at: pointAt }
  return { rows: labels.length, positives: curve.positives, now, all }
}

function rateOf(point: Point, equalises: ThresholdTable['equalises'], base: number): number {
  return (equalises === 'selection_rate' ? point.selected : point.truePositives) / base
}

/** The first of the closest points: the model's own threshold stays where nothing is closer. */
function closestTo(target: number, { now, all }: GroupPoints, rate: (point: Point) => number): Point {
  const distance = (point: Point) => Math.abs(rate(point) - target)
  let best = now
  for (let i = 0; i < all.length; i++) {
    const point = all.at(i)
    if (point && distance(point) < distance(best)) best = point
  }
  return best === now ? now : { ...best, threshold: shortest(best.threshold) }
}

/** The shortest decimal that is the same float32, as isPositive compares: 0.3, not 0.30000001192092896. */
function shortest(score: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(score.toPrecision(digits))
    if (Math.fround(short) === Math.fround(score)) return short
  }
  return Number(score.toPrecision(9))
}
