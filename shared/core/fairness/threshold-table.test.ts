import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GroupRates, ratesAtThreshold } from './group-metrics.ts'
import { groupRows } from './groups.ts'
import { categoryOf, GOLDEN_GROUPS, type ScoredGroups, scoredGroups } from './scored-groups.fixture.ts'
import {
  type GroupThreshold,
  type ThresholdTable,
  type ThresholdTableOptions,
  thresholdTable,
} from './threshold-table.ts'

function table(
  rows: Pick<ScoredGroups, 'probabilities' | 'labels'>,
  cells: readonly string[],
  options: ThresholdTableOptions,
) {
  const made = thresholdTable(groupRows(categoryOf(cells)), rows, options)
  if ('too_few' in made) throw new Error(made.too_few)
  return made
}

const measured = (made: ThresholdTable) => made.groups.filter((row): row is GroupThreshold => 'threshold' in row)

function rateOf(rates: GroupRates, equalises: ThresholdTable['equalises']): number {
  const rate = rates[equalises]
  return 'value' in rate ? rate.value : Number.NaN
}

const OPTIONS = [
  ['selection_rate', 'within a row'],
  ['true_positive_rate', 'within a positive'],
] as const

test.each(OPTIONS)(
  '%s: the advised thresholds, tried out on the rows, reach the stated rates, %s of the target',
  equalises => {
    for (const golden of GOLDEN_GROUPS) {
      const groups = groupRows(categoryOf(golden.group))
      const group = groups.names.indexOf(golden.reference)
      const reference = { group, name: golden.reference }
      const made = table(golden, golden.group, { equalises, threshold: golden.threshold, reference })
      const now = ratesAtThreshold(groups, golden, golden.threshold)
      expect(made.target).toBeCloseTo(rateOf(now[group], equalises), 12)
      expect(measured(made)).toHaveLength(groups.names.length)
      measured(made).forEach((advice, i) => {
        const after = ratesAtThreshold(groups, golden, advice.threshold)[i]
        expect(advice.rate.now).toBeCloseTo(rateOf(now[i], equalises), 12)
        expect(advice.rate.after).toBeCloseTo(rateOf(after, equalises), 12)
        expect('value' in after.accuracy && after.accuracy.value).toBeCloseTo(advice.accuracy.after, 12)
        // Distinct scores: the rate moves in steps of one row.
        const rows = golden.group.flatMap((name, row) => (name === advice.group ? [golden.labels[row]] : []))
        const step = 1 / (equalises === 'selection_rate' ? rows.length : rows.reduce((sum, label) => sum + label, 0))
        expect(Math.abs(advice.rate.after - made.target)).toBeLessThanOrEqual(step)
      })
    }
  },
)

test('no threshold of any group comes closer to the target (all scores tried), and accuracy adds up over the groups', () => {
  fc.assert(
    fc.property(scoredGroups, fc.constantFrom(...OPTIONS.map(([equalises]) => equalises)), (rows, equalises) => {
      const groups = groupRows(categoryOf(rows.cells))
      const made = thresholdTable(groups, rows, {
        equalises,
        threshold: 0.5,
        reference: { group: 0, name: groups.names[0] },
      })
      if ('too_few' in made) return
      const scores = [...new Set(rows.probabilities), 0.5]
      made.groups.forEach((advice, i) => {
        if (!('threshold' in advice)) return
        const distances = scores.map(score =>
          Math.abs(rateOf(ratesAtThreshold(groups, rows, score)[i], equalises) - made.target),
        )
        const own = scores.filter(
          score => score === 0.5 || rows.probabilities.some((p, row) => p === score && groups.groupOf[row] === i),
        )
        const best = Math.min(...own.map(score => distances[scores.indexOf(score)]))
        expect(Math.abs(advice.rate.after - made.target)).toBeCloseTo(best, 12)
      })
      if (measured(made).length < groups.names.length) return
      const right = measured(made).reduce((sum, advice, i) => sum + advice.accuracy.after * groups.sizes[i], 0)
      expect(made.accuracy.after).toBeCloseTo(right / rows.labels.length, 9)
    }),
  )
})

test("the reference group and groups that are equal to it keep the model's threshold", () => {
  const scores = Array.from({ length: 60 }, (_, i) => Math.fround(i / 60))
  const labels = scores.map((_, i) => (i % 3 === 0 ? 1 : 0))
  const rows = { probabilities: [...scores, ...scores], labels: [...labels, ...labels] }
  const cells = [...scores.map(() => 'a'), ...scores.map(() => 'b')]
  const made = table(rows, cells, { equalises: 'selection_rate', threshold: 0.37, reference: { group: 0, name: 'a' } })
  expect(measured(made).map(advice => advice.threshold)).toEqual([0.37, 0.37])
  expect(made.accuracy.after).toBe(made.accuracy.now)
})

test('a small group is left as it is and says why; without a usable reference there is no table', () => {
  const rows = { probabilities: new Array(70).fill(0.4), labels: new Array(70).fill(0) }
  const cells = [...new Array(60).fill('a'), ...new Array(10).fill('b')]
  const groups = groupRows(categoryOf(cells))
  const options = { equalises: 'selection_rate', threshold: 0.5 } as const
  const made = thresholdTable(groups, rows, { ...options, reference: { group: 0, name: 'a' } })
  expect(made).toMatchObject({
    groups: [
      { group: 'a', threshold: 0.5 },
      { group: 'b', too_few: '10 rows; needed: 50' },
    ],
  })
  expect(thresholdTable(groups, rows, { ...options, reference: { group: 1, name: 'b' } })).toEqual({
    too_few: 'the reference group b has 10 rows; needed: 50',
  })
  expect(thresholdTable(groups, rows, { ...options, reference: { group: undefined, name: 'z' } })).toEqual({
    too_few: 'no row of the reference group z',
  })
})

test('thresholds are short decimals of the very float32 that was scored', () => {
  const probabilities = Float32Array.from({ length: 120 }, (_, i) => (i < 60 ? 0.3 + i / 1e4 : 0.8))
  const cells = Array.from({ length: 120 }, (_, i) => (i < 60 ? 'a' : 'b'))
  const groups = groupRows(categoryOf(cells))
  const rows = { probabilities, labels: new Uint8Array(120) }
  const made = thresholdTable(groups, rows, {
    equalises: 'selection_rate',
    threshold: 0.5,
    reference: { group: 1, name: 'b' },
  })
  expect(made).toMatchObject({ groups: [{ group: 'a', threshold: 0.3, rate: { now: 0, after: 1 } }, { group: 'b' }] })
})
