/**
 * Fits every family of a run on the same rows and keeps the best: trained without the validation part, compared on it by
 * ROC-AUC, and then fitted again on all rows at the size that was found.
 */
import { rocAuc } from '../metrics/ranking.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import { splitStratified } from '../table/split.ts'
import type { FitExecutor, FitProgress, FitTask, FittedModel } from './fit-task.ts'

export interface Candidate {
  readonly family: FamilyName
  /** NaN when the validation part lacks a class. */
  readonly validationRocAuc: number
}

export interface Choice {
  readonly fitted: FittedModel
  /** In the run's order. */
  readonly candidates: readonly Candidate[]
  /**
   * What the kept candidate said about the validation part before the refit, when it had not trained on it: log-odds, and
   * the labels. Calibrator and threshold are chosen here.
   */
  readonly validation: { readonly margins: Float64Array; readonly labels: Uint8Array }
}

export interface ChooseOptions {
  readonly families: readonly { readonly family: FamilyName; readonly options: unknown }[]
  readonly seed: number
  /** Share of the rows that picks the family. */
  readonly validationSize: number
  /** Weights of the rows that are trained on, made from these rows alone; absent: 1 each. */
  readonly weigh?: (rows: Uint32Array) => Float64Array
}

/** One choice for each set of rows (rising indices); all fits of all sets go to the executor together. */
export async function chooseModels(
  data: LabelledMatrix,
  rowSets: readonly Uint32Array[],
  options: ChooseOptions,
  run: { readonly execute: FitExecutor; readonly onProgress?: FitProgress },
): Promise<Choice[]> {
  const trials = rowSets.flatMap((rows, set) => {
    const { rest, part } = splitRows(data, rows, options)
    return options.families.map(({ family, options: own }) => {
      const task: FitTask = {
        ...weighted(rest, options),
        family,
        options: own,
        seed: options.seed,
        validationRows: part,
      }
      return { set, rows, task }
    })
  })
  const models = await run.execute(
    data,
    trials.map(trial => trial.task),
    run.onProgress,
  )
  const judged = trials.map((trial, i) => ({
    ...trial,
    fitted: models[i],
    ...judge(data, trial.task, models[i]),
  }))
  const best = rowSets.map((_, set) => pickBest(judged.filter(trial => trial.set === set)))
  const refits = best.map(({ task, rows, fitted }): FitTask => {
    const refitOptions = FAMILIES[task.family].refitOptions(fitted.model, task.options)
    return { ...weighted(rows, options), family: task.family, options: refitOptions, seed: task.seed }
  })
  const refitted = await run.execute(
    data,
    refits,
    run.onProgress && ((i, done, most) => run.onProgress?.(trials.length + i, done, most)),
  )
  return refitted.map((fitted, set) => ({
    fitted,
    candidates: judged
      .filter(trial => trial.set === set)
      .map(({ task, validationRocAuc }) => ({ family: task.family, validationRocAuc })),
    validation: best[set].validation,
  }))
}

function weighted(rows: Uint32Array, { weigh }: ChooseOptions): Pick<FitTask, 'rows' | 'weights'> {
  return weigh ? { rows, weights: weigh(rows) } : { rows }
}

function splitRows(data: LabelledMatrix, rows: Uint32Array, { validationSize, seed }: ChooseOptions) {
  const labels = Uint8Array.from(rows, row => data.labels[row])
  const { rest, part } = splitStratified(labels, validationSize, seed)
  return { rest: rest.map(i => rows[i]), part: part.map(i => rows[i]) }
}

function judge(
  data: LabelledMatrix,
  task: FitTask,
  { family, model }: FittedModel,
): Pick<Choice, 'validation'> & { readonly validationRocAuc: number } {
  if (!task.validationRows) throw new Error('a trial has a validation part')
  const { matrix, labels } = selectLabelledRows(data, task.validationRows)
  const margins = FAMILIES[family].predict(model, matrix)
  return { validation: { margins, labels }, validationRocAuc: rocAuc(margins, labels) }
}

/** The highest ROC-AUC; the first of equals, and the first when none can be told. */
function pickBest<T extends { readonly validationRocAuc: number }>(trials: readonly T[]): T {
  return trials.reduce((best, trial) => (trial.validationRocAuc > best.validationRocAuc ? trial : best))
}
