/**
 * The threshold by a rule, from the probabilities of rows that the model was not trained on. Between two probabilities every
 * threshold gives the same classes, so the one with the fewest digits around the middle is taken: 0.31 and not
 * 0.3127118945121765.
 *
 *   f1      the highest F1
 *   youden  the highest true positive rate - false positive rate
 *   cost    the lowest cost of mistakes: false positives and false negatives by what each costs
 *
 * Of equals the highest threshold is taken, which calls the fewest rows positive.
 */
import { MOST_POINTS, type Point, type Points, thin } from './curves.ts'
import type { RankingCurve } from './ranking.ts'

export type ThresholdRule = 'f1' | 'cost' | 'youden'

/** What a mistake costs, in any unit; both above 0. */
export interface MistakeCosts {
  readonly false_positive: number
  readonly false_negative: number
}

/** What the rows between two thresholds bring: a point holds from above the next lower one up to its own. */
export interface ThresholdFigures {
  readonly threshold: number
  /** 1 where no row is called positive. */
  readonly precision: number
  readonly recall: number
  readonly false_positive_rate: number
  readonly f1: number
  readonly youden: number
  /** Per row; only where costs are given. */
  readonly cost?: number
}

export interface ThresholdChoice {
  /** 'fixed': the run names a number. */
  readonly rule: ThresholdRule | 'fixed'
  /** In (0, 1). */
  readonly threshold: number
  /** At the threshold, on the rows it was chosen on. */
  readonly figures: ThresholdFigures | null
  readonly costs?: MistakeCosts
  /** What every threshold brings, from the lowest up, thinned to be drawn. */
  readonly curve: readonly ThresholdFigures[]
}

export interface ThresholdRequest {
  /** A rule, or the threshold itself. */
  readonly rule: ThresholdRule | number
  /** Needed for the rule cost. */
  readonly costs?: MistakeCosts
}

/** `curve` is of float32 probabilities. With one class alone there is nothing to weigh: the threshold is then 0.5. */
export function chooseThreshold(curve: RankingCurve, { rule, costs }: ThresholdRequest): ThresholdChoice {
  if (rule === 'cost' && costs === undefined) throw new RangeError('the rule cost needs costs')
  const name = typeof rule === 'number' ? 'fixed' : rule
  const shared = { rule: name, ...(costs === undefined ? {} : { costs }) } as const
  const steps = stepsOf(curve, costs)
  const drawn = { ...shared, curve: thinFigures(steps) }
  if (typeof rule === 'number') {
    const at = stepAt(steps, Math.fround(rule))
    return { ...drawn, threshold: rule, figures: at ? { ...at.figures, threshold: rule } : null }
  }
  const best = bestStep(steps, rule)
  if (best === undefined) return { ...drawn, threshold: 0.5, figures: null }
  const threshold = shortestBetween(best.above, best.upTo)
  return { ...drawn, threshold, figures: { ...best.figures, threshold } }
}

/** threshold_curve.csv: one line per point, from the lowest threshold up; costs only where they are given. */
export function thresholdCurveCsv(curve: readonly ThresholdFigures[]): string {
  const columns = ['threshold', 'precision', 'recall', 'false_positive_rate', 'f1', 'youden'] as const
  const all = curve.some(({ cost }) => cost !== undefined) ? ([...columns, 'cost'] as const) : columns
  return [all.join(','), ...curve.map(point => all.map(name => point[name] ?? '').join(',')), ''].join('\n')
}

/** All thresholds that call the same rows positive: above < threshold <= upTo. */
interface ThresholdStep {
  readonly above: number
  readonly upTo: number
  readonly figures: ThresholdFigures
}

/**
 * From the highest threshold down; empty where a class is absent. A threshold lies in (0, 1), so a probability of 0 is never
 * called positive.
 */
function stepsOf(curve: RankingCurve, costs: MistakeCosts | undefined): Points<ThresholdStep> {
  const { thresholds, truePositives, falsePositives } = curve
  if (curve.positives === 0 || curve.negatives === 0) return []
  const allAboveZero = thresholds.at(-1) !== 0
  const scores = allAboveZero ? thresholds.length : thresholds.length - 1
  // Above the highest score no row is called positive.
  const before = thresholds[0] < 1 ? 1 : 0
  return {
    length: before + scores,
    at(step) {
      const i = step - before
      const at =
        i < 0
          ? { threshold: 1, found: 0, wrong: 0 }
          : { threshold: thresholds[i], found: truePositives[i], wrong: falsePositives[i] }
      return { above: thresholds[i + 1] ?? 0, upTo: at.threshold, figures: figuresOf(curve, at, costs) }
    },
  }
}

/** The step that a threshold belongs to. */
function stepAt(steps: Points<ThresholdStep>, threshold: number): ThresholdStep | undefined {
  for (let i = 0; i < steps.length; i++) {
    const step = steps.at(i)
    if (step && step.above < threshold && threshold <= step.upTo) return step
  }
  return undefined
}

function figuresOf(
  { positives, negatives }: RankingCurve,
  { threshold, found, wrong }: { readonly threshold: number; readonly found: number; readonly wrong: number },
  costs: MistakeCosts | undefined,
): ThresholdFigures {
  const called = found + wrong
  const recall = found / positives
  const falsePositiveRate = wrong / negatives
  const cost = costs && wrong * costs.false_positive + (positives - found) * costs.false_negative
  return {
    threshold,
    precision: called === 0 ? 1 : found / called,
    recall,
    false_positive_rate: falsePositiveRate,
    f1: (2 * found) / (called + positives),
    // From whole numbers, so that equals are equal to the last bit.
    youden: (found * negatives - wrong * positives) / (positives * negatives),
    ...(cost === undefined ? {} : { cost: cost / (positives + negatives) }),
  }
}

/** The first of the best, and steps come from the highest threshold down. */
function bestStep(steps: Points<ThresholdStep>, rule: ThresholdRule): ThresholdStep | undefined {
  const worth = ({ figures }: ThresholdStep) => (rule === 'cost' ? -(figures.cost ?? Number.NaN) : figures[rule])
  let best: ThresholdStep | undefined
  for (let i = 0; i < steps.length; i++) {
    const step = steps.at(i)
    if (best === undefined || (step && worth(step) > worth(best))) best = step
  }
  return best
}

/** A number in (0, 1) whose float32 is above `low` and at most `high` (float32 values, 0 <= low < high <= 1). */
function shortestBetween(low: number, high: number): number {
  const fits = (x: number) => x > 0 && x < 1 && low < Math.fround(x) && Math.fround(x) <= high
  // The middle of two neighbouring float32 values rounds to the even one; what lies nearer to the upper one does not.
  for (const center of [(low + high) / 2, (low + 3 * high) / 4]) {
    for (let digits = 1; digits <= 17; digits++) {
      const rounded = Number(center.toPrecision(digits))
      if (fits(rounded)) return rounded
    }
  }
  throw new Error(`no threshold lies above ${low} and at most at ${high}`)
}

/** From the lowest threshold up. */
function thinFigures(steps: Points<ThresholdStep>): ThresholdFigures[] {
  const placed = {
    length: steps.length,
    at(i: number): Point & { readonly figures: ThresholdFigures } {
      const { figures } = steps.at(steps.length - 1 - i) as ThresholdStep
      // As the threshold rises recall falls, so the length of x is the way of both; precision is the one that jumps.
      return { x: figures.threshold - figures.recall, y: figures.precision, figures }
    },
  }
  return thin(placed, MOST_POINTS).map(({ figures }) => figures)
}
