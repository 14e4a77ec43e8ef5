/**
 * What a leaf answers and how much loss that saves, under penalties and bounds. With S = sign(G) x max(|G| - l1, 0)
 *
 *   step = -S / (H + l2), moved to the nearest bound where it is outside
 *   drop = -(2 S x step + (H + l2) x step^2)          which is S^2 / (H + l2) inside the bounds
 *
 * Sums and rule are in the units of objective.ts: a step of 1 unit is gradient scale / hessian scale in log-odds.
 */

import type { Scales } from './objective.ts'

/** Bounds on the step of a leaf. */
export interface Bounds {
  readonly low: number
  readonly high: number
}

export interface LeafRule extends Bounds {
  readonly l1: number
  readonly l2: number
}

export const UNBOUNDED: Bounds = Object.freeze({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY })

/** The rule of a leaf. `extraL2`: what the split that made it adds to the penalty. */
export function ruleOf(
  { scales, bounds }: { readonly scales: Scales; readonly bounds: Bounds },
  { l1, l2 }: { readonly l1: number; readonly l2: number },
  extraL2 = 0,
): LeafRule {
  return { l1: l1 * scales.gradient, l2: (l2 + extraL2) * scales.hessian, low: bounds.low, high: bounds.high }
}

/** The gradient that the L1 penalty leaves. */
function shrinkGradient(gradient: number, l1: number): number {
  if (l1 === 0) return gradient
  return Math.sign(gradient) * Math.max(Math.abs(gradient) - l1, 0)
}

export function leafStep(gradient: number, hessian: number, { l1, l2, low, high }: LeafRule): number {
  return Math.min(Math.max(-shrinkGradient(gradient, l1) / (hessian + l2), low), high)
}

/** Twice the drop of the second-order loss. */
export function lossDrop(gradient: number, hessian: number, rule: LeafRule): number {
  const shrunk = shrinkGradient(gradient, rule.l1)
  const penalised = hessian + rule.l2
  const step = -shrunk / penalised
  if (step >= rule.low && step <= rule.high) return (shrunk * shrunk) / penalised
  const bounded = step < rule.low ? rule.low : rule.high
  return -(2 * shrunk * bounded + penalised * bounded * bounded)
}
