import { expect, test } from 'vitest'
import { fitOnThreads, sharedMemory } from '../../adapters/threads/fit-pool.ts'
import { parseContract } from '../contract/contract.ts'
import { makeRandom } from '../math/random.ts'
import { FAMILIES } from '../model/family.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import type { Table } from '../table/table.ts'
import { type FitExecutor, type FitTask, fitInTurn } from './fit-task.ts'
import { parseRun } from './run.ts'
import { searchSettings } from './search.ts'
import { DEFAULT_SPACE } from './search-space.ts'
import { trainModel } from './train-model.ts'
import { trialsCsv } from './trial-table.ts'

const contract = parseContract(
  {
    name: 'toy',
    data: 'toy.csv',
    target: { column: 'y', positive: 'yes' },
    features: { a: { type: 'number' }, b: { type: 'number' }, row: { type: 'integer' } },
  },
  'toy.yaml',
)

/** The label follows a x b, which only trees of more than two leaves see; `row` numbers the rows. */
function toyTable(rowCount: number): Table {
  const random = makeRandom(5)
  const a = Float64Array.from({ length: rowCount }, () => random.normal())
  const b = Float64Array.from({ length: rowCount }, () => random.normal())
  const codes = Uint32Array.from(a, (x, row) => (random.uniform() < 1 / (1 + Math.exp(-3 * x * b[row])) ? 2 : 1))
  return {
    rowCount,
    columns: new Map([
      ['a', { kind: 'number', values: a }],
      ['b', { kind: 'number', values: b }],
      ['row', { kind: 'number', values: Float64Array.from({ length: rowCount }, (_, row) => row) }],
      ['y', { kind: 'category', codes, levels: ['no', 'yes'] }],
    ]),
  }
}

const table = toyTable(600)
const run = parseRun(
  { seed: 3, search: { trials: 9, folds: 3 }, families: { gbt: { trees: 20, leaves: 2 }, logistic: {} } },
  'r.yaml',
)

/** fitInTurn, noting every task and the rows it was given. */
function spying() {
  const tasks: FitTask[] = []
  let seen: LabelledMatrix | undefined
  const execute: FitExecutor = (data, own, onProgress) => {
    tasks.push(...own)
    seen = data
    return fitInTurn(data, own, onProgress)
  }
  return { tasks, execute, data: () => seen as LabelledMatrix }
}

const spy = spying()
const trained = await trainModel(table, contract, { run, folds: 0, execute: spy.execute })

test('held-out rows are in no task of the search, of the choice or of the refit', () => {
  const heldOut = new Set(
    Array.from({ length: trained.heldOut.labels.length }, (_, i) => trained.heldOut.matrix.values[3 * i + 2]),
  )
  expect(heldOut.size).toBe(120)
  // 7 trials of gbt, 4, 2; 2 of logistic, 1, 1; the chosen one without the validation part and the refit.
  expect(spy.tasks).toHaveLength(9 + 5 + 3 + 1 + 1)
  for (const { rows, validationRows = new Uint32Array(0) } of spy.tasks) {
    expect([...rows, ...validationRows].filter(row => heldOut.has(row))).toEqual([])
    const own = new Set(rows)
    expect(validationRows.filter(row => own.has(row))).toHaveLength(0)
  }
})

test('every trial of a fold is fitted and judged on the same rows', () => {
  const [first, ...others] = spy.tasks.slice(0, 9)
  for (const task of others) {
    expect(task.rows).toEqual(first.rows)
    expect(task.validationRows).toEqual(first.validationRows)
  }
})

test('in a cross-validation no search sees the fold it is scored on', async () => {
  const nested = spying()
  await trainModel(table, contract, { run, folds: 3, execute: nested.execute })
  // The refits come last: one for the model, then one for each fold, on all rows but the fold's.
  const refitRows = nested.tasks.slice(-4).map(task => new Set(task.rows))
  for (const { rows, validationRows = new Uint32Array(0) } of nested.tasks) {
    const all = [...rows, ...validationRows]
    expect(refitRows.some(allowed => all.every(row => allowed.has(row)))).toBe(true)
  }
  refitRows.slice(1).forEach(rows => {
    expect(rows.size).toBe(400)
  })
}, 30_000)

test('the search finds that more than two leaves are needed, and its choice is what is trained', () => {
  const chosen = (trained.trials ?? []).filter(trial => trial.chosen)
  expect(chosen.map(({ family }) => family)).toEqual(['gbt', 'logistic'])
  expect((chosen[0].options as { leaves: number }).leaves).toBeGreaterThan(2)
  expect(trained.candidates).toEqual(
    chosen.map(({ family, options, meanRocAuc }) => ({ family, options, validationRocAuc: meanRocAuc })),
  )
  expect(spy.tasks.at(-2)).toMatchObject({ family: 'gbt', options: chosen[0].options })
  expect(trained.family).toBe('gbt')
  expect(trained.runnerUp).toMatchObject({ family: 'logistic' })
  expect(trained.runnerUp?.p).toBeLessThan(0.001)
  const plain = parseRun({ ...run, search: undefined }, 'r.yaml')
  expect(plain.families.gbt?.leaves).toBe(2)
})

// Seven calls to the executor start their threads anew, which on a busy machine takes seconds.
test.each([1, 2, 3])(
  '%i threads give the same trials and the same bytes',
  async threads => {
    const again = await trainModel(table, contract, {
      run,
      folds: 0,
      execute: fitOnThreads(threads),
      allocate: sharedMemory,
    })
    expect(again.trials).toEqual(trained.trials)
    expect(again.model).toEqual(trained.model)
    expect(again.portableModel).toEqual(trained.portableModel)
  },
  60_000,
)

test('the stages of a training say how many fits they have, and the best so far only grows', async () => {
  const stages: [string, number][] = []
  const best: number[] = []
  const tasks = new Set<number>()
  await trainModel(table, contract, {
    run,
    folds: 0,
    onStage: (label, fits) => stages.push([label, fits]),
    onBest: ({ rocAuc }) => best.push(rocAuc),
    onProgress: (task, done, most, fitted) => fitted && done === most && tasks.add(task),
  })
  expect(stages).toEqual([
    ['search, fold 1 of 3', 9],
    ['search, fold 2 of 3', 5],
    ['search, fold 3 of 3', 3],
    ['training', 1],
    ['refit', 1],
    ['judging', 1],
  ])
  expect(tasks.size).toBe(9)
  expect(best.length).toBeGreaterThan(1)
  expect(best).toEqual(best.toSorted((x, y) => x - y))
})

test('trials.csv: one line per trial, those that ran longest first, with what was varied', () => {
  const [header, ...lines] = trialsCsv(trained.trials ?? [])
    .trimEnd()
    .split('\n')
  expect(header).toBe(
    'trial,family,chosen,folds,roc_auc_mean,roc_auc_1,roc_auc_2,roc_auc_3,leaves,learning_rate,l2,min_leaf_rows,row_fraction,column_fraction',
  )
  expect(lines).toHaveLength(9)
  const cells = lines.map(line => line.split(','))
  expect(cells.every(row => row.length === header.split(',').length)).toBe(true)
  const folds = cells.map(row => Number(row[3]))
  expect(folds).toEqual(folds.toSorted((x, y) => y - x))
  for (const row of cells) {
    const scores = row
      .slice(5, 8)
      .filter(cell => cell !== '')
      .map(Number)
    expect(scores).toHaveLength(Number(row[3]))
    expect(Number(row[4])).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / scores.length, 12)
  }
  expect(
    cells
      .filter(row => row[2] === '1')
      .map(row => row[1])
      .sort(),
  ).toEqual(['gbt', 'logistic'])
})

test('too few rows of a class for the folds are refused with the number', async () => {
  const data: LabelledMatrix = {
    matrix: { rowCount: 10, features: [{ name: 'x', kind: 'number' }], values: new Float32Array(10) },
    labels: Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0, 0),
  }
  const families = [{ family: 'logistic', options: FAMILIES.logistic.defaults } as const]
  const rows = Uint32Array.from({ length: 10 }, (_, i) => i)
  const search = searchSettings(
    data,
    [rows],
    { families, trials: 2, folds: 3, space: DEFAULT_SPACE, seed: 1 },
    { execute: fitInTurn },
  )
  await expect(search).rejects.toThrow('2 training rows of the rarer class; needed: one for each of its 3 folds')
})
