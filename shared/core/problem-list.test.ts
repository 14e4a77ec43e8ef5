import { expect, test } from 'vitest'
import { AppError, type Problem } from './errors.ts'
import { ProblemList, plural } from './problem-list.ts'

const problem = (message: string): Problem => ({ code: 'wrong_type', message })

function listOf(count: number): ProblemList {
  const problems = new ProblemList()
  for (let i = 0; i < count; i++) problems.add(() => problem(`p${i}`))
  return problems
}

test('no problem is no error', () => {
  expect(() => listOf(0).throwIfAny('INVALID_TABLE', 'a.csv')).not.toThrow()
})

test('a single problem is the message; of several the subject and the count are', () => {
  const [one, two] = [listOf(1), listOf(2)].map(problems => problems.toError('INVALID_TABLE', 'a.csv'))
  expect(one).toEqual(new AppError('INVALID_TABLE', 'p0', { problems: [problem('p0')] }))
  expect(two).toEqual(new AppError('INVALID_TABLE', 'a.csv: 2 problems', { problems: [problem('p0'), problem('p1')] }))
})

test('the hundredth problem is the last described, and all are counted', () => {
  const problems = listOf(99)
  expect(problems.full).toBe(false)
  problems.add(() => problem('the hundredth'))
  expect(problems.full).toBe(true)
  problems.add(() => {
    throw new Error('described in vain')
  })
  expect(problems.listed).toHaveLength(100)
  expect(problems.summary(' in 7 rows')).toBe('101 problems in 7 rows; the first 100 are listed')
})

test('one is singular', () => {
  expect([plural(0, 'row'), plural(1, 'row'), plural(2, 'row')]).toEqual(['0 rows', '1 row', '2 rows'])
})
