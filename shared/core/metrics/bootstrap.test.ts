import fc from 'fast-check'
import { expect, test } from 'vitest'
import golden from '../../../data/golden/evaluation.json' with { type: 'json' }
import { makeRandom } from '../math/random.ts'
import { bootstrapIntervals, replicatesFor } from './bootstrap.ts'
import { averagePrecisionOf, kolmogorovSmirnovOf, type RankingCurve, rankingCurve } from './ranking.ts'

const [{ scores, labels }] = golden.cases
const curve = rankingCurve(scores, labels)
const averages = (drawn: RankingCurve) => ({ pr_auc: averagePrecisionOf(drawn) })

test('bounds of average precision and F1 equal 20,000 draws of NumPy and scikit-learn within 0.006 (data/golden/evaluation.json)', () => {
  const called = curve.thresholds.filter(score => score >= 0.5).length
  const found = bootstrapIntervals(
    curve,
    drawn => {
      const [hits, wrong] = [drawn.truePositives[called - 1], drawn.falsePositives[called - 1]]
      return { ...averages(drawn), f1: (2 * hits) / (hits + wrong + drawn.positives) }
    },
    { seed: 1, replicates: 5000 },
  )
  for (const name of ['pr_auc', 'f1'] as const) {
    expect(Math.abs(found![name]!.low - golden.bootstrap[name].low)).toBeLessThan(0.006)
    expect(Math.abs(found![name]!.high - golden.bootstrap[name].high)).toBeLessThan(0.006)
  }
})

test('the same seed gives the same bounds, another seed others close by', () => {
  const by = (seed: number) => bootstrapIntervals(curve, averages, { seed })?.pr_auc
  expect(by(1)).toEqual(by(1))
  expect(by(2)).not.toEqual(by(1))
  expect(Math.abs(by(2)!.low - by(1)!.low)).toBeLessThan(0.03)
})

test('every draw has as many rows of each class as there are, each at the point of a row of its class', () => {
  const rows = fc.array(fc.record({ score: fc.integer({ min: 0, max: 6 }), label: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 2,
    maxLength: 40,
  })
  fc.assert(
    fc.property(rows, fc.nat(), (some, seed) => {
      const own = rankingCurve(
        some.map(row => row.score),
        some.map(row => row.label),
      )
      const hasPositive = own.thresholds.map(score => Number(some.some(row => row.score === score && row.label === 1)))
      bootstrapIntervals(
        own,
        drawn => {
          expect(drawn.truePositives.at(-1)).toBe(own.positives)
          expect(drawn.falsePositives.at(-1)).toBe(own.negatives)
          drawn.truePositives.forEach((count, i) => {
            const gained = count - (i === 0 ? 0 : drawn.truePositives[i - 1])
            expect(gained === 0 || (gained > 0 && hasPositive[i] === 1)).toBe(true)
          })
          return {}
        },
        { seed, replicates: 3 },
      )
    }),
  )
})

test('one class alone has no interval; a figure that some draw lacks is null; equal scores have a bound of no width', () => {
  expect(bootstrapIntervals(rankingCurve([0.1, 0.2], [1, 1]), averages, { seed: 1 })).toBeUndefined()
  const unknown = bootstrapIntervals(curve, () => ({ x: Number.NaN }), { seed: 1, replicates: 5 })
  expect(unknown).toEqual({ x: null })
  const equal = rankingCurve([0.3, 0.3, 0.3, 0.3], [1, 0, 0, 0])
  expect(bootstrapIntervals(equal, averages, { seed: 1 })).toEqual({ pr_auc: { low: 0.25, high: 0.25 } })
})

test('many rows are drawn less often', () => {
  expect([replicatesFor(10), replicatesFor(5000), replicatesFor(1e7)]).toEqual([1000, 500, 200])
})

test('drawing from a part of the rows gives the bounds of drawing from all of them, within a tenth of their width', () => {
  const random = makeRandom(5)
  const rows = Array.from({ length: 20_000 }, () => {
    const label = Number(random.uniform() < 0.3)
    return { label, score: Math.fround(random.normal() + 1.2 * label) }
  })
  const many = rankingCurve(
    rows.map(row => row.score),
    rows.map(row => row.label),
  )
  const figuresOf = (drawn: RankingCurve) => ({ ...averages(drawn), ks: kolmogorovSmirnovOf(drawn) })
  const all = bootstrapIntervals(many, figuresOf, { seed: 1, replicates: 1000 })
  const part = bootstrapIntervals(many, figuresOf, { seed: 1, replicates: 1000, mostRows: 4000 })
  for (const name of ['pr_auc', 'ks'] as const) {
    const width = all![name]!.high - all![name]!.low
    expect(Math.abs(part![name]!.low - all![name]!.low)).toBeLessThan(width / 10)
    expect(Math.abs(part![name]!.high - all![name]!.high)).toBeLessThan(width / 10)
  }
})

test('a draw of a part has at most that many rows, of each class its share, at points of the curve', () => {
  const scores = Float64Array.from({ length: 3000 }, (_, i) => (i * 7) % 1009)
  const own = rankingCurve(
    scores,
    Uint8Array.from(scores, score => Number(score % 3 === 0)),
  )
  const drawnRows: number[] = []
  bootstrapIntervals(
    own,
    drawn => {
      drawnRows.push(drawn.positives + drawn.negatives)
      expect(drawn.positives / (drawn.positives + drawn.negatives)).toBeCloseTo(own.positives / 3000, 2)
      expect(drawn.thresholds.every(score => own.thresholds.includes(score))).toBe(true)
      return {}
    },
    { seed: 1, replicates: 3, mostRows: 300 },
  )
  // Three draws, then what the part and the whole say themselves.
  expect(drawnRows).toEqual([300, 300, 300, 300, 3000])
})
