import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import { countsText, makeCountSum } from './served.ts'
import { servedScores, servedScoresSql } from './served-sql.ts'

test('counts are added up by feature and bin, whatever a feature is called', () => {
  const sum = makeCountSum()
  const names = ['x', '__proto__', 'a "b"\n']
  sum.add({ counted: 3, counts: countsText(names, [[1, 2], Uint32Array.of(3), [0, 0, 3]]) })
  sum.add({ counted: 2, counts: countsText(names, [[2, 0], Uint32Array.of(2), [1, 1, 0]]) })
  const { rows, features } = sum.total()
  expect(rows).toBe(5)
  expect(names.map(name => features.get(name))).toEqual([[3, 2], [5], [1, 1, 3]])
})

test('counts over other bins than those before take no part, and neither do their rows', () => {
  const sum = makeCountSum()
  sum.add({ counted: 3, counts: '{"x":[1,2],"y":[3]}' })
  sum.add({ counted: 9, counts: '{"x":[4,5],"y":[0,9]}' })
  expect(sum.total()).toEqual({
    rows: 3,
    features: new Map([
      ['x', [1, 2]],
      ['y', [3]],
    ]),
  })
})

/** Scores of a day in a table as the sink has it. */
function scoresOf(scores: readonly number[], most: number) {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE predictions (model_name, model_version, request_id, row_index, time, score, class)')
  const insert = database.prepare("INSERT INTO predictions VALUES ('m', 'v', 'r', ?, '2026-01-01', ?, ?)")
  for (const [i, score] of scores.entries()) insert.run(i, score, score >= 0.5 ? 'yes' : 'no')
  const dialect = {
    table: (name: string) => name,
    hour: (column: string) => column,
    timeParameter: (name: string) => name,
  }
  const window = { model: 'm', version: 'v', since: '2026', until: '2027', positive: 'yes' }
  const cells = database.prepare(servedScoresSql(dialect, most)).all(window).map(servedScores)
  database.close()
  return cells
}

test('more scores than are kept apart: every share moves by at most 1 in as many, and all sums stay', () => {
  const random = makeRandom(1).uniform
  // A third has one score, as small trees answer.
  const scores = Array.from({ length: 5_000 }, (_, i) => (i % 3 === 0 ? 0.1 : Math.round(random() ** 4 * 1e5) / 1e5))
  const cells = scoresOf(scores, 100)
  expect(cells.length).toBeGreaterThan(60)
  expect(cells.length).toBeLessThanOrEqual(100)
  let below = 0
  for (const { score, rows } of cells) {
    const exact = scores.filter(other => other < score).length
    expect(Math.abs(exact - below) / scores.length).toBeLessThanOrEqual(1 / 100)
    below += rows
  }
  expect(below).toBe(5_000)
  const total = (of: 'positives' | 'sum') => cells.reduce((sum, cell) => sum + cell[of], 0)
  expect(total('positives')).toBe(scores.filter(score => score >= 0.5).length)
  expect(total('sum')).toBeCloseTo(
    scores.reduce((a, b) => a + b),
    8,
  )
})

test('as many scores as are kept apart are all there, each with its rows', () => {
  expect(scoresOf([0.5, 0.25, 0.5, 0.75], 4)).toEqual([
    { score: 0.25, rows: 1, positives: 0, sum: 0.25 },
    { score: 0.5, rows: 2, positives: 2, sum: 1 },
    { score: 0.75, rows: 1, positives: 1, sum: 0.75 },
  ])
})
