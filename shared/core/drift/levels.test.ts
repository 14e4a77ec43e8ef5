import { expect, test } from 'vitest'
import { countLevels, pairLevels } from './levels.ts'

const column = (levels: readonly string[], codes: readonly number[]) =>
  ({ kind: 'category', levels, codes: Uint32Array.from(codes) }) as const

test('levels that no row has are left out, missing rows are counted', () => {
  const counted = countLevels(column(['x', 'y', 'z'], [0, 3, 3, 1, 0]))
  expect(counted).toEqual({ levels: ['x', 'z'], counts: Float64Array.of(1, 2), missing: 2 })
})

test('two sides are matched by name: declared levels first, then the others sorted, missing last', () => {
  const reference = countLevels(column(['c', 'a'], [1, 2, 2]))
  const current = countLevels(column(['new', 'a', 'b'], [1, 2, 3, 0]))
  expect(pairLevels(reference, current, ['b', 'a', 'unused'])).toEqual({
    levels: ['b', 'a', 'c', 'new'],
    reference: Float64Array.of(0, 2, 1, 0, 0),
    current: Float64Array.of(1, 1, 0, 1, 1),
  })
})

test('a level called __proto__ is a level', () => {
  const counted = countLevels(column(['__proto__'], [1, 1]))
  expect([...pairLevels(counted, counted).reference]).toEqual([2, 0])
})
