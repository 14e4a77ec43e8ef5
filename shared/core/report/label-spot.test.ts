import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelSpots } from './label-spot.ts'

const line = (of: (x: number) => number) => Array.from({ length: 101 }, (_, i) => ({ x: i / 100, y: of(i / 100) }))

test('names stand beside their own curve, away from the others, from the line and from the frame', () => {
  const curves = [line(x => x), line(x => 1 - x), line(() => 0.5)]
  for (const [i, spot] of labelSpots(curves, 0.3).entries()) {
    const distances = curves.map(curve => Math.abs((curve.find(point => point.x >= spot.x)?.y ?? 0) - spot.y))
    expect(distances[i]).toBeLessThan(0.17)
    expect(Math.min(...distances)).toBeGreaterThan(0.03)
    expect(Math.abs(spot.x - 0.3)).toBeGreaterThan(0.09)
  }
})

test('no two names are in each other’s place and none is outside, even of curves that lie on each other', () => {
  const value = fc.double({ min: 0, max: 1, noNaN: true })
  const curves = fc.oneof(
    fc.tuple(value, value, value).map(levels => levels.map(level => line(() => level))),
    fc.tuple(value, value).map(([x, y]) => [[{ x, y }], [{ x, y }], [{ x, y }]]),
  )
  fc.assert(
    fc.property(curves, value, (some, at) => {
      const spots = labelSpots(some, at)
      for (const [i, a] of spots.entries()) {
        expect(Math.min(a.y, 1 - a.y, a.x, 1 - a.x)).toBeGreaterThan(0.02)
        for (const b of spots.slice(0, i)) expect(Math.abs(a.x - b.x) >= 0.2 || Math.abs(a.y - b.y) >= 0.05).toBe(true)
      }
    }),
    // Three curves that are one point, on the frame, leave the least room.
    { examples: [[[[{ x: 1, y: 1 }], [{ x: 1, y: 1 }], [{ x: 1, y: 0 }]], 1]] },
  )
})
