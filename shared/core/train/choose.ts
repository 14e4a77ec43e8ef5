/**
 * Keeps the best family of a run: each is fitted without the validation part and compared on it by ROC-AUC; the best is
 * fitted again on all rows, at the size that was found (unless the run says no). With a search its folds make the choice, of settings and family, and
 * the validation part only finds the size.
 */
import { compareRocAuc } from '../metrics/delong.ts'
import { FAMILIES } from '../model/family.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import { splitStratified } from '../table/split.ts'
import { type Candidate, type RunnerUp, rankCandidates } from './candidate.ts'
import type { FitExecutor, FitJudgement, FitTask, FittedModel } from './fit-task.ts'
import type { RunSearch } from './run.ts'
import { type SearchResult, searchSettings, type TrainingWatch, type Trial } from './search.ts'
import type { Setting } from './search-space.ts'

export interface Choice {
  readonly fitted: FittedModel
  /** One for each family, in the run's order. */
  readonly candidates: readonly Candidate[]
  /** Absent when there is one family only. */
  readonly runnerUp?: RunnerUp
  /**
   * What the kept candidate said about the validation part before the refit, when it had not trained on it: log-odds, and
   * the labels. Calibrator and threshold are chosen here.
   */
  readonly validation: { readonly margins: Float64Array; readonly labels: Uint8Array }
  /** What a search tried. */
  readonly trials?: readonly Trial[]
}

export interface ChooseOptions {
  /** At most one setting for each family. */
  readonly families: readonly Setting[]
  readonly seed: number
  /** Share of the rows that picks the family. */
  readonly validationSize: number
  /** false: the kept model stays as it was fitted without the validation part. */
  readonly refit: boolean
  readonly search?: RunSearch
  /** Weights of the rows that are trained on, made from these rows alone; absent: 1 each. */
  readonly weigh?: (rows: Uint32Array) => Float64Array
}

type ChooseRun = TrainingWatch & { readonly execute: FitExecutor }

/** A setting fitted without the validation part. */
interface Entry {
  readonly task: FitTask & { readonly validationRows: Uint32Array }
  readonly model: unknown
  readonly judgement: FitJudgement
}

/** One choice for each set of rows (rising indices); all fits of all sets go to the executor together. */
export async function chooseModels(
  data: LabelledMatrix,
  rowSets: readonly Uint32Array[],
  options: ChooseOptions,
  run: ChooseRun,
): Promise<Choice[]> {
  const searched = options.search && (await searchSettings(data, rowSets, { ...options, ...options.search }, run))
  const settings = rowSets.map((_, set) => (searched ? [bestOf(searched[set])] : options.families))
  const entries = await fitEntries(data, { rowSets, settings }, options, run)
  const labelsOf = (entry: Entry) => entry.task.validationRows.map(row => data.labels[row])
  const picked = entries.map((own, set) => {
    const { candidates, runnerUp, trials } = searched?.[set] ?? compareEntries(own, labelsOf(own[0]))
    const best = searched ? own[0] : own[rankCandidates(candidates)[0]]
    const validation = { margins: best.judgement.margins, labels: Uint8Array.from(labelsOf(best)) }
    return { best, rest: { candidates, validation, ...(runnerUp ? { runnerUp } : {}), ...(trials ? { trials } : {}) } }
  })
  if (!options.refit) {
    return picked.map(
      ({ best, rest }): Choice => ({ fitted: { family: best.task.family, model: best.model }, ...rest }),
    )
  }
  const refits = picked.map(({ best: { task, model } }, set): FitTask => {
    const refitOptions = FAMILIES[task.family].refitOptions(model, task.options)
    return { ...weighted(rowSets[set], options), family: task.family, options: refitOptions, seed: task.seed }
  })
  run.onStage?.('refit', refits.length)
  const refitted = await run.execute(data, refits, run.onProgress)
  return refitted.map((fitted, set): Choice => ({ fitted, ...picked[set].rest }))
}

function bestOf({ candidates }: SearchResult): Setting {
  const { family, options } = candidates[rankCandidates(candidates)[0]]
  return { family, options }
}

/** Fits every setting of every set without the set's validation part. */
async function fitEntries(
  data: LabelledMatrix,
  sets: { readonly rowSets: readonly Uint32Array[]; readonly settings: readonly (readonly Setting[])[] },
  options: ChooseOptions,
  run: ChooseRun,
): Promise<Entry[][]> {
  const tasks = sets.rowSets.map((rows, set) => {
    const { rest, part } = splitRows(data, rows, options)
    const shared = { ...weighted(rest, options), seed: options.seed, validationRows: part }
    return sets.settings[set].map(setting => ({ ...shared, family: setting.family, options: setting.options }))
  })
  const all = tasks.flat()
  run.onStage?.('training', all.length)
  const fitted = await run.execute(data, all, run.onProgress)
  let next = 0
  return tasks.map(own =>
    own.map((task): Entry => {
      const { model, validation } = fitted[next++]
      return { task, model, judgement: validation as FitJudgement }
    }),
  )
}

function compareEntries(
  entries: readonly Entry[],
  labels: ArrayLike<number>,
): Pick<Choice, 'candidates' | 'runnerUp' | 'trials'> {
  const candidates = entries.map(
    ({ task, judgement }): Candidate => ({
      family: task.family,
      options: task.options,
      validationRocAuc: judgement.rocAuc,
    }),
  )
  const [best, next] = rankCandidates(candidates)
  if (next === undefined) return { candidates }
  const comparison = compareRocAuc(entries[best].judgement.margins, entries[next].judgement.margins, labels)
  return { candidates, runnerUp: { family: candidates[next].family, ...comparison } }
}

function weighted(rows: Uint32Array, { weigh }: ChooseOptions): Pick<FitTask, 'rows' | 'weights'> {
  return weigh ? { rows, weights: weigh(rows) } : { rows }
}

function splitRows(data: LabelledMatrix, rows: Uint32Array, { validationSize, seed }: ChooseOptions) {
  const labels = Uint8Array.from(rows, row => data.labels[row])
  const { rest, part } = splitStratified(labels, validationSize, seed)
  return { rest: rest.map(i => rows[i]), part: part.map(i => rows[i]) }
}
