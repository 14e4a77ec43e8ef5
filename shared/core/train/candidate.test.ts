import { expect, test } from 'vitest'
import { rankCandidates } from './candidate.ts'

const ranked = (...scores: number[]) =>
  rankCandidates(scores.map(validationRocAuc => ({ family: 'gbt', options: {}, validationRocAuc })))

test('the highest ROC-AUC comes first, of equals the first, and an unknown one last', () => {
  expect(ranked(0.7, 0.9, 0.8)).toEqual([1, 2, 0])
  expect(ranked(0.8, 0.9, 0.9)).toEqual([1, 2, 0])
  expect(ranked(Number.NaN, 0.5, 0.6)).toEqual([2, 1, 0])
  expect(ranked(Number.NaN, Number.NaN)).toEqual([0, 1])
})
