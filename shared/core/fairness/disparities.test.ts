import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Disparity, disparityOf, type Parity, type Reference } from './disparities.ts'
import { type GroupRates, ratesAtThreshold } from './group-metrics.ts'
import { type Groups, groupRows, referenceGroup } from './groups.ts'
import { shareOf, shareOfEnough } from './measure.ts'
import { categoryOf, GOLDEN_GROUPS, scoredGroups } from './scored-groups.fixture.ts'

function between({ between_groups }: Disparity) {
  if ('too_few' in between_groups) throw new Error(between_groups.too_few)
  return between_groups
}

function against({ against_reference }: Disparity) {
  if ('too_few' in against_reference) throw new Error(against_reference.too_few)
  return against_reference
}

const RATES = [
  ['demographic_parity', 'selection_rate'],
  ['equal_opportunity', 'true_positive_rate'],
  ['predictive_equality', 'false_positive_rate'],
] as const

/** [parity] → disparity, from rows. */
function disparities(groups: Groups, rates: readonly GroupRates[], reference: Reference): Record<Parity, Disparity> {
  const entries = RATES.map(([parity, rate]) => [
    parity,
    disparityOf({ parity, groups, rates: rates.map(own => own[rate]), reference }),
  ])
  return Object.fromEntries(entries) as Record<Parity, Disparity>
}

test.each(GOLDEN_GROUPS)(
  '$name: both readings equal Fairlearn and its by_group (data/golden/fairness.json)',
  golden => {
    const groups = groupRows(categoryOf(golden.group))
    const rates = ratesAtThreshold(groups, golden, golden.threshold)
    const reference = { group: referenceGroup(groups, golden.reference), name: golden.reference }
    const found = disparities(groups, rates, reference)
    expect(between(found.demographic_parity).difference).toBeCloseTo(golden.demographic_parity_difference, 12)
    expect(between(found.demographic_parity).ratio).toBeCloseTo(golden.demographic_parity_ratio, 12)
    expect(between(found.equal_opportunity).difference).toBeCloseTo(golden.equal_opportunity_difference, 12)
    expect(between(found.equal_opportunity).ratio).toBeCloseTo(golden.equal_opportunity_ratio, 12)
    expect(between(found.predictive_equality).difference).toBeCloseTo(golden.false_positive_rate_difference, 12)
    const odds = Math.max(between(found.equal_opportunity).difference, between(found.predictive_equality).difference)
    expect(odds).toBeCloseTo(golden.equalized_odds_difference, 12)
    for (const [parity] of RATES) {
      const expected = Object.entries(golden.against_reference[parity]).filter(([group]) => group !== golden.reference)
      const own = new Map(against(found[parity]).groups.map(({ group, difference }) => [group, difference.value]))
      expect(own.size).toBe(expected.length)
      for (const [group, difference] of expected) expect(own.get(group)).toBeCloseTo(difference as number, 12)
      const largest = Math.max(...expected.map(([, difference]) => Math.abs(difference as number)))
      expect(against(found[parity]).difference).toBeCloseTo(largest, 12)
    }
  },
)

test('gaps are in [0, 1], and none against the reference is wider than the one between the outermost groups', () => {
  fc.assert(
    fc.property(scoredGroups, rows => {
      const groups = groupRows(categoryOf(rows.cells))
      const reference = { group: referenceGroup(groups, undefined), name: groups.names[0] }
      for (const found of Object.values(disparities(groups, ratesAtThreshold(groups, rows, 0.5), reference))) {
        if ('too_few' in found.between_groups) continue
        const { difference, ratio } = found.between_groups
        expect(difference).toBeGreaterThanOrEqual(0)
        expect(difference).toBeLessThanOrEqual(1)
        if (ratio !== null) expect(ratio).toBeGreaterThanOrEqual(0)
        if (ratio !== null) expect(ratio).toBeLessThanOrEqual(1)
        if ('too_few' in found.against_reference) continue
        expect(found.against_reference.difference).toBeLessThanOrEqual(difference)
      }
    }),
  )
})

test('groups with the same rows have no gap at all', () => {
  fc.assert(
    fc.property(scoredGroups, fc.integer({ min: 2, max: 4 }), (rows, copies) => {
      const times = <T>(values: readonly T[]) => new Array(copies).fill(values).flat() as T[]
      const names = ['a', 'b', 'c', 'd']
        .slice(0, copies)
        .flatMap(name => new Array<string>(rows.cells.length).fill(name))
      const equal = { probabilities: times(rows.probabilities), labels: times(rows.labels) }
      const groups = groupRows(categoryOf(names))
      const found = disparities(groups, ratesAtThreshold(groups, equal, 0.5), { group: 0, name: 'a' })
      for (const { between_groups, against_reference } of Object.values(found)) {
        if ('too_few' in between_groups || 'too_few' in against_reference) continue
        expect(between_groups.difference).toBe(0)
        expect(against_reference.difference).toBe(0)
      }
    }),
  )
})

const ENOUGH = { needed: 50, kind: 'rows' }
const rate = (count: number, total: number) => shareOfEnough(count, total, ENOUGH)

test('a group with too few rows is in no gap and is named with its reason', () => {
  const rates = [rate(30, 100), rate(49, 49), rate(20, 100)]
  const found = disparityOf({
    parity: 'demographic_parity',
    groups: { names: ['a', 'tiny', 'b'] },
    rates,
    reference: { group: 0, name: 'a' },
  })
  expect(between(found)).toMatchObject({ difference: expect.closeTo(0.1, 12), highest: 'a', lowest: 'b' })
  expect(against(found).groups.map(({ group }) => group)).toEqual(['b'])
  expect(found.left_out).toEqual([{ group: 'tiny', too_few: '49 rows; needed: 50' }])
})

test.each<[string, number | undefined, string]>([
  ['the reference group has no row', undefined, 'no row of the reference group z'],
  ['the reference group is too small', 1, 'the reference group z has 49 rows; needed: 50'],
  ['no other group can be measured', 0, 'no group beside the reference group z can be measured'],
])('%s: a reason instead of a gap', (_, group, reason) => {
  const options = {
    parity: 'demographic_parity',
    groups: { names: ['a', 'b'] },
    rates: [rate(30, 100), rate(1, 49)],
  } as const
  const found = disparityOf({ ...options, reference: { group, name: 'z' } })
  expect(found.against_reference).toEqual({ too_few: reason })
  expect(found.between_groups).toEqual({ too_few: '1 of the groups can be measured; needed: 2' })
})

test('a ratio to nothing is null, never infinite or NaN', () => {
  const options = {
    parity: 'equal_opportunity',
    groups: { names: ['a', 'b'] },
    reference: { group: 0, name: 'a' },
  } as const
  const none = disparityOf({ ...options, rates: [shareOf(0, 60), shareOf(0, 60)] })
  expect(between(none)).toMatchObject({ difference: 0, ratio: null })
  const some = disparityOf({ ...options, rates: [shareOf(0, 60), shareOf(6, 60)] })
  expect(between(some).ratio).toBe(0)
  expect(against(some).groups[0].ratio).toBeNull()
})
