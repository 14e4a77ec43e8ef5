/**
 * Platt's calibration: probability = sigmoid(slope x margin + intercept), fitted by maximum likelihood with Platt's targets
 * instead of 0 and 1, so that perfectly separated rows have a finite fit too:
 *
 *   positive → (P + 1) / (P + 2)     negative → 1 / (N + 2)     P, N = rows of each class
 *
 * Newton's method with halved steps, as Lin, Lin and Weng (2007, Machine Learning 68) put it.
 */
import { sigmoid } from '../math/sigmoid.ts'

export interface PlattFit {
  readonly slope: number
  readonly intercept: number
}

const MAX_STEPS = 100
const MAX_HALVINGS = 30
/** Largest entry of the mean gradient at which the fit is done. */
const TOLERANCE = 1e-12
/** Keeps the Hessian invertible when every margin is the same. */
const RIDGE = 1e-12

/** What a row of each class is fitted to, and the outermost probabilities that so many rows can support. */
export function plattTargets(labels: ArrayLike<number>): { readonly negative: number; readonly positive: number } {
  let positives = 0
  for (let i = 0; i < labels.length; i++) positives += labels[i]
  return { negative: 1 / (labels.length - positives + 2), positive: (positives + 1) / (positives + 2) }
}

/** Margins are finite log-odds, labels 0 or 1. A slope of 0 or below says that the margins rank no better than chance. */
export function fitPlatt(margins: ArrayLike<number>, labels: ArrayLike<number>): PlattFit {
  const { negative, positive } = plattTargets(labels)
  const rows = { margins, targets: Float64Array.from(labels, label => (label === 1 ? positive : negative)) }
  const mean = rows.targets.reduce((sum, target) => sum + target, 0) / labels.length
  let fit: PlattFit = { slope: 0, intercept: Math.log(mean / (1 - mean)) }
  let loss = lossOf(rows, fit)
  for (let step = 0; step < MAX_STEPS; step++) {
    const direction = newtonStep(rows, fit)
    if (direction === undefined) break
    const next = lineSearch(rows, fit, { direction, loss })
    if (next === undefined) break
    fit = next.fit
    loss = next.loss
  }
  return fit
}

interface Rows {
  readonly margins: ArrayLike<number>
  readonly targets: Float64Array
}

/** Mean cross-entropy to the targets, from the log-odds so that no logarithm of 0 is taken. */
function lossOf({ margins, targets }: Rows, { slope, intercept }: PlattFit): number {
  let sum = 0
  for (let i = 0; i < targets.length; i++) {
    const x = slope * margins[i] + intercept
    sum += Math.log1p(Math.exp(-Math.abs(x))) + (x >= 0 ? 1 - targets[i] : -targets[i]) * x
  }
  return sum / targets.length
}

/** undefined: the gradient is 0. */
function newtonStep({ margins, targets }: Rows, { slope, intercept }: PlattFit): PlattFit | undefined {
  let gradientSlope = 0
  let gradientIntercept = 0
  let bySlope = 0
  let byBoth = 0
  let byIntercept = 0
  for (let i = 0; i < targets.length; i++) {
    const p = sigmoid(slope * margins[i] + intercept)
    const error = p - targets[i]
    const weight = p * (1 - p)
    gradientSlope += error * margins[i]
    gradientIntercept += error
    bySlope += weight * margins[i] * margins[i]
    byBoth += weight * margins[i]
    byIntercept += weight
  }
  if (Math.max(Math.abs(gradientSlope), Math.abs(gradientIntercept)) <= TOLERANCE * targets.length) return undefined
  const a = bySlope + RIDGE
  const c = byIntercept + RIDGE
  const determinant = a * c - byBoth * byBoth
  return {
    slope: (byBoth * gradientIntercept - c * gradientSlope) / determinant,
    intercept: (byBoth * gradientSlope - a * gradientIntercept) / determinant,
  }
}

/** The whole step, or the first of its halves that lowers the loss; undefined: none does, so rounding is reached. */
function lineSearch(
  rows: Rows,
  from: PlattFit,
  { direction, loss }: { readonly direction: PlattFit; readonly loss: number },
): { readonly fit: PlattFit; readonly loss: number } | undefined {
  for (let halving = 0, share = 1; halving < MAX_HALVINGS; halving++, share /= 2) {
    const fit = {
      slope: from.slope + share * direction.slope,
      intercept: from.intercept + share * direction.intercept,
    }
    const reached = lossOf(rows, fit)
    if (reached < loss) return { fit, loss: reached }
  }
  return undefined
}
