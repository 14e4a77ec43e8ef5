import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupRows } from './groups.ts'
import { reweigh } from './reweigh.ts'
import { categoryOf, GOLDEN_GROUPS, scoredGroups } from './scored-groups.fixture.ts'

test.each(GOLDEN_GROUPS)("$name: the weights equal those from pandas' crosstab (data/golden/fairness.json)", golden => {
  const groups = groupRows(categoryOf(golden.group))
  const { weights, cells } = reweigh(groups, golden.labels)
  const expected = new Map(Object.entries(golden.reweighing))
  expect(cells.length).toBe(2 * expected.size)
  weights.forEach((weight, row) => {
    expect(weight).toBeCloseTo(expected.get(golden.group[row])![golden.labels[row]], 12)
  })
})

test('the weights sum to the rows, and make the weighted share of positives of every balanced group that of all', () => {
  fc.assert(
    fc.property(scoredGroups, ({ cells, labels }) => {
      const groups = groupRows(categoryOf(cells))
      const { weights } = reweigh(groups, labels)
      const sum = (holds: (row: number) => boolean) =>
        weights.reduce((total, weight, row) => total + (holds(row) ? weight : 0), 0)
      const rate = labels.reduce((total, label) => total + label, 0) / labels.length
      const isBalanced = groups.names.map(
        (_, group) => new Set(labels.filter((_, row) => groups.groupOf[row] === group)).size === 2,
      )
      groups.names.forEach((_, group) => {
        if (!isBalanced[group]) return
        const inGroup = (row: number) => groups.groupOf[row] === group
        expect(sum(inGroup)).toBeCloseTo(groups.sizes[group], 6)
        expect(sum(row => inGroup(row) && labels[row] === 1) / sum(inGroup)).toBeCloseTo(rate, 9)
      })
      if (isBalanced.every(Boolean)) expect(sum(() => true)).toBeCloseTo(labels.length, 6)
    }),
  )
})

test('where group and label are independent already, every weight is 1', () => {
  const groups = groupRows(categoryOf(['a', 'a', 'b', 'b']))
  expect([...reweigh(groups, [0, 1, 1, 0]).weights]).toEqual([1, 1, 1, 1])
})

test('a group with one label only has no cell for the other, and no infinite weight', () => {
  const { weights, cells } = reweigh(groupRows(categoryOf(['a', 'a', 'b', 'b'])), [0, 1, 1, 1])
  expect(cells).toEqual([
    { group: 'a', label: 0, rows: 1, weight: 0.5 },
    { group: 'a', label: 1, rows: 1, weight: 1.5 },
    { group: 'b', label: 1, rows: 2, weight: 0.75 },
  ])
  expect([...weights]).toEqual([0.5, 1.5, 0.75, 0.75])
})

test('labels of another length are refused', () => {
  expect(() => reweigh(groupRows(categoryOf(['a'])), [0, 1])).toThrow('2 labels for 1 rows')
})
