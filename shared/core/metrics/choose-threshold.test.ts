import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/evaluation.json' with { type: 'json' }
import { chooseThreshold, type MistakeCosts } from './choose-threshold.ts'
import { rankingCurve } from './ranking.ts'
import { type Confusion, confusionAt } from './threshold.ts'

const scored = fc
  .array(fc.record({ p: fc.float({ min: 0, max: 1, noNaN: true }), label: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 2,
    maxLength: 30,
  })
  .filter(rows => new Set(rows.map(row => row.label)).size === 2)
const costs = fc.record({
  false_positive: fc.double({ min: 0.01, max: 100, noNaN: true }),
  false_negative: fc.double({ min: 0.01, max: 100, noNaN: true }),
})

/** What a rule makes as large as it can, counted from the rows. */
function worth(
  rule: 'f1' | 'cost' | 'youden',
  { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn }: Confusion,
  by: MistakeCosts,
) {
  if (rule === 'f1') return (2 * tp) / (2 * tp + fp + fn)
  if (rule === 'youden') return tp / (tp + fn) - fp / (fp + tn)
  return -(fp * by.false_positive + fn * by.false_negative) / (tp + fp + fn + tn)
}

test.each(['f1', 'cost', 'youden'] as const)(
  '%s: no threshold in (0, 1) does better than the chosen one, by brute force over all of them',
  rule => {
    fc.assert(
      fc.property(scored, costs, (rows, by) => {
        const probabilities = rows.map(row => row.p)
        const labels = rows.map(row => row.label)
        const { threshold, figures } = chooseThreshold(rankingCurve(probabilities, labels), { rule, costs: by })
        expect(threshold > 0 && threshold < 1).toBe(true)
        const chosen = worth(rule, confusionAt(probabilities, labels, threshold), by)
        // Just at and just above every probability: one threshold for each set of rows that can be called positive.
        const tried = probabilities.flatMap(p => [p, p + 2 ** -24]).filter(t => t > 0 && t < 1)
        for (const other of tried) {
          expect(worth(rule, confusionAt(probabilities, labels, other), by)).toBeLessThanOrEqual(chosen + 1e-12)
        }
        const told = rule === 'cost' ? -(figures?.cost ?? Number.NaN) : figures?.[rule]
        expect(told).toBeCloseTo(chosen, 9)
      }),
    )
  },
)

test.each(golden.cases)(
  '$name: the highest Youden equals the largest distance on the ROC curve of scikit-learn (data/golden/evaluation.json)',
  one => {
    const { figures } = chooseThreshold(rankingCurve(one.scores, one.labels), { rule: 'youden' })
    expect(figures?.youden).toBeCloseTo(one.youden, 12)
  },
)

test('the curve says what the rows say at each of its thresholds, and the choice is the best of it', () => {
  fc.assert(
    fc.property(scored, rows => {
      const probabilities = rows.map(row => row.p)
      const labels = rows.map(row => row.label)
      const { curve, figures } = chooseThreshold(rankingCurve(probabilities, labels), { rule: 'f1' })
      for (const point of curve) {
        const counts = confusionAt(probabilities, labels, point.threshold)
        if (point.threshold < 1)
          expect(point.recall * (counts.truePositives + counts.falseNegatives)).toBeCloseTo(counts.truePositives, 9)
        expect(point.f1).toBeLessThanOrEqual(figures?.f1 ?? -1)
      }
      const thresholds = curve.map(point => point.threshold)
      expect(thresholds).toEqual(thresholds.toSorted((a, b) => a - b))
    }),
  )
})

test('by hand: the shortest number between 0.2 and 0.8 is taken, and dear false negatives lower it', () => {
  const curve = rankingCurve(Float32Array.of(0.9, 0.8, 0.2, 0.1), [1, 1, 0, 0])
  expect(chooseThreshold(curve, { rule: 'f1' })).toMatchObject({ threshold: 0.5, figures: { f1: 1, precision: 1 } })
  const mixed = rankingCurve(Float32Array.of(0.9, 0.6, 0.4, 0.1), [1, 0, 1, 0])
  const at = (false_negative: number) =>
    chooseThreshold(mixed, { rule: 'cost', costs: { false_positive: 1, false_negative } }).threshold
  expect([at(0.1), at(10)]).toEqual([0.8, 0.3])
})

test('a threshold that the run names is kept, with what it brings', () => {
  const curve = rankingCurve(Float32Array.of(0.9, 0.7, 0.2), [1, 0, 0])
  expect(chooseThreshold(curve, { rule: 0.7 })).toMatchObject({
    rule: 'fixed',
    threshold: 0.7,
    figures: { threshold: 0.7, precision: 0.5, recall: 1 },
  })
  expect(chooseThreshold(curve, { rule: 0.95 }).figures).toMatchObject({ recall: 0, precision: 1, f1: 0 })
})

test('one class alone leaves 0.5; equal scores and scores of 0 and 1 have a threshold too', () => {
  expect(chooseThreshold(rankingCurve([0.2, 0.9], [1, 1]), { rule: 'f1' })).toMatchObject({
    threshold: 0.5,
    figures: null,
    curve: [],
  })
  expect(chooseThreshold(rankingCurve([0.25, 0.25], [1, 0]), { rule: 'f1' }).threshold).toBeLessThanOrEqual(0.25)
  expect(chooseThreshold(rankingCurve([1, 0], [1, 0]), { rule: 'youden' })).toMatchObject({
    threshold: 0.5,
    figures: { youden: 1 },
  })
  expect(chooseThreshold(rankingCurve([0, 0], [1, 0]), { rule: 'f1' })).toMatchObject({ figures: { recall: 0 } })
  const next = Math.fround(0.5 + 2 ** -24)
  expect(chooseThreshold(rankingCurve([next, 0.5], [1, 0]), { rule: 'f1' }).figures?.f1).toBe(1)
})

test('the rule cost without costs is refused', () => {
  expect(() => chooseThreshold(rankingCurve([0.2, 0.9], [0, 1]), { rule: 'cost' })).toThrow('needs costs')
})
