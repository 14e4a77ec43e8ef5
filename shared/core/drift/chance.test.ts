import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import { binsInUse, chanceLimit, rowsNeeded } from './chance.ts'
import { psiOfCounts, psiOfNumbers } from './psi.ts'

test('ten bins and 50 against 50 rows: chi2_.99(9) (1/50 + 1/50) = 0.8666, far above 0.2', () => {
  expect(chanceLimit(10, 50, 50)).toBeCloseTo(21.665994333461924 / 25, 10)
  expect(rowsNeeded(10, 0.2)).toBe(217)
  expect(chanceLimit(10, 217, 217)).toBeLessThanOrEqual(0.2)
  expect(chanceLimit(10, 216, 216)).toBeGreaterThan(0.2)
})

test('one bin in use never moves', () => {
  expect(binsInUse([3, 0, 0], [4, 0, 0])).toBe(1)
  expect(chanceLimit(1, 10, 10)).toBe(0)
  expect(rowsNeeded(1, 0.2)).toBe(1)
})

// 1 in 100 of 3,000 seeded pairs is 30; five standard deviations of a binomial count are 27.
test('3,000 pairs of normal samples of one law pass the limit about 1 time in 100', () => {
  const random = makeRandom(5)
  const sample = (n: number) => Float64Array.from({ length: n }, random.normal)
  const limit = chanceLimit(10, 400, 600)
  let passed = 0
  for (let i = 0; i < 3000; i++) if (psiOfNumbers(sample(400), sample(600)) > limit) passed++
  expect(passed).toBeGreaterThan(3)
  expect(passed).toBeLessThan(57)
})

test('3,000 pairs of counts over four levels pass the limit about 1 time in 100', () => {
  const random = makeRandom(6)
  const counts = (n: number) => {
    const bins = [0, 0, 0, 0]
    for (let i = 0; i < n; i++) bins[Math.min(3, Math.floor(random.uniform() * 6))]++
    return bins
  }
  const limit = chanceLimit(4, 300, 500)
  let passed = 0
  for (let i = 0; i < 3000; i++) if (psiOfCounts(counts(300), counts(500)) > limit) passed++
  expect(passed).toBeGreaterThan(3)
  expect(passed).toBeLessThan(57)
})
