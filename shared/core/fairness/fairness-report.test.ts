import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FairnessOptions, judgeFairness } from './fairness-report.ts'
import { categoryOf, GOLDEN_GROUPS, scoredGroups } from './scored-groups.fixture.ts'

const [two] = GOLDEN_GROUPS

function options(golden: (typeof GOLDEN_GROUPS)[number]): FairnessOptions {
  return {
    columns: [{ name: 'team', column: categoryOf(golden.group), reference: golden.reference }],
    probabilities: golden.probabilities,
    labels: golden.labels,
    thresholds: [0.5, golden.threshold],
    contract: 'shop',
  }
}

/** Groups a and b of 100 rows: of each, the first `positives` are positive and the first `selected` are selected. */
function teams(a: { positives: number; selected: number }, b: { positives: number; selected: number }, name = 'team') {
  const rows = [a, b].flatMap(({ positives, selected }) =>
    Array.from({ length: 100 }, (_, i) => ({ label: i < positives ? 1 : 0, probability: i < selected ? 0.9 : 0.1 })),
  )
  const cells = rows.map((_, i) => (i < 100 ? 'a' : 'b'))
  return judgeFairness({
    columns: [{ name, column: categoryOf(cells) }],
    probabilities: rows.map(row => row.probability),
    labels: rows.map(row => row.label),
    thresholds: [0.5],
    contract: 'shop',
  })
}

test('both readings of both parities are there at 0.5 and at the own threshold, equal ones counted once', () => {
  const report = judgeFairness(options(GOLDEN_GROUPS[1]))
  expect(report.columns[0].at.map(({ threshold }) => threshold)).toEqual([0.5, 0.25])
  for (const at of report.columns[0].at) {
    for (const disparity of [at.demographic_parity, at.equal_opportunity, at.predictive_equality]) {
      expect(disparity.between_groups).toHaveProperty('difference')
      expect(disparity.against_reference).toHaveProperty('reference', 'w')
    }
  }
  expect(judgeFairness(options(two)).columns[0].at.map(({ threshold }) => threshold)).toEqual([0.5])
})

test('its numbers are those of Fairlearn (data/golden/fairness.json)', () => {
  const [at] = judgeFairness(options(two)).columns[0].at
  expect(at.demographic_parity.between_groups).toMatchObject({
    difference: expect.closeTo(two.demographic_parity_difference, 12),
    ratio: expect.closeTo(two.demographic_parity_ratio, 12),
  })
  expect(at.equal_opportunity.between_groups).toMatchObject({
    difference: expect.closeTo(two.equal_opportunity_difference, 12),
  })
})

test('the reference is the one of the contract, or the largest group, and the report says which', () => {
  expect(judgeFairness(options(two)).columns[0].reference).toEqual({ group: 'a', chosen_by: 'contract' })
  const largest = { ...options(two), columns: [{ name: 'team', column: categoryOf(two.group) }] }
  expect(judgeFairness(largest).columns[0].reference).toEqual({ group: 'a', chosen_by: 'size' })
})

test('a gap of exactly 0.10 has no sentence; one above has, with the command and with the other gap beside it', () => {
  for (const selected of [20, 30, 40]) {
    const { findings } = teams({ positives: 20, selected: selected + 10 }, { positives: 20, selected })
    // In floating point 0.4 - 0.3 is a little more than 0.1.
    expect(findings.filter(({ parity }) => parity === 'demographic_parity')).toEqual([])
  }
  const { findings } = teams({ positives: 20, selected: 31 }, { positives: 20, selected: 20 })
  expect(findings.map(({ parity, groups }) => [parity, groups])).toEqual([
    ['predictive_equality', ['a', 'b']],
    ['demographic_parity', ['a', 'b']],
  ])
  const { gap, sentence } = findings[1]
  expect(gap).toBeCloseTo(0.11, 12)
  expect(sentence).toMatch(
    /^team at threshold 0\.5: demographic parity difference 0\.110, above 0\.10 \(a over b; 95 %: -0\.0/,
  )
  expect(sentence).toContain('More rows of these groups would tell how large it is.')
  expect(sentence).toContain('`npm run train -- --contract shop --reweigh team`')
  expect(sentence).toContain('can widen the equal opportunity difference (now 0.000)')
})

test('an equal opportunity gap names the demographic parity beside it and the table of thresholds', () => {
  const { findings } = teams({ positives: 40, selected: 30 }, { positives: 30, selected: 30 })
  expect(findings.map(({ parity }) => parity)).toEqual(['equal_opportunity'])
  expect(findings[0].gap).toBeCloseTo(0.25, 12)
  expect(findings[0].groups).toEqual(['b', 'a'])
  expect(findings[0].sentence).toContain('aims at demographic parity (now 0.000)')
  expect(findings[0].sentence).toContain('thresholds that equalise true positive rates')
})

test('a model that was reweighed for the column is not told to reweigh it again; for another column it still is', () => {
  const given = { ...options(GOLDEN_GROUPS[1]), thresholds: [0.25] }
  const [again] = judgeFairness({ ...given, reweighed: 'team' }).findings
  expect(again.sentence).toContain('already trained with weights for this column')
  expect(again.sentence).not.toContain('--reweigh')
  const [other] = judgeFairness({ ...given, reweighed: 'age' }).findings
  expect(other.sentence).toContain('--reweigh team')
  expect(judgeFairness({ ...given, reweighed: 'team' }).reweighed).toBe('team')
})

test("a column's name is one word of the shell", () => {
  const sentenceFor = (name: string) =>
    teams({ positives: 20, selected: 60 }, { positives: 20, selected: 20 }, name).findings[0].sentence
  expect(sentenceFor('marital status')).toContain("--reweigh 'marital status'`")
  expect(sentenceFor("it's $HOME")).toContain("--reweigh 'it'\\''s $HOME'`")
})

test('missing values are a group; a number column is judged by its quartiles', () => {
  const ages = Float64Array.from(two.group, (_, row) => (row % 5 === 0 ? Number.NaN : 20 + (row % 40)))
  const cells = two.group.map((name, row) => (row % 4 === 0 ? undefined : name))
  const { columns } = judgeFairness({
    ...options(two),
    columns: [
      { name: 'team', column: categoryOf(cells), reference: 'b' },
      { name: 'age', column: { kind: 'number', values: ages } },
    ],
  })
  expect(columns[0].groups.map(({ group }) => group)).toEqual(['a', 'b', '(missing)'])
  expect(columns[0].reference.group).toBe('b')
  expect(columns[1].groups).toHaveLength(5)
  expect(columns[1].groups.at(-1)?.group).toBe('(missing)')
})

test('whatever the rows, the report is JSON without loss: no NaN, no Infinity', () => {
  fc.assert(
    fc.property(scoredGroups, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (rows, threshold) => {
      const report = judgeFairness({
        columns: [{ name: 'team', column: categoryOf(rows.cells), reference: 'a' }],
        probabilities: rows.probabilities,
        labels: rows.labels,
        thresholds: [0.5, threshold],
        contract: 'shop',
      })
      expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    }),
  )
})

test('a contract without sensitive columns gives an empty report, and no rows no error', () => {
  expect(judgeFairness({ ...options(two), columns: [] })).toMatchObject({ columns: [], findings: [] })
  const empty = {
    columns: [{ name: 'team', column: categoryOf([]) }],
    probabilities: [],
    labels: [],
    thresholds: [0.5],
  }
  const { columns } = judgeFairness({ ...empty, contract: 'shop' })
  expect(columns[0].at[0].demographic_parity.against_reference).toHaveProperty('too_few')
})

test('columns of another length than the labels are a bug', () => {
  expect(() => judgeFairness({ ...options(two), labels: [0, 1] })).toThrow(
    'team has 700 rows, with 2 labels and 700 scores',
  )
})
