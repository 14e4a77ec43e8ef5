/**
 * Gauss-Legendre quadrature on [0, 1]: with n points every polynomial of degree 2n - 1 or less is integrated exactly (up
 * to rounding), and all weights are positive.
 */
export interface Quadrature {
  /** Rising, inside (0, 1). */
  readonly points: Float64Array
  /** Sum to 1. */
  readonly weights: Float64Array
}

/** n >= 1. */
export function gaussLegendre(n: number): Quadrature {
  const points = new Float64Array(n)
  const weights = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    // Newton's method on the Legendre polynomial from Tricomi's estimate of its root; it doubles the digits each time.
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let step = 1
    for (let turn = 0; turn < 20 && Math.abs(step) > 1e-16; turn++) {
      const { value, slope } = legendre(n, x)
      step = value / slope
      x -= step
    }
    const { slope } = legendre(n, x)
    points[n - 1 - i] = (1 + x) / 2
    weights[n - 1 - i] = 1 / ((1 - x * x) * slope * slope)
  }
  return { points, weights }
}

/** The Legendre polynomial of degree n and its derivative at x, |x| < 1, by Bonnet's recursion. */
function legendre(n: number, x: number): { value: number; slope: number } {
  let before = 0
  let value = 1
  for (let k = 1; k <= n; k++) {
    const next = ((2 * k - 1) * x * value - (k - 1) * before) / k
    before = value
    value = next
  }
  return { value, slope: (n * (before - x * value)) / (1 - x * x) }
}
