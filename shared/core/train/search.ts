/**
 * Searches settings: random draws (search-space.ts), judged by ROC-AUC on stratified folds inside the rows it is given,
 * with successive halving (race.ts). Rows outside the given set take no part. Same rows, run and seed, same answer, on any
 * executor: that is why a run file repeats a search instead of keeping its outcome.
 */
import { AppError } from '../errors.ts'
import { deriveSeed } from '../math/random.ts'
import type { FamilyName } from '../model/manifest.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import { foldStratified, otherRows } from '../table/split.ts'
import type { FitExecutor, FitProgress, FitTask } from './fit-task.ts'
import { meanOf, raceContestants, winnerOf } from './race.ts'
import { type Setting, sampleSettings } from './search-space.ts'

export interface SearchOptions {
  /** The families with the settings they start from. */
  readonly families: readonly Setting[]
  readonly trials: number
  readonly folds: number
  readonly seed: number
  /** Weights of the rows that are trained on, made from these rows alone; absent: 1 each. */
  readonly weigh?: (rows: Uint32Array) => Float64Array
}

/** Whom the work tells how far it is. */
export interface TrainingWatch {
  /** The next `fits` fits begin; tasks are counted from 0 again. */
  readonly onStage?: (label: string, fits: number) => void
  readonly onProgress?: FitProgress
  /** The best fit of the first set of rows so far. */
  readonly onBest?: (best: { readonly family: FamilyName; readonly rocAuc: number }) => void
}

export interface Trial extends Setting {
  /** ROC-AUC on each fold it ran; the fewer, the earlier it was dropped. */
  readonly rocAuc: readonly number[]
  readonly meanRocAuc: number
  /** The best of its family. */
  readonly chosen: boolean
}

/** For each set of rows (rising indices) all its trials, in the order they were drawn. */
export async function searchSettings(
  data: LabelledMatrix,
  rowSets: readonly Uint32Array[],
  options: SearchOptions,
  run: TrainingWatch & { readonly execute: FitExecutor },
): Promise<Trial[][]> {
  const settings = sampleSettings({ ...options, seed: deriveSeed(options.seed, 'search') })
  const contestants = settings.map(({ family }) => ({ group: family }))
  const foldSets = rowSets.map(rows => foldRows(data, rows, options))
  let best = Number.NEGATIVE_INFINITY
  const scores = await raceContestants({
    contestants,
    folds: options.folds,
    races: rowSets.length,
    async score(heats, round) {
      run.onStage?.(`search, fold ${round.number} of ${round.of}`, heats.length)
      const tasks = heats.map(({ race, contestant, fold }): FitTask => {
        const { rows, validationRows, weights } = foldSets[race][fold]
        return { ...settings[contestant], seed: options.seed, rows, validationRows, ...(weights ? { weights } : {}) }
      })
      const fitted = await run.execute(data, tasks, (task, done, most, model) => {
        run.onProgress?.(task, done, most, model)
        const rocAuc = model?.validationRocAuc
        if (heats[task].race !== 0 || rocAuc === undefined || rocAuc <= best) return
        best = rocAuc
        run.onBest?.({ family: settings[heats[task].contestant].family, rocAuc })
      })
      return fitted.map(({ validationRocAuc = Number.NaN }) => validationRocAuc)
    },
  })
  return scores.map(own => {
    const chosen = new Set(options.families.map(({ family }) => winnerOf(family, contestants, own)))
    return settings.map(
      (setting, i): Trial => ({ ...setting, rocAuc: own[i], meanRocAuc: meanOf(own[i]), chosen: chosen.has(i) }),
    )
  })
}

/** The settings that a search has chosen, one for each family in the families' order. */
export function chosenSettings(trials: readonly Trial[]): Setting[] {
  return trials.filter(trial => trial.chosen).map(({ family, options }) => ({ family, options }))
}

/** Each fold as rows to train on and rows to judge by, both indices into `data`. */
function foldRows(data: LabelledMatrix, rows: Uint32Array, { folds, seed, weigh }: SearchOptions) {
  const labels = Uint8Array.from(rows, row => data.labels[row])
  const positives = labels.reduce((sum, label) => sum + label, 0)
  const rarer = Math.min(positives, labels.length - positives)
  if (rarer < folds) {
    throw new AppError(
      'INVALID_TABLE',
      `the search has ${rarer} training rows of the rarer class; needed: one for each of its ${folds} folds`,
    )
  }
  return foldStratified(labels, folds, deriveSeed(seed, 'search folds')).map(fold => {
    const train = otherRows(rows.length, fold).map(i => rows[i])
    return { rows: train, validationRows: fold.map(i => rows[i]), ...(weigh ? { weights: weigh(train) } : {}) }
  })
}
