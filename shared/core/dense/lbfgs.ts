/**
 * Limited-memory BFGS: minimises a smooth convex function. Two-loop recursion and backtracking line search as in Nocedal
 * and Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 3.1. No randomness: same start, same result.
 */

/** Writes the gradient at `x` into `gradient` and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

export interface LbfgsOptions {
  /** Stops when no gradient entry is larger. > 0. */
  readonly tolerance: number
  /** >= 1. */
  readonly maxIterations: number
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
  let x = start.slice()
  let gradient = new Float64Array(x.length)
  let value = objective(x, gradient)
  const pairs: Pair[] = []
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    if (largest(gradient) <= options.tolerance) return { x, iterations: iteration, converged: true }
    const direction = descentDirection(gradient, pairs)
    const slope = dot(direction, gradient)
    let length = pairs.length === 0 ? Math.min(1, 1 / largest(gradient)) : 1
    const next = new Float64Array(x.length)
    const nextGradient = new Float64Array(x.length)
    let nextValue = Number.POSITIVE_INFINITY
    for (let halving = 0; halving < MAX_HALVINGS; halving++, length /= 2) {
      for (let i = 0; i < x.length; i++) next[i] = x[i] + length * direction[i]
      nextValue = objective(next, nextGradient)
      if (nextValue <= value + DECREASE * length * slope) break
    }
    // No smaller value in this direction: float64 can tell no better point apart, so this is the minimum.
    if (!(nextValue < value)) return { x, iterations: iteration, converged: true }
    remember(pairs, { x, gradient }, { x: next, gradient: nextGradient })
    x = next
    gradient = nextGradient
    value = nextValue
  }
  return { x, iterations: options.maxIterations, converged: false }
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
