import { expect, test } from 'vitest'
import elastic from '../../../data/golden/elastic.json' with { type: 'json' }
import golden from '../../../data/golden/logistic.json' with { type: 'json' }
import { parseContract } from '../contract/contract.ts'
import { DEFAULT_LOGISTIC, fitLogistic } from '../dense/logistic.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { makeCodes, type Table } from '../table/table.ts'
import { makeWeigh } from './row-weights.ts'
import type { ClassWeight } from './run.ts'

const CONTRACT = {
  name: 'c',
  data: 'c.csv',
  target: { column: 'y', positive: 1 },
  features: { x: { type: 'number' } },
  sensitive: { g: { type: 'category' } },
} as const
const plain = parseContract(CONTRACT, 'c.yaml')
const weightedContract = parseContract({ ...CONTRACT, weight: 'w' }, 'c.yaml')

function tableOf(weights: readonly number[]): Table {
  const codes = makeCodes(2, weights.length)
  for (let row = 0; row < weights.length; row++) codes[row] = 1 + (row % 2)
  return {
    rowCount: weights.length,
    columns: new Map([
      ['w', { kind: 'number', values: Float64Array.from(weights) }],
      ['g', { kind: 'category', codes, levels: ['a', 'b'] }],
    ]),
  }
}

const labels = Uint8Array.of(1, 0, 0, 0, 0, 1)
const table = tableOf([1, 2, 3, 4, 5, 6])
const all = Uint32Array.from(labels, (_, row) => row)
const weigh = (rule: ClassWeight, contract = plain, reweigh?: string) =>
  makeWeigh({ table, contract, labels }, { class_weight: rule, ...(reweigh === undefined ? {} : { reweigh }) })

test('without any rule there are no weights; each rule gives its own and they multiply', () => {
  expect(weigh('none')).toBeUndefined()
  expect(weigh({ positive: 4 })?.(all)).toEqual(Float64Array.of(4, 1, 1, 1, 1, 4))
  expect(weigh('none', weightedContract)?.(Uint32Array.of(1, 4))).toEqual(Float64Array.of(2, 5))
  expect(weigh({ positive: 4 }, weightedContract)?.(all)).toEqual(Float64Array.of(4, 2, 3, 4, 5, 24))
  const groups = weigh('none', plain, 'g')?.(all) ?? new Float64Array(0)
  expect(weigh({ positive: 4 }, weightedContract, 'g')?.(all)).toEqual(
    groups.map((weight, row) => weight * (row + 1) * (labels[row] === 1 ? 4 : 1)),
  )
})

test('balanced classes weigh the same in total and all rows what they weighed, among the rows that are asked for', () => {
  for (const contract of [plain, weightedContract]) {
    for (const rows of [all, Uint32Array.of(0, 1, 2, 3)]) {
      const weights = weigh('balanced', contract)?.(rows) ?? new Float64Array(0)
      const before = contract === plain ? rows.length : rows.reduce((sum, row) => sum + row + 1, 0)
      const totalOf = (label: number) => weights.reduce((sum, w, i) => sum + (labels[rows[i]] === label ? w : 0), 0)
      expect(totalOf(1)).toBeCloseTo(totalOf(0), 12)
      expect(totalOf(0) + totalOf(1)).toBeCloseTo(before, 12)
    }
  }
})

test.each([0, -1, 1.1e9])('a weight of %s is refused with its row', value => {
  const wrong = { table: tableOf([1, value, 1]), contract: weightedContract, labels: labels.slice(0, 3) }
  expect(() => makeWeigh(wrong, { class_weight: 'none' })).toThrow(
    `row 2 of 3: weight w is ${value}; allowed: a number above 0 and at most 1,000,000,000`,
  )
})

test.each(elastic.weighted)(
  'class_weight $class_weight, row weights $row_weights: coefficients equal scikit-learn within 1e-4 (data/golden/elastic.json)',
  fit => {
    const features = golden.features.map(
      (feature): FeatureSpec =>
        typeof feature === 'string'
          ? { name: feature, kind: 'number' }
          : { name: feature.name, kind: 'category', levels: feature.levels, hasOther: false },
    )
    const rowCount = golden.rows.length
    const matrix = { rowCount, features, values: Float32Array.from(golden.rows.flat()) }
    const rows = {
      table: tableOf(golden.rows.map((_, row) => 1 + (row % 3))),
      contract: fit.row_weights ? weightedContract : plain,
      labels: Uint8Array.from(golden.labels),
    }
    const run = { class_weight: fit.class_weight as ClassWeight }
    const weights = makeWeigh(rows, run)?.(Uint32Array.from(golden.labels, (_, row) => row))
    const model = fitLogistic({ matrix, labels: rows.labels, ...(weights ? { weights } : {}) }, DEFAULT_LOGISTIC)
    fit.coefficients.forEach((expected, i) => {
      expect(Math.abs(model.coefficients[i] - expected)).toBeLessThan(1e-4)
    })
    expect(Math.abs(model.intercept - fit.intercept)).toBeLessThan(1e-4)
  },
)
