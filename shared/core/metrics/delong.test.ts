import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/fairness.json' with { type: 'json' }
import { compareRocAuc, poolComparisons, rocAucInterval } from './delong.ts'
import { rocAuc } from './ranking.ts'

test.each(golden.delong)(
  '$name: interval and paired test equal the O(n^2) definition in NumPy within 1e-12 (data/golden/fairness.json)',
  golden => {
    const own = rocAucInterval(golden.first, golden.labels)
    expect(own.rocAuc).toBeCloseTo(golden.roc_auc, 12)
    expect(own.standardError).toBeCloseTo(golden.standard_error, 12)
    expect(own.low).toBeCloseTo(golden.low, 12)
    expect(own.high).toBeCloseTo(golden.high, 12)
    const paired = compareRocAuc(golden.first, golden.second, golden.labels)
    expect(paired.difference).toBeCloseTo(golden.difference, 12)
    expect(paired.standardError).toBeCloseTo(golden.difference_standard_error, 12)
    expect(paired.z).toBeCloseTo(golden.z, 9)
    expect(Math.abs(paired.p / golden.p - 1)).toBeLessThan(1e-8)
  },
)

const rows = fc
  .array(
    fc.record({
      label: fc.integer({ min: 0, max: 1 }),
      a: fc.integer({ min: -4, max: 4 }),
      b: fc.integer({ min: -4, max: 4 }),
    }),
    { minLength: 4, maxLength: 60 },
  )
  .filter(rows => {
    const positives = rows.filter(row => row.label === 1).length
    return positives >= 2 && rows.length - positives >= 2
  })

test('the ROC-AUC is that of ranking.ts, inside its interval, which is inside [0, 1]', () => {
  fc.assert(
    fc.property(rows, rows => {
      const labels = rows.map(row => row.label)
      const own = rocAucInterval(
        rows.map(row => row.a),
        labels,
      )
      expect(own.rocAuc).toBeCloseTo(
        rocAuc(
          rows.map(row => row.a),
          labels,
        ),
        12,
      )
      expect(own.low).toBeLessThanOrEqual(own.rocAuc + 1e-12)
      expect(own.high).toBeGreaterThanOrEqual(own.rocAuc - 1e-12)
      expect(own.low).toBeGreaterThanOrEqual(0)
      expect(own.high).toBeLessThanOrEqual(1)
    }),
  )
})

test('swapping the scores turns the difference over and keeps p; the order of rows does not matter', () => {
  fc.assert(
    fc.property(rows, rows => {
      const column = (list: typeof rows, key: 'label' | 'a' | 'b') => list.map(row => row[key])
      const compare = (list: typeof rows) => compareRocAuc(column(list, 'a'), column(list, 'b'), column(list, 'label'))
      const forth = compare(rows)
      const back = compareRocAuc(column(rows, 'b'), column(rows, 'a'), column(rows, 'label'))
      expect(back.difference).toBeCloseTo(-forth.difference, 12)
      expect(back.p).toBeCloseTo(forth.p, 9)
      expect(compare(rows.toReversed()).difference).toBeCloseTo(forth.difference, 12)
    }),
  )
})

test('perfect separation has variance 0, and so a point for an interval', () => {
  expect(rocAucInterval([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])).toEqual({ rocAuc: 1, standardError: 0, low: 1, high: 1 })
  expect(rocAucInterval([0.8, 0.9, 0.1, 0.2], [0, 0, 1, 1])).toEqual({ rocAuc: 0, standardError: 0, low: 0, high: 0 })
})

test('scores that are all equal have a ROC-AUC of 1/2 without doubt: no sample of theirs would differ', () => {
  expect(rocAucInterval([7, 7, 7, 7], [0, 1, 0, 1])).toEqual({ rocAuc: 0.5, standardError: 0, low: 0.5, high: 0.5 })
})

test('one class alone has no ROC-AUC and one row of a class no error: NaN, never a number', () => {
  for (const value of Object.values(rocAucInterval([0.1, 0.2], [1, 1]))) expect(value).toBeNaN()
  for (const value of Object.values(rocAucInterval([], []))) expect(value).toBeNaN()
  expect(rocAucInterval([0.1, 0.3, 0.2], [0, 0, 1])).toEqual({ rocAuc: 0.5, standardError: NaN, low: NaN, high: NaN })
  expect(compareRocAuc([0.1, 0.2], [0.2, 0.1], [1, 1]).p).toBeNaN()
})

test('scores of the same order are equal: no difference, z = 0, p = 1', () => {
  const scores = [0.1, 0.4, 0.3, 0.9, 0.8]
  const labels = [0, 1, 0, 1, 0]
  const stretched = scores.map(score => 10 * score ** 3)
  expect(compareRocAuc(scores, stretched, labels)).toEqual({
    difference: 0,
    standardError: 0,
    low: 0,
    high: 0,
    z: 0,
    p: 1,
  })
})

test('a perfect score against its reverse differs beyond doubt: z is infinite and p is 0', () => {
  const { difference, z, p } = compareRocAuc([1, 2, 3, 4], [4, 3, 2, 1], [0, 0, 1, 1])
  expect({ difference, z, p }).toEqual({ difference: 1, z: Number.POSITIVE_INFINITY, p: 0 })
})

test('a NaN score and unequal lengths are refused', () => {
  expect(() => rocAucInterval([0.1, Number.NaN], [0, 1])).toThrow('score 1 is NaN')
  expect(() => compareRocAuc([0.1], [0.1, 0.2], [0, 1])).toThrow('1 scores for 2 labels')
})

test('200,000 rows take well under a second', () => {
  const count = 200_000
  const labels = Uint8Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 1 : 0))
  const scores = Float64Array.from({ length: count }, (_, i) => Math.sin(i) + 0.5 * labels[i])
  const started = performance.now()
  expect(rocAucInterval(scores, labels).rocAuc).toBeGreaterThan(0.5)
  // All pairs would be 9e9 comparisons, some ten seconds.
  expect(performance.now() - started).toBeLessThan(3000)
})

test('pooled comparisons: the mean difference, its error smaller by the root of their number', () => {
  const one = compareRocAuc([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5], [0, 1, 0, 1, 0, 1])
  const pooled = poolComparisons([one, one, one, one])
  expect(pooled.difference).toBeCloseTo(one.difference, 12)
  expect(pooled.standardError).toBeCloseTo(one.standardError / 2, 12)
  expect(pooled.z).toBeCloseTo(2 * one.z, 12)
  expect(poolComparisons([one])).toEqual(one)
})
