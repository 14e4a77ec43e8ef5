import { expect, test } from 'vitest'
import { idNotes } from './id-notes.ts'

const category = (name: string, count: number) => {
  return { name, kind: 'category', levels: Array.from({ length: count }, (_, i) => `v${i}`), hasOther: false } as const
}

test('a category with more values than half the rows is told of, and nothing else is', () => {
  const features = [category('customer', 4000), category('city', 2500), { name: 'age', kind: 'number' }] as const
  expect(idNotes(features, 5000)).toEqual([
    'customer has 4,000 values in 5,000 rows, as an id has: it says nothing of a new row; ignore in the contract leaves it out',
  ])
})
