import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gainPoints, gainTable } from './gain.ts'
import { rankingCurve } from './ranking.ts'

test('gain and lift by hand: ten rows, four positives, in halves', () => {
  const scores = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
  const labels = [1, 1, 0, 1, 0, 0, 0, 1, 0, 0]
  expect(gainTable(rankingCurve(scores, labels), 2)).toEqual([
    { rows: 5, share: 0.5, positives: 3, gain: 0.75, lift: 1.5 },
    { rows: 10, share: 1, positives: 4, gain: 1, lift: 1 },
  ])
})

test('equal scores count as in random order: half of the tied rows hold half of their positives', () => {
  const [half] = gainTable(rankingCurve([1, 1, 1, 1], [1, 1, 1, 0]), 2)
  expect(half).toEqual({ rows: 2, share: 0.5, positives: 1.5, gain: 0.5, lift: 1 })
})

test('fewer rows than steps: one step per row; no positives: no table and no curve', () => {
  expect(gainTable(rankingCurve([0.9, 0.1], [1, 0])).map(step => step.rows)).toEqual([1, 2])
  expect(gainTable(rankingCurve([0.9, 0.1], [0, 0]))).toEqual([])
  expect(gainPoints(rankingCurve([0.9, 0.1], [0, 0]))).toEqual([])
})

test('gain never falls, ends at 1, and with distinct scores counts the positives of the first rows', () => {
  const labels = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 2, maxLength: 80 })
  fc.assert(
    fc.property(
      labels.filter(some => some.includes(1)),
      some => {
        // The first row has the highest score, so the order of the labels is the ranking.
        const curve = rankingCurve(
          some.map((_, i) => -i),
          some,
        )
        const table = gainTable(curve)
        for (const { rows, positives } of table) {
          expect(positives).toBe(some.slice(0, rows).reduce((sum, label) => sum + label, 0))
        }
        const gains = table.map(step => step.gain)
        expect(gains).toEqual(gains.toSorted((a, b) => a - b))
        expect(table.at(-1)).toMatchObject({ rows: some.length, share: 1, gain: 1, lift: 1 })
        const points = gainPoints(curve)
        expect([points[0], points.at(-1)]).toEqual([
          { x: 0, y: 0 },
          { x: 1, y: 1 },
        ])
      },
    ),
  )
})
