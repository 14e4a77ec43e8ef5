import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupRows, MISSING_GROUP, referenceGroup } from './groups.ts'
import { categoryOf } from './scored-groups.fixture.ts'

const numbers = (...values: number[]) => ({ kind: 'number', values: Float64Array.from(values) }) as const

test('levels come by size, equals by name, levels without a row not at all, and missing rows last', () => {
  const column = categoryOf(['z', 'b', undefined, 'a', 'z', undefined, undefined])
  const { names, groupOf, sizes } = groupRows({ ...column, levels: [...column.levels, 'never'] })
  expect(names).toEqual(['z', 'a', 'b', MISSING_GROUP])
  expect([...groupOf]).toEqual([0, 2, 3, 1, 0, 3, 3])
  expect([...sizes]).toEqual([2, 1, 1, 3])
})

test('a level that is spelt like the missing group stays apart from it', () => {
  expect(groupRows(categoryOf(['(missing)', undefined, undefined])).names).toEqual(['"(missing)"', '(missing)'])
})

test('numbers are grouped by quartiles (NumPy: 17, 28, 37, 48), the last interval closed, NaN missing', () => {
  const { names, groupOf } = groupRows(numbers(17, 28, 37, 48, 90, Number.NaN, 27.5))
  // np.quantile([17, 27.5, 28, 37, 48, 90], [0, .25, .5, .75]) = 17, 27.625, 32.5, 45.25
  expect(names).toEqual(['[17, 27.625)', '[27.625, 32.5)', '[32.5, 45.25)', '[45.25, 90]', MISSING_GROUP])
  expect([...groupOf]).toEqual([0, 1, 2, 3, 3, 4, 0])
})

test('up to four distinct numbers are groups of their own, and coinciding quartiles are one', () => {
  expect(groupRows(numbers(0, 1, 0, 1, 1)).names).toEqual(['0', '1'])
  expect(groupRows(numbers(5, 5)).names).toEqual(['5'])
  expect(groupRows(numbers(0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)).names).toEqual(['[0, 1.5)', '[1.5, 4]'])
  expect(groupRows(numbers(Number.NaN)).names).toEqual([MISSING_GROUP])
})

test('every row is in one group, sizes add up, and none is empty', () => {
  const column = fc.oneof(
    fc.array(fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined })).map(categoryOf),
    fc.array(fc.double({ min: -5, max: 5 })).map(values => numbers(...values)),
  )
  fc.assert(
    fc.property(column, column => {
      const { names, groupOf, sizes } = groupRows(column)
      expect(sizes.length).toBe(names.length)
      const counted = names.map((_, group) => groupOf.filter(own => own === group).length)
      expect([...sizes]).toEqual(counted)
      expect(counted.every(size => size > 0)).toBe(true)
      expect(counted.reduce((sum, size) => sum + size, 0)).toBe(groupOf.length)
    }),
  )
})

test('the reference is the named group, else the largest with a value; undefined when the named one has no row', () => {
  const groups = groupRows(categoryOf(['a', 'a', 'b', undefined, undefined, undefined]))
  expect(groups.names[referenceGroup(groups, undefined)!]).toBe('a')
  expect(groups.names[referenceGroup(groups, 'b')!]).toBe('b')
  expect(referenceGroup(groups, 'c')).toBeUndefined()
  expect(referenceGroup(groupRows(categoryOf([undefined])), undefined)).toBe(0)
  expect(referenceGroup(groupRows(categoryOf([])), undefined)).toBeUndefined()
})
