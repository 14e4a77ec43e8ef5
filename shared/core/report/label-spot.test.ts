import { expect, test } from 'vitest'
import { labelSpot } from './label-spot.ts'

const line = (of: (x: number) => number) => Array.from({ length: 101 }, (_, i) => ({ x: i / 100, y: of(i / 100) }))
const rising = line(x => x)
const falling = line(x => 1 - x)
const flat = line(() => 0.5)

test('names stand beside their own curve, away from the others, from the line and from the frame', () => {
  const curves = [rising, falling, flat]
  for (const own of curves) {
    const spot = labelSpot(own, curves, 0.3)
    const distances = curves.map(curve => Math.abs((curve.find(point => point.x >= spot.x)?.y ?? 0) - spot.y))
    expect(distances[curves.indexOf(own)]).toBeLessThan(0.07)
    expect(Math.min(...distances)).toBeGreaterThan(0.03)
    expect(Math.abs(spot.x - 0.3)).toBeGreaterThan(0.09)
    expect(Math.min(spot.y, 1 - spot.y, spot.x, 1 - spot.x)).toBeGreaterThan(0.02)
  }
})

test('a curve that is nowhere near the middle still gets a place inside the picture', () => {
  expect(labelSpot([{ x: 0.99, y: 1 }], [[{ x: 0.99, y: 1 }]], 0.5)).toEqual({ x: 0.5, y: 0.5 })
})
