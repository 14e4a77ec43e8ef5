import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_POINTS, precisionRecallPoints, rocPoints, thin } from './curves.ts'
import { averagePrecisionOf, rankingCurve, rocAucOf } from './ranking.ts'

const coordinate = fc.double({ min: 0, max: 1, noNaN: true })
const someCurve = fc.array(fc.record({ x: coordinate, y: coordinate }), { minLength: 1, maxLength: 400 })
const scored = fc
  .array(fc.record({ score: fc.integer({ min: 0, max: 400 }), label: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 2,
    maxLength: 600,
  })
  .filter(rows => new Set(rows.map(row => row.label)).size === 2)
  .map(rows =>
    rankingCurve(
      rows.map(row => row.score),
      rows.map(row => row.label),
    ),
  )

test('a thinned curve keeps its ends, is a part of the curve in order, and has at most the points asked for', () => {
  fc.assert(
    fc.property(someCurve, fc.integer({ min: 2, max: 60 }), (points, most) => {
      const kept = thin(points, most)
      expect(kept.length).toBeLessThanOrEqual(most)
      expect(kept[0]).toBe(points[0])
      expect(kept.at(-1)).toBe(points.at(-1))
      const places = kept.map(point => points.indexOf(point))
      expect(places).toEqual(places.toSorted((a, b) => a - b))
    }),
  )
})

test('every point left out lies within the whole way over (most - 2) of one that is kept', () => {
  fc.assert(
    fc.property(someCurve, fc.integer({ min: 3, max: 60 }), (points, most) => {
      const distance = (a: (typeof points)[0], b: (typeof points)[0]) => Math.abs(a.x - b.x) + Math.abs(a.y - b.y)
      const way = points.slice(1).reduce((sum, point, i) => sum + distance(point, points[i]), 0)
      const kept = thin(points, most)
      for (const point of points) {
        const nearest = Math.min(...kept.map(one => distance(one, point)))
        expect(nearest).toBeLessThanOrEqual(way / (most - 2) + 1e-9)
      }
    }),
  )
})

test('a curve of a single place many times over is its two ends', () => {
  expect(thin(Array.from({ length: 300 }, () => ({ x: 0.5, y: 0.5 })))).toHaveLength(2)
  expect(() => thin([], 1)).toThrow('most is 1; allowed: 2 or more')
})

test('ROC points by hand: from (0, 0), one per distinct score, to (1, 1)', () => {
  const curve = rankingCurve([0.5, 0.9, 0.5, 0.1], [1, 1, 0, 0])
  expect(rocPoints(curve)).toEqual([
    { x: 0, y: 0 },
    { x: 0, y: 0.5 },
    { x: 0.5, y: 1 },
    { x: 1, y: 1 },
  ])
  expect(precisionRecallPoints(curve)).toEqual([
    { x: 0.5, y: 1 },
    { x: 1, y: 2 / 3 },
    { x: 1, y: 0.5 },
  ])
})

test('the trapezoids under the ROC points are the ROC-AUC, also after thinning to 200 points', () => {
  fc.assert(
    fc.property(scored, curve => {
      const area = (most: number) => {
        const points = rocPoints(curve, most)
        return points.slice(1).reduce((sum, { x, y }, i) => sum + ((x - points[i].x) * (y + points[i].y)) / 2, 0)
      }
      expect(area(1e6)).toBeCloseTo(rocAucOf(curve), 12)
      expect(Math.abs(area(MOST_POINTS) - rocAucOf(curve))).toBeLessThan(0.011)
    }),
  )
})

test('the steps under the precision-recall points are the average precision', () => {
  fc.assert(
    fc.property(scored, curve => {
      const points = precisionRecallPoints(curve, 1e6)
      const area = points.reduce((sum, { x, y }, i) => sum + (x - (i === 0 ? 0 : points[i - 1].x)) * y, 0)
      expect(area).toBeCloseTo(averagePrecisionOf(curve), 12)
    }),
  )
})

test('without one of the classes there is no curve', () => {
  expect(rocPoints(rankingCurve([0.1, 0.2], [1, 1]))).toEqual([])
  expect(rocPoints(rankingCurve([0.1, 0.2], [0, 0]))).toEqual([])
  expect(precisionRecallPoints(rankingCurve([0.1, 0.2], [0, 0]))).toEqual([])
})
