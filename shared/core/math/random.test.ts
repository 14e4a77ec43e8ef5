import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deriveSeed, makeRandom } from './random.ts'

/** n draws of one stream. */
function draw(n: number, next: () => number): number[] {
  return Array.from({ length: n }, () => next())
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

test('the first numbers of seed 1 are those of xoroshiro128+ written in 64-bit Python integers, and never change', () => {
  const random = makeRandom(1)
  expect(draw(3, random.uniform)).toEqual([0.10380351494605067, 0.18404587050353194, 0.7618716780000773])
  expect(draw(3, () => random.integer(0, 99))).toEqual([0, 50, 59])
  expect([...random.sample(20, 5)]).toEqual([0, 4, 8, 12, 17])
  expect(deriveSeed(1, 'folds')).toBe(3637609383)
})

test('the same seed gives the same stream, and any other seed another one', () => {
  const seeds = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(seeds, seed => {
      expect(draw(8, makeRandom(seed).uniform)).toEqual(draw(8, makeRandom(seed).uniform))
    }),
  )
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(0xffffffff), { minLength: 2, maxLength: 2 }), ([a, b]) => {
      expect(draw(8, makeRandom(a).uniform)).not.toEqual(draw(8, makeRandom(b).uniform))
    }),
  )
})

test('first numbers of neighbouring seeds are spread over [0, 1), not nearly equal', () => {
  const first = Array.from({ length: 2000 }, (_, seed) => makeRandom(seed).uniform())
  // Uniform on [0, 1): mean 1/2, variance 1/12; five standard errors of the mean are 0.033.
  expect(Math.abs(mean(first) - 0.5)).toBeLessThan(0.033)
  expect(Math.abs(mean(first.map(x => (x - 0.5) ** 2)) - 1 / 12)).toBeLessThan(0.0085)
  const steps = first.slice(1).map((x, i) => (x - 0.5) * (first[i] - 0.5))
  expect(Math.abs(mean(steps)) * 12).toBeLessThan(5 / Math.sqrt(steps.length))
})

test('uniform stays in [0, 1) and fills ten equal bins evenly (chi-square, 9 df, below its 1e-4 tail at 33.7)', () => {
  const random = makeRandom(7)
  const counts = new Array(10).fill(0)
  for (const x of draw(100_000, random.uniform)) counts[Math.floor(x * 10)]++
  expect(counts).toHaveLength(10)
  expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(33.7)
})

test('integer reaches both of its ends and nothing outside', () => {
  const random = makeRandom(3)
  expect(new Set(draw(500, () => random.integer(-2, 2)))).toEqual(new Set([-2, -1, 0, 1, 2]))
  expect(random.integer(5, 5)).toBe(5)
  expect(() => random.integer(2, 1)).toThrow('got 2 and 1')
  expect(() => random.integer(0, 1.5)).toThrow('got 0 and 1.5')
})

test('normal has the first four moments of the standard normal: 0, 1, 0, 3', () => {
  const values = draw(200_000, makeRandom(11).normal)
  const moment = (k: number) => mean(values.map(x => x ** k))
  // Bounds are about five standard errors: sqrt of (1, 2, 15, 96) over sqrt(n).
  expect(Math.abs(moment(1))).toBeLessThan(0.011)
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.016)
  expect(Math.abs(moment(3))).toBeLessThan(0.043)
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.11)
  // Neighbours share one polar draw and must still be independent.
  const pairs = Array.from({ length: 100_000 }, (_, i) => values[2 * i] * values[2 * i + 1])
  expect(Math.abs(mean(pairs))).toBeLessThan(0.016)
})

test('shuffleInto keeps the values, and each of the six orders of three comes equally often', () => {
  const random = makeRandom(5)
  const counts = new Map<string, number>()
  for (let i = 0; i < 6000; i++) {
    const values = Uint32Array.of(0, 1, 2)
    random.shuffleInto(values)
    counts.set(values.join(), (counts.get(values.join()) ?? 0) + 1)
  }
  expect([...counts.keys()].sort()).toEqual(['0,1,2', '0,2,1', '1,0,2', '1,2,0', '2,0,1', '2,1,0'])
  // Chi-square with 5 df: its 1e-4 tail starts at 25.7.
  expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(25.7)
})

test('sample gives k distinct ascending integers below n, for every n and k', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(60), fc.nat(60), (seed, a, b) => {
      const [n, k] = [Math.max(a, b), Math.min(a, b)]
      const chosen = [...makeRandom(seed).sample(n, k)]
      expect(chosen).toHaveLength(k)
      chosen.forEach((value, i) => {
        expect(value).toBeLessThan(n)
        if (i > 0) expect(value).toBeGreaterThan(chosen[i - 1])
      })
    }),
  )
  expect(() => makeRandom(1).sample(3, 4)).toThrow('got n = 3 and k = 4')
})

test('sample chooses each of the ten pairs of five equally often', () => {
  const random = makeRandom(9)
  const counts = new Map<string, number>()
  for (let i = 0; i < 10_000; i++) {
    const pair = random.sample(5, 2).join()
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  }
  expect(counts.size).toBe(10)
  expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(33.7)
})

test('deriveSeed separates labels, seeds, and a label from its neighbours', () => {
  const seeds = new Set<number>()
  for (let seed = 0; seed < 100; seed++) {
    for (const label of ['', 'a', 'b', 'ab', 'ba', 'tree.1', 'tree.2', 'tree.12']) seeds.add(deriveSeed(seed, label))
  }
  expect(seeds.size).toBe(800)
  expect(() => deriveSeed(0.5, 'a')).toThrow('got 0.5')
})
