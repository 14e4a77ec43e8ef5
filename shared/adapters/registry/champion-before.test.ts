import fc from 'fast-check'
import { expect, test } from 'vitest'
import { championBefore } from './champion-before.ts'
import type { ChampionPointer, PromotionVerdict } from './champion-pointer.ts'

const pointer = (version: string, verdict?: PromotionVerdict): ChampionPointer => ({
  n: 1,
  version,
  manifest_sha256: '',
  promoted_at: '',
  by: '',
  reason: '',
  ...(verdict ? { verdict } : {}),
})
/** `-b` is a rollback to b. */
const history = (text: string) =>
  text.split(' ').map(word => (word.startsWith('-') ? pointer(word.slice(1), 'rolled_back') : pointer(word)))

test.each([
  ['a', undefined],
  ['a b', 'a'],
  ['a b c', 'b'],
  ['a b b', 'a'],
  ['a b -a', undefined],
  ['a b c -b', 'a'],
  ['a b c -b -a', undefined],
  ['a b -a c', 'a'],
  ['a b a', 'b'],
  ['a b c -a d', 'a'],
  ['b -a', 'b'],
])('after %s a rollback goes to %s', (text, expected) => {
  expect(championBefore(history(text))).toBe(expected)
})

test('of a pointer that is lost the next one tells: a, (b), c goes back to b', () => {
  expect(championBefore([pointer('a'), { ...pointer('c'), previous: 'b' }])).toBe('b')
  expect(championBefore([{ ...pointer('c'), previous: 'b' }])).toBe('b')
  // a, b, (-a), c, -a: nobody is sent back to b, which had been left.
  const left = [pointer('a'), pointer('b'), { ...pointer('c'), previous: 'a' }]
  expect(championBefore(left)).toBe('a')
  expect(championBefore([...left, { ...pointer('a', 'rolled_back'), previous: 'c' }])).toBeUndefined()
})

test('without a history there is nothing to go back to', () => {
  expect(championBefore([])).toBeUndefined()
})

test('rolling back until it ends visits the promoted versions backwards, none twice in a row, and ends', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }), versions => {
      const all: ChampionPointer[] = []
      const promote = (version: string, verdict?: PromotionVerdict) =>
        all.push({ ...pointer(version, verdict), previous: all.at(-1)?.version })
      for (const version of versions) promote(version)
      const visited: string[] = [versions.at(-1)!]
      for (let next = championBefore(all); next !== undefined; next = championBefore(all)) {
        expect(next).not.toBe(visited.at(-1))
        visited.push(next)
        promote(next, 'rolled_back')
        expect(visited.length).toBeLessThanOrEqual(versions.length)
      }
      expect(visited.at(-1)).toBe(versions[0])
    }),
  )
})
