import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CategoryColumn } from '../table/table.ts'
import { countCases, numberCases } from './drift.fixture.ts'
import { psiOfCategories, psiOfCounts, psiOfNumbers } from './psi.ts'

const numbers = fc.array(
  fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
  {
    minLength: 1,
    maxLength: 40,
  },
)

function categories(values: readonly (string | null)[]): CategoryColumn {
  const levels = [...new Set(values.filter(value => value !== null))]
  return { kind: 'category', levels, codes: Uint32Array.from(values, v => (v === null ? 0 : levels.indexOf(v) + 1)) }
}

// Golden values: numpy 2.4.6, edges = unique(quantile(ref, linspace(0, 1, 11))) with infinite ends, bins by
// searchsorted(edges, x, side='right') - 1, shares by maximum(share, 1e-6).

test('psiOfNumbers equals numpy on spread samples of 60 and 50', () => {
  const reference = Float64Array.from({ length: 60 }, (_, i) => ((i + 1) ** 2 % 101) / 4)
  const current = Float64Array.from({ length: 50 }, (_, i) => (((i + 1) ** 2 * 7) % 89) / 4 + 13 / 4)
  expect(psiOfNumbers(reference, current)).toBeCloseTo(1.3389088811736087, 12)
})

test('psiOfNumbers equals numpy on tied integer counts, where ten quantiles leave four bins', () => {
  const repeat = (counts: readonly (readonly [number, number])[]) =>
    Float64Array.from(counts.flatMap(([value, times]) => new Array<number>(times).fill(value)))
  const reference = repeat([[0, 30], [1, 12], [2, 5], [3, 3]]) // biome-ignore format: one line per sample
  const current = repeat([[0, 20], [1, 15], [2, 10], [5, 5]]) // biome-ignore format: one line per sample
  expect(psiOfNumbers(reference, current)).toBeCloseTo(0.1824868470196178, 12)
})

test('psiOfCounts equals numpy where both sides have an empty bin of their own', () => {
  expect(psiOfCounts([60, 30, 10, 0], [20, 25, 0, 5])).toBeCloseTo(2.485820213517947, 12)
})

test('psiOfCategories matches levels by name, not by code, and gives missing and unseen values their own bins', () => {
  const reference = categories([...'aaaaaabbb', null])
  const current = categories([...'bbbaac', null, null, 'c', 'c'])
  // Shares: a 0.6 → 0.2, b 0.3 → 0.3, missing 0.1 → 0.2, c 0 → 0.3.
  const byHand = 0.4 * Math.log(3) + 0 + 0.1 * Math.log(2) + (0.3 - 1e-6) * Math.log(0.3 / 1e-6)
  expect(psiOfCategories(reference, current)).toBeCloseTo(byHand, 12)
  expect(psiOfCategories(categories([...'abab']), categories([...'baba']))).toBe(0)
})

test.each(numberCases)('psiOfNumbers equals numpy on the golden samples: $name', ({ reference, current, expected }) => {
  expect(psiOfNumbers(reference, current)).toBeCloseTo(expected.psi, 12)
})

test.each(countCases)('psiOfCounts equals numpy on the golden tables: $name', ({ reference, current, psi }) => {
  expect(psiOfCounts(reference, current)).toBeCloseTo(psi, 12)
})

test('a column of 95 % zeros is not blind: it drifts when the zeros go', () => {
  const zeros = (share: number) => Float64Array.from({ length: 200 }, (_, i) => (i < 200 * share ? 0 : 1 + (i % 7)))
  expect(psiOfNumbers(zeros(0.95), zeros(0.95))).toBe(0)
  expect(psiOfNumbers(zeros(0.95), zeros(0.6))).toBeGreaterThan(0.2)
})

test('missing values are a bin of their own: a column that loses half of them has drifted', () => {
  const full = Float64Array.from({ length: 100 }, (_, i) => i)
  const holed = full.map((value, i) => (i % 2 === 0 ? NaN : value))
  expect(psiOfNumbers(full, full)).toBe(0)
  expect(psiOfNumbers(full, holed)).toBeGreaterThan(1)
  const missing = full.map(() => NaN)
  expect(psiOfNumbers(missing, missing)).toBe(0)
  expect(psiOfNumbers(missing, full)).toBeGreaterThan(1)
})

test('psi of a sample with itself is exactly 0, never negative, finite, and blind to the order of rows', () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const [reference, current] = [Float64Array.from(a), Float64Array.from(b)]
      expect(psiOfNumbers(reference, reference)).toBe(0)
      const psi = psiOfNumbers(reference, current)
      expect(Number.isFinite(psi)).toBe(true)
      expect(psi).toBeGreaterThanOrEqual(0)
      expect(psiOfNumbers(reference.toReversed(), current.toReversed())).toBe(psi)
    }),
  )
})

test('psiOfCounts is symmetric in its two samples', () => {
  const counts = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(counts, pairs => {
      const a = [1, ...pairs.map(([left]) => left)]
      const b = [1, ...pairs.map(([, right]) => right)]
      expect(psiOfCounts(a, b)).toBeCloseTo(psiOfCounts(b, a), 10)
    }),
  )
})

test('an empty sample and histograms over different bins are refused', () => {
  expect(() => psiOfNumbers(new Float64Array(), Float64Array.of(1))).toThrow('at least one row')
  expect(() => psiOfCounts([1, 2], [1])).toThrow('2 bins against 1')
})
