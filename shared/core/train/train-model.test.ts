import { expect, test } from 'vitest'
import { openSession } from '../../adapters/onnx/session.ts'
import { fitOnThreads, sharedMemory } from '../../adapters/threads/fit-pool.ts'
import { parseContract } from '../contract/contract.ts'
import { makeRandom } from '../math/random.ts'
import type { Table } from '../table/table.ts'
import { importancesCsv, metricsFile, parseImportances } from './artifacts.ts'
import { type FitExecutor, fitInTurn } from './fit-task.ts'
import { parseRun } from './run.ts'
import { trainModel } from './train-model.ts'

const contract = parseContract(
  {
    name: 'toy',
    data: 'toy.csv',
    target: { column: 'bought', positive: 'yes' },
    features: {
      age: { type: 'integer', nullable: true },
      'city, "big"': { type: 'category' },
      noise: { type: 'number' },
    },
    sensitive: { group: { type: 'category', values: ['a', 'b'] } },
  },
  'toy.yaml',
)

/** The label follows age in a straight line and the city; `group` is the label itself, to show that it never leaks in. */
function toyTable(rowCount: number): Table {
  const random = makeRandom(11)
  const age = new Float64Array(rowCount)
  const noise = new Float64Array(rowCount)
  const city = new Uint32Array(rowCount)
  const bought = new Uint32Array(rowCount)
  for (let row = 0; row < rowCount; row++) {
    age[row] = random.uniform() < 0.05 ? Number.NaN : random.integer(18, 80)
    noise[row] = random.normal()
    city[row] = random.integer(1, 3)
    const margin = (Number.isNaN(age[row]) ? 0 : (age[row] - 45) / 10) + (city[row] === 2 ? 1 : 0)
    bought[row] = random.uniform() < 1 / (1 + Math.exp(-margin)) ? 2 : 1
  }
  return {
    rowCount,
    columns: new Map([
      ['age', { kind: 'number', values: age }],
      ['city, "big"', { kind: 'category', codes: city, levels: ['b', 'c', 'a'] }],
      ['noise', { kind: 'number', values: noise }],
      ['group', { kind: 'category', codes: bought, levels: ['a', 'b'] }],
      ['bought', { kind: 'category', codes: bought, levels: ['no', 'yes'] }],
    ]),
  }
}

const run = parseRun({ families: { gbt: { trees: 60, leaves: 6 }, logistic: {} } }, 'r.yaml')
const table = toyTable(3000)
const trained = await trainModel(table, contract, { run, folds: 3 })

test('the family with the best validation ROC-AUC is kept; a straight line wins on straight data', () => {
  expect(trained.family).toBe('logistic')
  const best = Math.max(...trained.candidates.map(candidate => candidate.validationRocAuc))
  expect(trained.candidates.find(candidate => candidate.family === trained.family)?.validationRocAuc).toBe(best)
})

test('only features enter: a sensitive column that equals the label changes nothing', () => {
  expect(trained.features.map(spec => spec.name)).toEqual(['age', 'city, "big"', 'noise'])
  expect(trained.metrics.roc_auc).toBeLessThan(0.9)
})

test('held-out metrics are of exactly the share of rows that was held out, judged by what model.onnx answers', async () => {
  expect(trained.metrics.rows).toBe(600)
  const session = await openSession(trained.model)
  const answers = await session.run(trained.heldOut.matrix.values, 600)
  expect(answers).toEqual(trained.heldOut.probabilities)
  expect(trained.classes).toEqual(['no', 'yes'])
})

test('the cross-validation has a score for each fold, and its mean and deviation are theirs', () => {
  const cv = trained.crossValidation
  if (!cv) throw new Error('three folds were asked for')
  expect(cv.roc_auc).toHaveLength(3)
  expect(cv.roc_auc_mean).toBeCloseTo((cv.roc_auc[0] + cv.roc_auc[1] + cv.roc_auc[2]) / 3, 12)
  expect(Math.abs(cv.roc_auc_mean - trained.metrics.roc_auc)).toBeLessThan(0.05)
})

test.each([1, 2, 3])('%i threads give the same bytes as this thread alone', async threads => {
  const again = await trainModel(table, contract, {
    run,
    folds: 3,
    execute: fitOnThreads(threads),
    allocate: sharedMemory,
  })
  expect(again.model).toEqual(trained.model)
  expect(again.portableModel).toEqual(trained.portableModel)
  expect(again.crossValidation).toEqual(trained.crossValidation)
})

test('without a refit the kept model is the one that was compared on the validation part: 2400 rows less a fifth', async () => {
  const fit = async (refit: boolean) => {
    const rows: number[] = []
    const execute: FitExecutor = (data, tasks, onProgress) => {
      for (const task of tasks) rows.push(task.rows.length)
      return fitInTurn(data, tasks, onProgress)
    }
    const small = parseRun({ families: { gbt: { trees: 3, leaves: 4, early_stopping_rounds: 0 } }, refit }, 'r.yaml')
    const { size } = await trainModel(table, contract, { run: small, folds: 0, execute })
    return { rows, trees: size.trees }
  }
  expect(await fit(false)).toEqual({ rows: [1920], trees: 3 })
  expect(await fit(true)).toEqual({ rows: [1920, 2400], trees: 3 })
})

test('another seed holds out other rows', async () => {
  const other = await trainModel(table, contract, { run: { ...run, seed: 2 }, folds: 0 })
  expect(other.heldOut.matrix.values).not.toEqual(trained.heldOut.matrix.values)
  expect(other.crossValidation).toBeUndefined()
})

test('a failing fit on a thread is an error and not a hang', async () => {
  const broken = { ...run, families: { gbt: { max_bins: 1 } } }
  await expect(
    trainModel(table, contract, { run: broken, folds: 0, execute: fitOnThreads(2), allocate: sharedMemory }),
  ).rejects.toThrow('maxBins')
})

test('too few rows of a class are refused with the numbers', async () => {
  await expect(trainModel(toyTable(6), contract, { run, folds: 0 })).rejects.toThrow(
    /the table has 6 rows, \d of the rarer class; too few/,
  )
  await expect(trainModel(toyTable(40), contract, { run, folds: 10 })).rejects.toThrow('10 folds')
})

test('feature_importances.csv quotes names and its shares sum to 1, the most important first', () => {
  const lines = importancesCsv(trained.features, trained.importances).trimEnd().split('\n')
  expect(lines[0]).toBe('feature,importance_type,importance,share')
  expect(lines[1]).toMatch(/^age,log_odds_deviation,/)
  expect(lines.some(line => line.startsWith('"city, ""big""",'))).toBe(true)
  const shares = lines.slice(1).map(line => Number(line.split(',').at(-1)))
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
  expect(shares).toEqual(shares.toSorted((a, b) => b - a))
})

test('metrics.json has its fixed keys at the top, and the clock and revision it was given', () => {
  const file = metricsFile(trained, { timestamp: '2026-01-02T03:04:05.000Z', gitSha: 'abc1234' })
  expect(file).toMatchObject({
    roc_auc: trained.metrics.roc_auc,
    timestamp: '2026-01-02T03:04:05.000Z',
    git_sha: 'abc1234',
  })
  expect(Object.keys(file).slice(0, 3)).toEqual(['roc_auc', 'pr_auc', 'accuracy'])
})

test('reweighing by a sensitive column changes the model and narrows the demographic parity gap of that column', async () => {
  const random = makeRandom(5)
  // The group shifts the label through age, so that it shows in the answers without being an input.
  const columns = new Map(table.columns)
  const age = columns.get('age')
  if (age?.kind !== 'number') throw new Error('age is a number')
  const codes = Uint32Array.from(age.values, years => (years + 15 * random.normal() > 50 ? 2 : 1))
  columns.set('group', { kind: 'category', codes, levels: ['a', 'b'] })
  const biased = { rowCount: table.rowCount, columns }
  const gapOf = async (reweigh: string | undefined) => {
    const { fairness, metrics } = await trainModel(biased, contract, {
      run: { ...run, ...(reweigh ? { reweigh } : {}) },
      folds: 0,
    })
    const gap = fairness?.columns[0].at[0].demographic_parity.between_groups
    if (!gap || 'too_few' in gap) throw new Error('both groups are large')
    return { gap: gap.difference, rocAuc: metrics.roc_auc }
  }
  const [plain, weighted] = [await gapOf(undefined), await gapOf('group')]
  // Age alone makes both group and label here, so weights can only take a part of the gap away.
  expect(plain.gap - weighted.gap).toBeGreaterThan(0.03)
  expect(weighted.rocAuc).toBeGreaterThan(0.6)
})

test('a direction of the contract is kept by the model and stands in its inputs; a family that cannot keep it is refused', async () => {
  const document = { ...contract.document, features: { ...contract.document.features } }
  document.features.age = { type: 'integer', nullable: true, monotone: 'decreasing' }
  const directed = parseContract(document, 'toy.yaml')
  await expect(trainModel(table, directed, { run, folds: 0 })).rejects.toThrow(
    'families has logistic, which cannot keep age decreasing; allowed: gbt, or a contract without monotone',
  )
  const trees = parseRun({ families: { gbt: { trees: 30, leaves: 6 } }, explain: false }, 'r.yaml')
  const kept = await trainModel(table, directed, { run: trees, folds: 0 })
  expect(kept.features[0]).toEqual({ name: 'age', kind: 'number', monotone: 'decreasing' })
  const session = await openSession(kept.model)
  const ages = Float32Array.from({ length: 60 }, (_, i) => 18 + i)
  const answers = await session.run(Float32Array.from([...ages].flatMap(age => [age, 1, 0])), ages.length)
  // The labels rise with age: no tree may use it as it is, so only missing values can differ.
  for (let i = 1; i < answers.length; i++) expect(answers[i]).toBeLessThanOrEqual(answers[i - 1])
})

test('reweighing by a column that is not sensitive is refused with those that are', async () => {
  await expect(trainModel(table, contract, { run: { ...run, reweigh: 'age' }, folds: 0 })).rejects.toThrow(
    'reweigh is "age"; allowed: group',
  )
})

test.each(['f1', 'youden', 'cost'] as const)(
  'the threshold by %s is the best on the validation curve, and the classes follow it',
  async threshold => {
    const costs = { false_positive: 1, false_negative: 5 }
    const other = await trainModel(table, contract, { run: { ...run, threshold, costs }, folds: 0 })
    const { curve, figures, rule } = other.thresholdChoice
    expect(rule).toBe(threshold)
    expect(other.threshold > 0 && other.threshold < 1).toBe(true)
    const worth = (point: (typeof curve)[number]) =>
      threshold === 'cost' ? -(point.cost ?? Number.NaN) : point[threshold]
    if (figures === null) throw new Error('both classes are there')
    for (const point of curve) expect(worth(point)).toBeLessThanOrEqual(worth(figures))
    // Chosen on other rows than these, so only near the best here.
    const called = other.heldOut.probabilities.filter(probability => probability >= Math.fround(other.threshold)).length
    expect(other.metrics.confusion.true_positives + other.metrics.confusion.false_positives).toBe(called)
  },
)

test.each(['platt', 'isotonic'] as const)(
  '%s calibration is in the answers, in both files and in what is judged',
  async calibration => {
    const other = await trainModel(table, contract, { run: { ...run, calibration }, folds: 2 })
    expect(other.calibration.calibrator.method).toBe(calibration)
    expect(other.heldOut.probabilities).not.toEqual(trained.heldOut.probabilities)
    const session = await openSession(other.model)
    expect(await session.run(other.heldOut.matrix.values, 600)).toEqual(other.heldOut.probabilities)
    expect(other.calibration.uncalibrated?.log_loss).toBe(trained.metrics.log_loss)
    expect(Math.abs(other.metrics.log_loss - trained.metrics.log_loss)).toBeLessThan(0.05)
    // Platt keeps every order; isotonic ties neighbours.
    if (calibration === 'platt') expect(other.metrics.roc_auc).toBeCloseTo(trained.metrics.roc_auc, 6)
  },
)

test('auto leaves a model alone whose probabilities are right, and says what was compared', () => {
  expect(trained.calibration).toMatchObject({ calibrator: { method: 'none' }, asked: 'auto', rows: 480 })
  expect(trained.calibration.compared.map(({ method }) => method)).toEqual(['none', 'platt', 'isotonic'])
  expect(trained.calibration.uncalibrated).toBeUndefined()
})

test('what importancesCsv writes parseImportances reads back, quotes and commas in names too', () => {
  const { kind, features } = parseImportances(importancesCsv(trained.features, trained.importances))
  expect(kind).toBe('log_odds_deviation')
  const byName = new Map(trained.features.map((spec, i) => [spec.name, trained.importances.values[i]]))
  expect(new Map(features.map(({ name, value }) => [name, value]))).toEqual(byName)
})
