/**
 * Limited-memory BFGS: minimises a smooth convex function, with or without an L1 penalty. Two-loop recursion and
 * backtracking line search as in Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 3.1; with a penalty
 * the orthant-wise variant of Andrew and Gao (2007, Scalable training of L1-regularized log-linear models), which gives
 * exact zeros. No randomness: same start, same result.
 */
import { chooseOrthantInto, pseudoGradientInto, stopAtOrthantInto } from './orthant.ts'

/** Writes the gradient at `x` into `gradient` and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

export interface LbfgsOptions {
  /** Stops when no gradient entry is larger. > 0. */
  readonly tolerance: number
  /** >= 1. */
  readonly maxIterations: number
  /** Strength of the L1 penalty on each parameter, >= 0; absent: none. */
  readonly l1?: Float64Array
}

export interface LbfgsResult {
  readonly x: Float64Array
  readonly iterations: number
  /** false: stopped by maxIterations. */
  readonly converged: boolean
}

/** Pairs of steps and gradient changes that are remembered. */
const MEMORY = 10
/** Sufficient decrease (Armijo). */
const DECREASE = 1e-4
const MAX_HALVINGS = 50

interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  /** 1 / (step . change). */
  readonly rho: number
}

export function minimise(objective: Objective, start: Float64Array, options: LbfgsOptions): LbfgsResult {
  const size = start.length
  const { l1 } = options
  const orthant = new Int8Array(size)
  const pairs: Pair[] = []
  let x = start.slice()
  let gradient = new Float64Array(size)
  let value = objective(x, gradient) + penalty(x, l1)
  // Without a penalty the slope is the gradient itself.
  let slope = l1 ? new Float64Array(size) : gradient
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    if (l1) pseudoGradientInto(slope, x, gradient, l1)
    else slope = gradient
    if (largest(slope) <= options.tolerance) return { x, iterations: iteration, converged: true }
    const direction = descentDirection(slope, pairs)
    if (l1) chooseOrthantInto(orthant, direction, { x, slope, l1 })
    let length = pairs.length === 0 ? Math.min(1, 1 / largest(slope)) : 1
    const next = new Float64Array(size)
    const nextGradient = new Float64Array(size)
    let nextValue = Number.POSITIVE_INFINITY
    for (let halving = 0; halving < MAX_HALVINGS; halving++, length /= 2) {
      for (let i = 0; i < size; i++) next[i] = x[i] + length * direction[i]
      if (l1) stopAtOrthantInto(next, orthant, l1)
      nextValue = objective(next, nextGradient) + penalty(next, l1)
      if (nextValue <= value + DECREASE * progressAlong(slope, x, next)) break
    }
    if (!(nextValue < value)) {
      // No smaller value in this direction: float64 can tell no better point apart, so this is the minimum; unless the
      // orthant has cut too much of the direction away, which the plain slope then shows.
      if (!l1 || pairs.length === 0) return { x, iterations: iteration, converged: true }
      pairs.length = 0
      continue
    }
    remember(pairs, { x, gradient }, { x: next, gradient: nextGradient })
    x = next
    gradient = nextGradient
    value = nextValue
  }
  return { x, iterations: options.maxIterations, converged: false }
}

function penalty(x: Float64Array, l1: Float64Array | undefined): number {
  let sum = 0
  if (l1) for (let i = 0; i < x.length; i++) sum += l1[i] * Math.abs(x[i])
  return sum
}

/** slope . (to - from). */
function progressAlong(slope: Float64Array, from: Float64Array, to: Float64Array): number {
  let sum = 0
  for (let i = 0; i < slope.length; i++) sum += slope[i] * (to[i] - from[i])
  return sum
}

function remember(
  pairs: Pair[],
  from: { x: Float64Array; gradient: Float64Array },
  to: { x: Float64Array; gradient: Float64Array },
): void {
  const step = to.x.map((value, i) => value - from.x[i])
  const change = to.gradient.map((value, i) => value - from.gradient[i])
  const curvature = dot(step, change)
  // Rounding can lose the curvature of a tiny step; such a pair would make the next direction useless.
  if (curvature <= 1e-12 * dot(change, change)) return
  pairs.push({ step, change, rho: 1 / curvature })
  if (pairs.length > MEMORY) pairs.shift()
}

/** -H gradient, with H the inverse Hessian that the pairs describe (two-loop recursion). */
function descentDirection(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map(value => -value)
  const weights: number[] = []
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { step, change, rho } = pairs[k]
    weights[k] = rho * dot(step, direction)
    addScaledInto(direction, change, -weights[k])
  }
  const latest = pairs.at(-1)
  if (latest) {
    const scale = 1 / (latest.rho * dot(latest.change, latest.change))
    for (let i = 0; i < direction.length; i++) direction[i] *= scale
  }
  for (let k = 0; k < pairs.length; k++) {
    const { step, change, rho } = pairs[k]
    addScaledInto(direction, step, weights[k] - rho * dot(change, direction))
  }
  return direction
}

function addScaledInto(out: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < out.length; i++) out[i] += factor * values[i]
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

function largest(values: Float64Array): number {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}
