import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitPreprocessor } from '../preprocess/preprocessor.ts'
import { makeRowEncoder } from '../preprocess/row-encoder.ts'
import { type Cell, smallContract, smallTable, tableOf } from './drift.fixture.ts'
import { scorableRows } from './scorable-rows.ts'
import { NO_LABEL } from './score-profile.ts'

const specs = fitPreprocessor(smallTable(200), smallContract)
const MODEL = { contract: smallContract, specs, classes: [0, 1] } as const
const encode = makeRowEncoder(smallContract, specs)

const value = fc.oneof(fc.constantFrom<Cell>(null, 0, 1, 2.5, -1, 101, 1e39), fc.integer({ min: 0, max: 100 }))
const rows = fc.array(
  fc.record({
    months: value,
    usage: value,
    plan: fc.constantFrom('A', 'B', 'C', 'D', null),
    region: fc.constantFrom('r1', 'elsewhere', null),
  }),
  { minLength: 1, maxLength: 40 },
)

test('the rows that are scored are those that predict accepts, encoded alike', () => {
  fc.assert(
    fc.property(rows, rows => {
      const accepted = rows.flatMap(row => {
        try {
          return [...encode([row]).values]
        } catch {
          return []
        }
      })
      const [first] = rows
      // A row of text keeps a category a category where every other row misses it.
      const cells = [...rows, { ...first, months: -1, plan: 'A', region: 'r1' }]
      const names = ['months', 'usage', 'plan', 'region'] as const
      const table = tableOf(Object.fromEntries(names.map(name => [name, cells.map(row => row[name])])))
      const scorable = scorableRows(table, MODEL)
      expect([...scorable.values]).toEqual(accepted)
      expect(scorable.rowCount * specs.length).toBe(accepted.length)
      expect(scorable.refused).toBe(cells.length - scorable.rowCount)
    }),
  )
})

test('of many rows evenly spaced ones are taken', () => {
  const months = Array.from({ length: 100 }, (_, i) => i)
  const table = tableOf({ months, usage: months, plan: months.map(() => 'A'), region: months.map(() => 'r1') })
  const { values, rowCount } = scorableRows(table, MODEL, 10)
  expect(Array.from({ length: rowCount }, (_, row) => values[row * specs.length])).toEqual([
    5, 15, 25, 35, 45, 55, 65, 75, 85, 95,
  ])
})

test('labels are compared as the target is: "1.0" is 1, another class or none is no label', () => {
  const table = tableOf({
    months: [1, 1, 1, 1, 1],
    usage: [1, 1, 1, 1, 1],
    plan: ['A', 'A', 'A', 'A', 'A'],
    region: ['r1', 'r1', 'r1', 'r1', 'r1'],
    left: ['1.0', '0', '1', '7', null],
  })
  expect([...scorableRows(table, MODEL).labels]).toEqual([1, 0, 1, NO_LABEL, NO_LABEL])
  const unlabelled = tableOf({ months: [1], usage: [1], plan: ['A'], region: ['r1'] })
  expect([...scorableRows(unlabelled, MODEL).labels]).toEqual([NO_LABEL])
})

test('without a column that may not be missing no row is accepted; a nullable one is missing', () => {
  const noMonths = tableOf({ usage: [1, 2], plan: ['A', 'A'], region: ['r1', 'r1'] })
  expect(scorableRows(noMonths, MODEL)).toMatchObject({ rowCount: 0, refused: 2 })
  const noUsage = tableOf({ months: [1, 2], plan: ['A', 'A'], region: ['r1', 'r1'] })
  expect([...scorableRows(noUsage, MODEL).values.slice(0, 2)]).toEqual([1, Number.NaN])
})
