import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/fairness.json' with { type: 'json' }
import { differenceOf, shareOf, shareOfEnough } from './measure.ts'

test.each(golden.wilson)(
  "$count of $total: the interval equals SciPy's binomtest(...).proportion_ci(method='wilson') (data/golden/fairness.json)",
  ({ count, total, low, high }) => {
    const share = shareOf(count, total)
    expect(share.value).toBe(count / total)
    expect(share.low).toBeCloseTo(low, 12)
    expect(share.high).toBeCloseTo(high, 12)
  },
)

test.each(golden.newcombe)(
  '$a - $b: the interval equals Newcombe (1998) written out in NumPy (data/golden/fairness.json)',
  golden => {
    const [a, b] = [golden.a, golden.b].map(([count, total]) => shareOf(count, total))
    const difference = differenceOf(a, b)
    expect(difference.value).toBeCloseTo(golden.difference, 12)
    expect(difference.low).toBeCloseTo(golden.low, 9)
    expect(difference.high).toBeCloseTo(golden.high, 9)
  },
)

test("Newcombe's own example, 56 of 70 against 48 of 80, gives his printed interval 0.0524 to 0.3339", () => {
  const { low, high } = differenceOf(shareOf(56, 70), shareOf(48, 80))
  expect(low).toBeCloseTo(0.0524, 4)
  expect(high).toBeCloseTo(0.3339, 4)
})

test('a share lies inside its bounds and they inside [0, 1]; a difference inside its own', () => {
  const counts = fc
    .integer({ min: 1, max: 1e6 })
    .chain(total => fc.tuple(fc.integer({ min: 0, max: total }), fc.constant(total)))
  fc.assert(
    fc.property(counts, counts, ([a, m], [b, n]) => {
      const share = shareOf(a, m)
      for (const [low, high] of [
        [0, share.low],
        [share.low, share.value],
        [share.value, share.high],
        [share.high, 1],
      ]) {
        expect(low).toBeLessThanOrEqual(high)
      }
      const gap = differenceOf(share, shareOf(b, n))
      expect(gap.low).toBeLessThanOrEqual(gap.value)
      expect(gap.high).toBeGreaterThanOrEqual(gap.value)
    }),
  )
})

test('below the number of rows needed there is a reason instead of a number', () => {
  const options = { needed: 50, kind: 'rows' }
  expect(shareOfEnough(1, 49, options)).toEqual({ too_few: '49 rows; needed: 50' })
  expect(shareOfEnough(1, 50, options)).toHaveProperty('value', 0.02)
})
