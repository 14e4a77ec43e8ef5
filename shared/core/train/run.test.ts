import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { AppError } from '../errors.ts'
import { FAMILIES } from '../model/family.ts'
import schema from './run.schema.json' with { type: 'json' }
import { familyOptions, overrideRun, parseRun, writtenOptions } from './run.ts'

function problemsOf(document: unknown): string[] {
  try {
    parseRun(document, 'r.yaml')
  } catch (error) {
    if (error instanceof AppError) return [error.message, ...error.problems.map(problem => problem.message)]
    throw error
  }
  return []
}

test('an empty run is both families with the defaults of their code', () => {
  const run = parseRun({}, 'r.yaml')
  expect(run).toMatchObject({ seed: 1, test_size: 0.2, validation_size: 0.2, threshold: 0.5, calibration: 'auto' })
  expect(familyOptions(run)).toEqual([
    { family: 'gbt', options: FAMILIES.gbt.defaults },
    { family: 'logistic', options: FAMILIES.logistic.defaults },
  ])
})

test('a resolved run resolves to itself', () => {
  const run = parseRun({ families: { gbt: { leaves: 3 } }, seed: 9 }, 'r.yaml')
  expect(parseRun(run, 'r.yaml')).toEqual(run)
  expect(familyOptions(run)).toEqual([{ family: 'gbt', options: { ...(FAMILIES.gbt.defaults as object), leaves: 3 } }])
})

test('the caller keeps its document as it was', () => {
  const document = Object.freeze({ families: Object.freeze({ logistic: Object.freeze({}) }) })
  expect(parseRun(document, 'r.yaml').families.logistic).toMatchObject({ l2: 1 })
})

test.each([
  [{ sede: 1 }, 'r.yaml: sede is not a known key; did you mean "seed"?'],
  [{ seed: -1 }, 'r.yaml: seed is -1'],
  [{ test_size: 1.5 }, 'r.yaml: test_size is 1.5'],
  [{ families: {} }, 'r.yaml: families is empty'],
  [{ families: { gbt: { leaves: 1 } } }, 'r.yaml: families.gbt.leaves is 1'],
  [{ families: { forest: {} } }, 'r.yaml: families.forest is not a known key'],
  [{ threshold: '0.5' }, 'r.yaml: threshold is "0.5"; allowed: a number'],
  [{ threshold: 'F1' }, 'threshold is "F1"; allowed: a number above 0 and below 1, or f1, cost or youden'],
  [{ threshold: 1 }, 'r.yaml: threshold is 1'],
  [{ threshold: 'cost' }, 'r.yaml: costs is absent; it is required'],
  [{ threshold: 'cost', costs: { false_positive: 1 } }, 'r.yaml: costs.false_negative is absent'],
  [{ costs: { false_positive: 0, false_negative: 1 } }, 'r.yaml: costs.false_positive is 0'],
  [{ calibration: 'sigmoid' }, 'r.yaml: calibration is "sigmoid"; allowed: none, platt, isotonic, auto'],
  [[], 'r.yaml: the document is a list'],
  [null, 'r.yaml: the document is null'],
])('%j is refused with its key path', (document, expected) => {
  expect(problemsOf(document)[0]).toContain(expected)
})

test('every mistake is told at once', () => {
  expect(problemsOf({ seed: 'x', threshold: 2, families: { gbt: { learning_rate: 0 } } })).toHaveLength(4)
})

test('one family, or all there are: the run keeps its settings, others get their defaults', () => {
  const run = parseRun({ families: { gbt: { leaves: 3 } } }, 'r.yaml')
  expect(overrideRun(run, {})).toEqual(run)
  expect(overrideRun(run, { family: 'gbt' })).toEqual(run)
  expect(familyOptions(overrideRun(run, { family: 'mlp' }))).toEqual([
    { family: 'mlp', options: FAMILIES.mlp.defaults },
  ])
  const all = overrideRun(run, { family: 'all' })
  expect(Object.keys(all.families)).toEqual(Object.keys(FAMILIES))
  expect(all.families.gbt).toEqual(run.families.gbt)
  expect(() => overrideRun(run, { family: 'forest' })).toThrow('families.forest is not a known key')
})

test('a search is written into the run, so that its replay repeats it', () => {
  const run = overrideRun(parseRun({}, 'r.yaml'), { trials: 30 })
  expect(run.search).toEqual({ trials: 30, folds: 5 })
  expect(parseRun(run, 'r.yaml')).toEqual(run)
  expect(overrideRun(parseRun({ search: { trials: 9, folds: 3 } }, 'r.yaml'), { trials: 30 }).search).toEqual({
    trials: 30,
    folds: 3,
  })
})

test('options are written as a run file spells them', () => {
  const { families } = parseRun({ families: { gbt: {}, logistic: {}, mlp: {} } }, 'r.yaml')
  for (const { family, options } of familyOptions(parseRun({ families }, 'r.yaml'))) {
    expect(writtenOptions(options)).toEqual(families[family])
  }
})

test('quantised sums are asked for by true, and absent otherwise', () => {
  const optionsOf = (gbt: Record<string, unknown>) =>
    familyOptions(parseRun({ families: { gbt } }, 'r.yaml'))[0].options
  expect(optionsOf({ quantised: true })).toMatchObject({ quantised: true })
  expect(optionsOf({})).not.toHaveProperty('quantised')
  expect(problemsOf({ families: { gbt: { quantised: 1 } } })[0]).toContain('families.gbt.quantised is 1')
})

test('the schema is one by JSON Schema 2020-12: parseRun leaves that unchecked', () => {
  expect(new Ajv2020().validateSchema(schema)).toBe(true)
})
