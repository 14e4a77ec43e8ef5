import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/calibration.json' with { type: 'json' }
import { fitIsotonic, isotonicValues } from './isotonic.ts'

test.each(golden.cases)(
  '$name: values between and beyond the knots equal scikit-learn (data/golden/calibration.json)',
  one => {
    const values = isotonicValues(fitIsotonic(one.margins, one.labels), Float64Array.from(one.at))
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(one.isotonic[i], 12)
    })
  },
)

const part = fc.array(fc.record({ margin: fc.integer({ min: -6, max: 6 }), label: fc.integer({ min: 0, max: 1 }) }), {
  minLength: 1,
  maxLength: 40,
})

/** Naive twin: the max-min formula, the largest over starts of the smallest mean over ends. */
function maxMin(rows: readonly { margin: number; label: number }[], margin: number): number {
  const places = [...new Set(rows.map(row => row.margin))].sort((a, b) => a - b)
  const mean = (from: number, to: number) => {
    const inside = rows.filter(row => row.margin >= from && row.margin <= to)
    return inside.reduce((sum, row) => sum + row.label, 0) / inside.length
  }
  const starts = places.filter(place => place <= margin)
  const ends = places.filter(place => place >= margin)
  return Math.max(...starts.map(start => Math.min(...ends.map(end => mean(start, end)))))
}

test('at the rows it is the max-min formula of isotonic regression', () => {
  fc.assert(
    fc.property(part, rows => {
      const margins = rows.map(row => row.margin)
      const knots = fitIsotonic(
        margins,
        rows.map(row => row.label),
      )
      isotonicValues(knots, Float64Array.from(margins)).forEach((value, i) => {
        expect(value).toBeCloseTo(maxMin(rows, margins[i]), 12)
      })
    }),
  )
})

test('knots rise, values never fall, and what is between them never falls either, to the last bit', () => {
  const anywhere = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 50 })
  fc.assert(
    fc.property(part, anywhere, (rows, at) => {
      const knots = fitIsotonic(
        // Distances of all sizes between knots.
        rows.map(row => Math.fround(Math.sinh(5 * row.margin))),
        rows.map(row => row.label),
      )
      expect(knots.margins).toEqual([...new Set(knots.margins)].sort((a, b) => a - b))
      expect(knots.values).toEqual(knots.values.toSorted((a, b) => a - b))
      const sorted = Float64Array.from([...at, ...knots.margins]).sort()
      const values = isotonicValues(knots, sorted)
      values.forEach((value, i) => {
        expect(value >= 0 && value <= 1 && (i === 0 || value >= values[i - 1])).toBe(true)
      })
    }),
  )
})

test('one class alone and equal margins are a constant', () => {
  expect([...isotonicValues(fitIsotonic([1, 2, 3], [1, 1, 1]), Float64Array.of(-9, 2, 9))]).toEqual([1, 1, 1])
  expect([...isotonicValues(fitIsotonic([2, 2], [0, 1]), Float64Array.of(-9, 2, 9))]).toEqual([0.5, 0.5, 0.5])
})
