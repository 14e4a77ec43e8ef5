import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { AppError } from '../errors.ts'
import { FAMILIES } from '../model/family.ts'
import schema from './run.schema.json' with { type: 'json' }
import { familyOptions, overrideRun, parseRun } from './run.ts'
import { DEFAULT_SPACE } from './search-space.ts'
import { writtenOptions } from './written-options.ts'

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
  [{ class_weight: 'heavy' }, 'class_weight is "heavy"; allowed: none, balanced'],
  [{ class_weight: { positive: 2, negative: 2 } }, 'class_weight.negative is not a known key; allowed: positive'],
  [{ class_weight: {} }, 'r.yaml: class_weight.positive is absent'],
  [{ class_weight: { positive: 1e-9 } }, 'r.yaml: class_weight.positive is 1e-9; it must be >= 0.000001'],
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
  expect(() => overrideRun(run, { family: 'forest' })).toThrow('--family is "forest"; allowed: all, gbt, logistic, mlp')
})

test('a search is written into the run, so that its replay repeats it', () => {
  const run = overrideRun(parseRun({}, 'r.yaml'), { trials: 30 })
  expect(run.search).toEqual({
    trials: 30,
    folds: 5,
    space: { gbt: DEFAULT_SPACE.gbt, logistic: DEFAULT_SPACE.logistic },
  })
  expect(parseRun(run, 'r.yaml')).toEqual(run)
  expect(overrideRun(parseRun({ search: { trials: 9, folds: 3 } }, 'r.yaml'), { trials: 30 }).search).toMatchObject({
    trials: 30,
    folds: 3,
  })
})

test('ranges of a family replace the built-in ones; those of the others are written out', () => {
  const gbt = { leaves: { from: 2, to: 8, log: true }, learning_rate: [0.05, 0.1] }
  const run = parseRun({ search: { trials: 9, space: { gbt } } }, 'r.yaml')
  expect(run.search?.space).toEqual({ gbt, logistic: DEFAULT_SPACE.logistic })
  expect(parseRun(run, 'r.yaml')).toEqual(run)
  expect(overrideRun(run, { family: 'gbt' }).search?.space).toEqual({ gbt })
  expect(overrideRun(run, { family: 'all' }).search?.space).toEqual({ ...DEFAULT_SPACE, gbt })
})

test('the built-in ranges are ones that a run may have', () => {
  const families = { gbt: {}, logistic: {}, mlp: {} }
  expect(parseRun({ families, search: { trials: 9, space: DEFAULT_SPACE } }, 'r.yaml').search?.space).toEqual(
    DEFAULT_SPACE,
  )
})

test.each([
  [{ gbt: { leaves: { from: 1, to: 64 } } }, 'r.yaml: search.space.gbt.leaves.from is 1; it must be >= 2'],
  [{ gbt: { leaves: { from: 2, to: 6.5 } } }, 'r.yaml: search.space.gbt.leaves.to is 6.5; allowed: an integer'],
  [{ gbt: { learning_rate: [0.1, 0] } }, 'r.yaml: search.space.gbt.learning_rate[1] is 0; it must be > 0'],
  [{ gbt: { leavs: [2, 3] } }, 'r.yaml: search.space.gbt.leavs is not a known key; did you mean "leaves"?'],
  [{ gbt: { leaves: { from: 9, to: 3 } } }, 'r.yaml: search.space.gbt.leaves goes from 9 to 3; allowed: from below to'],
  [{ logistic: { l1: { from: 0, to: 3, log: true } } }, 'search.space.logistic.l1 is logarithmic from 0'],
  [{ gbt: { leaves: { from: 3, to: 9, or_zero: true } } }, 'r.yaml: search.space.gbt.leaves.or_zero is 0'],
  [{ gbt: { leaves: { from: 3 } } }, 'r.yaml: search.space.gbt.leaves.to is absent; it is required'],
  [{ gbt: { leaves: [] } }, 'r.yaml: search.space.gbt.leaves is empty; allowed: at least 1 item'],
  [{ gbt: { leaves: 3 } }, 'r.yaml: search.space.gbt.leaves is 3; allowed: a list or keys with values'],
  [{ gbt: { leaves: ['many'] } }, 'r.yaml: search.space.gbt.leaves[0] is "many"; allowed: an integer'],
  [{ mlp: { l2: [1, 2] } }, 'r.yaml: search.space.mlp is not tried; allowed: gbt, logistic'],
  [{ gbt: {}, logistic: {} }, 'r.yaml: search.space has no range'],
  [{ forest: {} }, 'r.yaml: search.space.forest is not a known key; allowed: gbt, logistic, mlp'],
])('ranges %j are refused with their key path', (space, expected) => {
  expect(problemsOf({ search: { trials: 9, space } })[0]).toContain(expected)
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
