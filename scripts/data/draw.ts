/** Draws that real columns look like, on one stream of random numbers: amounts, counts, shares and choices. */
import type { Random } from '../../shared/core/math/random.ts'

/** A positive amount with a tail to the right: mean `mean`, deviation mean / sqrt(shape), skew 2 / sqrt(shape). shape >= 1. */
export function gamma(random: Random, { shape, mean }: { shape: number; mean: number }): number {
  // Marsaglia and Tsang (2000), which needs shape >= 1.
  if (!(shape >= 1)) throw new RangeError(`shape is ${shape}; allowed: from 1`)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = random.normal()
    const t = 1 + c * x
    const v = t * t * t
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v))
      return (d * v * mean) / shape
  }
}

/** A share in (0, 1) with mean a / (a + b). a, b >= 1. */
export function beta(random: Random, { a, b }: { a: number; b: number }): number {
  const x = gamma(random, { shape: a, mean: a })
  return x / (x + gamma(random, { shape: b, mean: b }))
}

/** A count of rare events: Poisson's law, by multiplying uniforms (Knuth), which is for small means. */
export function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count++
  return count
}

export function isDrawn(random: Random, probability: number): boolean {
  return random.uniform() < probability
}

/** One of the choices, by shares that add up to 1. */
export function pick<T extends string>(random: Random, shares: Readonly<Record<T, number>>): T {
  const names = Object.keys(shares) as T[]
  let left = random.uniform()
  for (const name of names) {
    left -= shares[name]
    if (left < 0) return name
  }
  return names[names.length - 1]
}

/** One of the choices, by weights >= 0 of any sum. */
export function pickWeighted<T extends string>(random: Random, weights: Readonly<Record<T, number>>): T {
  const names = Object.keys(weights) as T[]
  const total = names.reduce((sum, name) => sum + weights[name], 0)
  if (!(total > 0)) throw new RangeError(`weights of ${names.join(', ')} sum to ${total}; allowed: above 0`)
  let left = random.uniform() * total
  for (const name of names) {
    left -= weights[name]
    if (left < 0) return name
  }
  return names[names.length - 1]
}
