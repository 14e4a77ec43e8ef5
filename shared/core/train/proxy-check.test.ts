import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import type { CategoryColumn } from '../table/table.ts'
import { checkProxies } from './proxy-check.ts'

const ROWS = 1500
const LEVELS = ['red', 'blue', 'green']

/** `hint` carries the group with some noise, `half` only whether it is red, `noise` nothing. */
function draw(seed: number): { matrix: FeatureMatrix; team: CategoryColumn; coin: CategoryColumn } {
  const random = makeRandom(seed)
  const values = new Float32Array(3 * ROWS)
  const team = new Uint32Array(ROWS)
  const coin = new Uint32Array(ROWS)
  for (let row = 0; row < ROWS; row++) {
    const group = random.integer(0, 2)
    team[row] = group + 1
    coin[row] = random.integer(1, 2)
    values[3 * row] = random.normal()
    values[3 * row + 1] = 2 * group + random.normal()
    values[3 * row + 2] = Number.NaN
  }
  const features = [
    { name: 'noise', kind: 'number' },
    { name: 'hint', kind: 'number' },
    { name: 'empty', kind: 'number' },
  ] as const
  return {
    matrix: { rowCount: ROWS, features, values },
    team: { kind: 'category', codes: team, levels: LEVELS },
    coin: { kind: 'category', codes: coin, levels: ['heads', 'tails'] },
  }
}

const { matrix, team, coin } = draw(1)

test('a planted proxy is found, with the feature that carries it, and a coin has none', () => {
  const { columns } = checkProxies(matrix, [{ name: 'team', column: team }, { name: 'coin', column: coin }], { seed: 1 }) // biome-ignore format: columns
  const [planted, chance] = columns
  expect(planted.proxy).toBe(true)
  expect(planted.worst?.roc_auc).toBeGreaterThan(0.9)
  expect(planted.groups.map(({ group }) => group).sort()).toEqual(LEVELS.toSorted())
  expect(planted.carried_by[0]).toMatchObject({ feature: 'hint' })
  expect(planted.carried_by[0].share).toBeGreaterThan(0.9)
  expect(planted.sentence).toMatch(
    /^team is no input, but the features tell \w+ from the rest with a ROC-AUC of 0\.9\d\d, most of all by hint/,
  )
  expect(chance.proxy).toBe(false)
  expect(Math.abs(chance.roc_auc! - 0.5)).toBeLessThan(0.07)
})

test('the rule holds at its bound: a group at the limit is a proxy, one a little below is none', () => {
  const check = (limit: number) => checkProxies(matrix, [{ name: 'team', column: team }], { seed: 1, limit }).columns[0]
  const worst = check(0.75).worst!.roc_auc
  expect(check(worst).proxy).toBe(true)
  expect(check(worst + 1e-9).proxy).toBe(false)
})

test('the macro average is the mean of its groups and the worst is the largest', () => {
  const [{ roc_auc, groups, worst }] = checkProxies(matrix, [{ name: 'team', column: team }], { seed: 1 }).columns
  const scores = groups.map(group => group.roc_auc)
  expect(roc_auc).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / scores.length, 12)
  expect(worst?.roc_auc).toBe(Math.max(...scores))
})

test('the same seed gives the same report and another seed another', () => {
  const check = (seed: number) => checkProxies(matrix, [{ name: 'team', column: team }], { seed, maxRows: 900 })
  expect(check(5)).toEqual(check(5))
  expect(check(5)).not.toEqual(check(6))
})

test('of two groups one is predicted: telling it is telling the other', () => {
  const [{ groups, left_out }] = checkProxies(matrix, [{ name: 'coin', column: coin }], { seed: 1 }).columns
  expect(groups).toHaveLength(1)
  expect(left_out).toEqual([])
})

test('rows are limited, and groups that are small or too many are left out by name', () => {
  const rare: CategoryColumn = { ...team, codes: team.codes.map((code, row) => (row < 40 ? 0 : code)) }
  const report = checkProxies(matrix, [{ name: 'team', column: rare }], { seed: 1, maxGroups: 2 })
  expect(report.columns[0].groups).toHaveLength(2)
  expect(report.columns[0].left_out.map(({ too_few }) => too_few)).toEqual([
    'only the 2 largest groups are predicted',
    '40 rows in the sample on one side; needed: 50',
  ])
  expect(report.rows).toBe(ROWS)
  expect(checkProxies(matrix, [{ name: 'team', column: team }], { seed: 1, maxRows: 400 }).rows).toBe(400)
})

test('a column of one group has nothing to tell, which is no proxy and no number', () => {
  const one: CategoryColumn = { kind: 'category', codes: new Uint32Array(ROWS).fill(1), levels: ['all'] }
  const [column] = checkProxies(matrix, [{ name: 'team', column: one }], { seed: 1 }).columns
  expect(column).toMatchObject({ proxy: false, roc_auc: null, worst: null, groups: [], carried_by: [] })
  expect(column.left_out).toEqual([{ group: 'all', too_few: '0 rows in the sample on one side; needed: 50' }])
})

test('a number column is told by its quartiles', () => {
  const values = Float64Array.from({ length: ROWS }, (_, row) => matrix.values[3 * row + 1])
  const [column] = checkProxies(matrix, [{ name: 'age', column: { kind: 'number', values } }], { seed: 1 }).columns
  expect(column.groups).toHaveLength(4)
  expect(column.worst?.roc_auc).toBeGreaterThan(0.99)
})
