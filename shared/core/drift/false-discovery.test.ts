import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/drift.json' with { type: 'json' }
import { adjustPValues } from './false-discovery.ts'

test.each(golden.false_discovery)('equals scipy.stats.false_discovery_control: $p', ({ p, adjusted }) => {
  adjustPValues(p).forEach((value, i) => {
    expect(Math.abs(value - adjusted[i])).toBeLessThanOrEqual(1e-14 * adjusted[i])
  })
})

test('adjusted values keep the order of their p, are never below it, and do not depend on the order of columns', () => {
  const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 })
  fc.assert(
    fc.property(pValues, p => {
      const adjusted = adjustPValues(p)
      p.forEach((value, i) => {
        expect(adjusted[i]).toBeGreaterThanOrEqual(value)
        expect(adjusted[i]).toBeLessThanOrEqual(1)
        p.forEach((other, j) => {
          if (value <= other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j])
        })
      })
      expect(adjustPValues(p.toReversed())).toEqual(adjusted.toReversed())
    }),
  )
})
