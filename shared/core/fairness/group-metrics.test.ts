import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeGroups, overallRates, ratesAtThreshold } from './group-metrics.ts'
import { groupRows } from './groups.ts'
import { isMeasured, type Measured } from './measure.ts'
import { categoryOf, GOLDEN_GROUPS, scoredGroups } from './scored-groups.fixture.ts'

function numberOf(measured: Measured): number {
  if (!isMeasured(measured)) throw new Error(measured.too_few)
  return measured.value
}

test.each(GOLDEN_GROUPS)(
  "$name: every group's metrics equal Fairlearn's MetricFrame (data/golden/fairness.json)",
  golden => {
    const groups = groupRows(categoryOf(golden.group))
    const facts = describeGroups(groups, golden)
    const rates = ratesAtThreshold(groups, golden, golden.threshold)
    const expected = new Map(Object.entries(golden.by_group))
    expect(new Set(groups.names)).toEqual(new Set(expected.keys()))
    groups.names.forEach((name, i) => {
      const own = expected.get(name)!
      expect(facts[i].rows).toBe(own.rows)
      expect(numberOf(facts[i].base_rate)).toBeCloseTo(own.base_rate, 12)
      expect(numberOf(facts[i].roc_auc)).toBeCloseTo(own.roc_auc, 12)
      expect(numberOf(rates[i].selection_rate)).toBeCloseTo(own.selection_rate, 12)
      expect(numberOf(rates[i].true_positive_rate)).toBeCloseTo(own.true_positive_rate, 12)
      expect(numberOf(rates[i].false_positive_rate)).toBeCloseTo(own.false_positive_rate, 12)
      expect(numberOf(rates[i].accuracy)).toBeCloseTo(own.accuracy, 12)
    })
    const all = overallRates(golden, golden.threshold)
    expect(numberOf(all.selection_rate)).toBeCloseTo(golden.overall.selection_rate, 12)
    expect(numberOf(all.accuracy)).toBeCloseTo(golden.overall.accuracy, 12)
  },
)

test("the groups' counts add up to those of all rows", () => {
  fc.assert(
    fc.property(scoredGroups, fc.double({ min: 0, max: 1, noNaN: true }), (rows, threshold) => {
      const groups = groupRows(categoryOf(rows.cells))
      const facts = describeGroups(groups, rows)
      const rates = ratesAtThreshold(groups, rows, threshold)
      const all = overallRates(rows, threshold)
      const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)
      expect(total(facts.map(group => group.rows))).toBe(rows.labels.length)
      expect(total(facts.map(group => group.positives))).toBe(total(rows.labels))
      expect(total(rates.map(group => group.selected))).toBe(all.selected)
      expect(total(rates.map(group => group.true_positives))).toBe(all.true_positives)
    }),
  )
})

test('new names for the groups give the same numbers under the new names', () => {
  const renamed = new Map([['a', 'x'], ['b', 'q'], ['c', 'm'], ['d', 'f']]) // biome-ignore format: pairs
  const byName = (cells: readonly string[], rows: Parameters<typeof ratesAtThreshold>[1]) => {
    const groups = groupRows(categoryOf(cells))
    const rates = ratesAtThreshold(groups, rows, 0.5)
    return new Map(describeGroups(groups, rows).map((facts, i) => [facts.group, { ...facts, ...rates[i], group: '' }]))
  }
  fc.assert(
    fc.property(scoredGroups, rows => {
      const before = byName(rows.cells, rows)
      const after = byName(
        rows.cells.map(cell => renamed.get(cell)!),
        rows,
      )
      expect(after).toEqual(new Map([...before].map(([name, metrics]) => [renamed.get(name), metrics])))
    }),
  )
})

/** `positives` right positives and `negatives` right negatives of one group. */
function block(positives: number, negatives: number) {
  const labels = [...new Array<number>(positives).fill(1), ...new Array<number>(negatives).fill(0)]
  return { labels, probabilities: labels.map(label => 0.2 + 0.6 * label), cells: labels.map(() => 'a') }
}

test.each([
  [9, 100, { true_positive_rate: '9 positives; needed: 10', roc_auc: '9 positives; needed: 10' }],
  [100, 9, { false_positive_rate: '9 negatives; needed: 10', roc_auc: '9 negatives; needed: 10' }],
  [
    30,
    19,
    { base_rate: '49 rows; needed: 50', selection_rate: '49 rows; needed: 50', accuracy: '49 rows; needed: 50' },
  ],
])(
  'with %d positives and %d negatives just these have a reason instead of a number',
  (positives, negatives, reasons) => {
    const rows = block(positives, negatives)
    const groups = groupRows(categoryOf(rows.cells))
    const all = { ...describeGroups(groups, rows)[0], ...ratesAtThreshold(groups, rows, 0.5)[0] }
    const found = Object.entries(all).flatMap(([key, value]) =>
      typeof value === 'object' && 'too_few' in value ? [[key, value.too_few]] : [],
    )
    expect(Object.fromEntries(found)).toEqual(reasons)
  },
)

test('a probability that is shown as the threshold counts as selected, as in every answer', () => {
  const rows = {
    probabilities: new Float32Array(50).fill(0.7),
    labels: new Uint8Array(50),
    cells: new Array(50).fill('a'),
  }
  expect(ratesAtThreshold(groupRows(categoryOf(rows.cells)), rows, 0.7)[0].selected).toBe(50)
})
