/**
 * One fit: a family, its options and the rows it may see. Tasks share one set of encoded rows and do not depend on each
 * other, so they may run in any order and on any thread with the same result.
 */
import type { CrewPlan } from '../gbt/crew.ts'
import { rocAuc } from '../metrics/ranking.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'

export interface FitTask {
  readonly family: FamilyName
  readonly options: unknown
  readonly seed: number
  /** Rows to train on, rising. */
  readonly rows: Uint32Array
  /** How much each of `rows` counts; absent: 1 each. */
  readonly weights?: Float64Array
  /** Rows that may choose the model's size. */
  readonly validationRows?: Uint32Array
}

/** What a fit gives: plain data of the family, to be read through FAMILIES only. */
export interface FittedModel {
  readonly family: FamilyName
  readonly model: unknown
  /** About the task's validation rows; absent without them. */
  readonly validation?: FitJudgement
}

export interface FitJudgement {
  /** Log-odds, one per validation row. */
  readonly margins: Float64Array
  /** NaN when the rows lack a class. */
  readonly rocAuc: number
}

/** Told with a task's index, the steps it has done and the most there can be; with its model once that is there. */
export type FitProgress = (task: number, done: number, most: number, fitted?: FittedModel) => void

/** Runs every task and gives their models in the tasks' order. */
export type FitExecutor = (
  data: LabelledMatrix,
  tasks: readonly FitTask[],
  onProgress?: FitProgress,
) => Promise<FittedModel[]>

export function runFitTask(
  data: LabelledMatrix,
  task: FitTask,
  onProgress?: (done: number, most: number) => void,
  crew?: CrewPlan,
): FittedModel {
  const train = { ...selectLabelledRows(data, task.rows), ...(task.weights ? { weights: task.weights } : {}) }
  const validation = task.validationRows && selectLabelledRows(data, task.validationRows)
  const family = FAMILIES[task.family]
  const model = family.fit(train, task.options, {
    seed: task.seed,
    ...(validation ? { validation } : {}),
    ...(onProgress ? { onProgress } : {}),
    ...(crew ? { crew } : {}),
  })
  if (!validation) return { family: task.family, model }
  // Judged here, so that judging runs on as many threads as fitting.
  const margins = family.predict(model, validation.matrix)
  return { family: task.family, model, validation: { margins, rocAuc: rocAuc(margins, validation.labels) } }
}

/** One task after the other, led by this thread, with the others of `crew`. */
export const fitInTurn = async (
  data: LabelledMatrix,
  tasks: readonly FitTask[],
  onProgress?: FitProgress,
  crew?: CrewPlan,
): Promise<FittedModel[]> =>
  tasks.map((task, index) => {
    const fitted = runFitTask(data, task, onProgress && ((done, most) => onProgress(index, done, most)), crew)
    onProgress?.(index, 1, 1, fitted)
    return fitted
  })
