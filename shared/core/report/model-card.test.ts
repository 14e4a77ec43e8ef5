import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseContract } from '../contract/contract.ts'
import { type ModelCardInput, modelCard } from './model-card.ts'
import { awkwardRows, BROKEN_WORDS, calibratedRows, fairnessOf, HOSTILE, runOf } from './report.fixture.ts'

const contract = parseContract(
  {
    name: 'toy',
    data: 'toy.csv',
    target: { column: 'bought', positive: 1 },
    features: {
      age: { type: 'integer', minimum: 18, unit: 'years', nullable: true, description: 'At the last birthday' },
      city: { type: 'category', values: ['Rome', 'Oslo'] },
      shop: { type: 'category', unknown: 'other' },
    },
    sensitive: { sex: { type: 'category' } },
    ignore: ['row_id'],
  },
  'toy.yaml',
)
const rows = calibratedRows(1000)
const sex = rows.labels.map((_, i) => (i < 4 ? 'rare' : i % 2 === 0 ? 'f' : 'm'))
const cardOf = (further: Partial<ModelCardInput> = {}) =>
  modelCard({ ...runOf(rows), contract, data: { source: 'toy.csv', rows: 5000 }, ...further })

test('the card says what is predicted, from what, and how well, with a definition beside each number', () => {
  const input = runOf(rows)
  const card = cardOf()
  expect(card).toContain('The probability that bought is 1; the answer is 1 from 0.5 on, else 0.')
  expect(card).toContain('| age | integer (years) | from 18 | allowed | At the last birthday |')
  expect(card).toContain('| city | category | Rome, Oslo | refused |  |')
  expect(card).toContain('| shop | category | those of the training table; others count as "other" | refused |  |')
  const { roc_auc: value, roc_auc_low: low, roc_auc_high: high } = input.metrics
  const figures = `${value.toFixed(4)} | ${low.toFixed(4)} to ${high.toFixed(4)}`
  expect(card).toContain(`| ROC-AUC | ${figures} | The chance that`)
  expect(card).toContain('- toy.csv: 5,000 rows.')
  expect(card).toContain('never inputs: sex.')
  expect(card).toContain('Columns that are not read: row_id.')
  expect(card).toContain('A value it does not know is refused in: city.')
  expect(card).toContain('npm run train -- --run run.yaml')
})

test('how threshold and calibration came about is said where they are known', () => {
  const figures = { threshold: 0.4, precision: 1, recall: 1, false_positive_rate: 0, f1: 1, youden: 1 }
  const card = cardOf({
    thresholdChoice: { rule: 'f1', threshold: 0.4, figures, curve: [figures] },
    calibration: {
      calibrator: { method: 'none' },
      asked: 'none',
      rows: 9,
      compared: [],
      reason: 'the run asks for it',
    },
  })
  expect(card).toContain('The rule f1 chose the threshold on the validation part, not on these rows.')
  expect(card).toContain('Calibration: none; the run asks for it.')
  expect(cardOf()).not.toContain('Calibration:')
})

test('a direction that the contract demands and the weight of a class are said', () => {
  const features = { age: { type: 'integer', monotone: 'decreasing', description: 'In years' } } as const
  const directed = parseContract({ ...contract.document, features }, 'toy.yaml')
  expect(cardOf({ contract: directed })).toContain('| In years; a higher value never raises the answer |')
  expect(cardOf({ classWeight: 'balanced' })).toContain('- In training both classes count the same in total; every')
  expect(cardOf({ classWeight: { positive: 3 } })).toContain('- In training a positive row counts as 3 negative ones;')
  expect(cardOf({ classWeight: 'none' })).not.toContain('In training')
})

test('what nobody declared is called not declared, and nothing is made up', () => {
  expect(cardOf()).toContain('Not declared: the run file has no description.\nAuthor: not declared.')
  expect(cardOf()).not.toContain('Ethical')
  const declared = cardOf({ description: 'To call who may leave.', author: 'A. Writer' })
  expect(declared).toContain('To call who may leave.\nAuthor: A. Writer.')
})

test('ethical notes are what the contract says about sensitive columns', () => {
  const described = parseContract(
    { ...contract.document, sensitive: { sex: { type: 'category', description: 'As registered' } } },
    'toy.yaml',
  )
  expect(cardOf({ contract: described })).toContain(
    '## Ethical notes\n\nWhat the contract says about its sensitive columns:\n\n- sex: As registered',
  )
})

test('fairness in words: gaps, who is too few to tell, and what could be done', () => {
  const probabilities = rows.probabilities.map((probability, i) => (i % 2 === 0 ? probability / 4 : probability))
  const card = cardOf({ fairness: fairnessOf({ labels: rows.labels, probabilities }, { sex }) })
  expect(card).toContain('### sex')
  expect(card).toMatch(/Demographic parity \(selection rates\): widest gap 0\.\d{3}, m above f/)
  expect(card).toContain('Too few rows: rare.')
  expect(card).toContain('Gaps above 0.10, and what could be done:')
  expect(cardOf()).toContain('Not measured: the contract names no sensitive column.')
})

test('names and notes cannot break out of their place', () => {
  const card = cardOf({ title: `${HOSTILE}\n# x`, name: HOSTILE, description: `${HOSTILE}\n\n## y`, notes: [HOSTILE] })
  expect(card).not.toMatch(/(?<!\\)<script|^# x|^## y/m)
  expect(card.match(/^# /gm)).toHaveLength(1)
})

test('whatever the held-out rows are, no card holds a NaN, undefined or Infinity', () => {
  fc.assert(
    fc.property(awkwardRows, some => {
      const group = some.labels.map((_, i) => `g${i % 2}`)
      const input = { ...runOf(some), contract, data: { source: 'x', rows: 9 }, fairness: fairnessOf(some, { group }) }
      expect(modelCard(input)).not.toMatch(BROKEN_WORDS)
    }),
  )
})
