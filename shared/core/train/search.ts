/**
 * Searches settings: random draws (search-space.ts), judged by ROC-AUC on stratified folds inside the rows it is given,
 * with successive halving (race.ts). Rows outside the given set take no part. Same rows, run and seed, same answer, on any
 * executor: that is why a run file repeats a search instead of keeping its outcome.
 */
import { AppError } from '../errors.ts'
import { deriveSeed } from '../math/random.ts'
import { compareRocAuc, poolComparisons } from '../metrics/delong.ts'
import type { FamilyName } from '../model/manifest.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import { foldStratified, otherRows } from '../table/split.ts'
import { type Candidate, type RunnerUp, rankCandidates } from './candidate.ts'
import type { FitExecutor, FitJudgement, FitProgress, FitTask } from './fit-task.ts'
import { type Heat, meanOf, raceContestants, winnerOf } from './race.ts'
import type { RunSearch } from './run.ts'
import { type Setting, sampleSettings } from './search-space.ts'

export interface SearchOptions extends RunSearch {
  /** The families with the settings they start from. */
  readonly families: readonly Setting[]
  readonly seed: number
  /** Weights of the rows that are trained on, made from these rows alone; absent: 1 each. */
  readonly weigh?: (rows: Uint32Array) => Float64Array
}

/** Whom the work tells how far it is. */
export interface TrainingWatch {
  /** The next `steps` steps begin, fits as a rule; tasks are counted from 0 again. */
  readonly onStage?: (label: string, steps: number) => void
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

export interface SearchResult {
  /** In the order they were drawn. */
  readonly trials: readonly Trial[]
  /** The best trial of each family, in the families' order. */
  readonly candidates: readonly Candidate[]
  /** Absent when there is one family only. */
  readonly runnerUp?: RunnerUp
}

/** One result for each set of rows (rising indices). */
export async function searchSettings(
  data: LabelledMatrix,
  rowSets: readonly Uint32Array[],
  options: SearchOptions,
  run: TrainingWatch & { readonly execute: FitExecutor },
): Promise<SearchResult[]> {
  const settings = sampleSettings({ ...options, seed: deriveSeed(options.seed, 'search') })
  const contestants = settings.map(({ family }) => ({ group: family }))
  const foldSets = rowSets.map(rows => foldRows(data, rows, options))
  const watch = watchBest(run, settings)
  let margins: Margins = new Map()
  const scores = await raceContestants({
    contestants,
    folds: options.folds,
    races: rowSets.length,
    async score(heats, round) {
      run.onStage?.(`search, fold ${round.number} of ${round.of}`, heats.length)
      const tasks = heats.map(({ race, contestant, fold }): FitTask => {
        return { ...settings[contestant], ...foldSets[race][fold], seed: options.seed }
      })
      const fitted = await run.execute(data, tasks, watch(heats))
      const judged = fitted.map(({ validation }) => validation as FitJudgement)
      // Only of those still in the race, so that memory follows the halving.
      margins = new Map(heats.map((heat, i) => [keyOf(heat), [...(margins.get(keyOf(heat)) ?? []), judged[i].margins]]))
      return judged.map(judgement => judgement.rocAuc)
    },
  })
  return scores.map((own, race): SearchResult => {
    const winners = options.families.map(({ family }) => winnerOf(family, contestants, own))
    const trials = settings.map(
      (setting, i): Trial => ({ ...setting, rocAuc: own[i], meanRocAuc: meanOf(own[i]), chosen: winners.includes(i) }),
    )
    const candidates = winners.map((i): Candidate => ({ ...settings[i], validationRocAuc: meanOf(own[i]) }))
    const [best, next] = rankCandidates(candidates)
    if (next === undefined) return { trials, candidates }
    const marginsOf = (i: number) => margins.get(keyOf({ race, contestant: winners[i] })) as Float64Array[]
    const labels = foldSets[race].map(({ validationRows }) => validationRows.map(row => data.labels[row]))
    const parts = labels.map((own, fold) => compareRocAuc(marginsOf(best)[fold], marginsOf(next)[fold], own))
    return { trials, candidates, runnerUp: { family: candidates[next].family, ...poolComparisons(parts) } }
  })
}

/** By keyOf: one list of log-odds for each fold that was run. */
type Margins = Map<string, Float64Array[]>

const keyOf = ({ race, contestant }: Pick<Heat, 'race' | 'contestant'>) => `${race} ${contestant}`

/** Passes progress on and tells the best fit of the first race. */
function watchBest({ onProgress, onBest }: TrainingWatch, settings: readonly Setting[]) {
  let best = Number.NEGATIVE_INFINITY
  return (heats: readonly Heat[]): FitProgress =>
    (task, done, most, fitted) => {
      onProgress?.(task, done, most, fitted)
      const rocAuc = fitted?.validation?.rocAuc
      const { race, contestant } = heats[task]
      if (race !== 0 || rocAuc === undefined || rocAuc <= best) return
      best = rocAuc
      onBest?.({ family: settings[contestant].family, rocAuc })
    }
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
