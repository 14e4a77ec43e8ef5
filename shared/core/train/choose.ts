/**
 * Fits every family of a run on the same rows and keeps the best: trained without the validation part, compared on it by
 * ROC-AUC, and then fitted again on all rows at the size that was found. With a search each family comes with the settings
 * that the search found for it among these rows.
 */
import { type AucComparison, compareRocAuc } from '../metrics/delong.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import { splitStratified } from '../table/split.ts'
import type { FitExecutor, FitTask, FittedModel } from './fit-task.ts'
import { chosenSettings, searchSettings, type TrainingWatch, type Trial } from './search.ts'
import type { Setting } from './search-space.ts'

export interface Candidate extends Setting {
  /** NaN when the validation part lacks a class. */
  readonly validationRocAuc: number
}

/**
 * The second best candidate, and DeLong's paired test of the chosen one against it on the validation part; NaN where the
 * part is too small to tell.
 */
export interface RunnerUp extends AucComparison {
  readonly family: FamilyName
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
  /** Absent when there is one family only. */
  readonly runnerUp?: RunnerUp
  /** What a search tried. */
  readonly trials?: readonly Trial[]
}

export interface ChooseOptions {
  /** At most one setting for each family. */
  readonly families: readonly Setting[]
  readonly seed: number
  /** Share of the rows that picks the family. */
  readonly validationSize: number
  readonly search?: { readonly trials: number; readonly folds: number }
  /** Weights of the rows that are trained on, made from these rows alone; absent: 1 each. */
  readonly weigh?: (rows: Uint32Array) => Float64Array
}

type ChooseRun = TrainingWatch & { readonly execute: FitExecutor }

/** A family's setting fitted without the validation part of a set of rows. */
interface Entry {
  readonly task: FitTask & { readonly validationRows: Uint32Array }
  readonly fitted: FittedModel
  readonly candidate: Candidate
}

/** One choice for each set of rows (rising indices); all fits of all sets go to the executor together. */
export async function chooseModels(
  data: LabelledMatrix,
  rowSets: readonly Uint32Array[],
  options: ChooseOptions,
  run: ChooseRun,
): Promise<Choice[]> {
  const trials = options.search && (await searchSettings(data, rowSets, { ...options, ...options.search }, run))
  const settings = rowSets.map((_, set) => (trials ? chosenSettings(trials[set]) : options.families))
  const entries = await fitEntries(data, { rowSets, settings }, options, run)
  const best = entries.map(own => pickBest(own) as Entry)
  const refits = best.map(({ task, fitted }, set): FitTask => {
    const refitOptions = FAMILIES[task.family].refitOptions(fitted.model, task.options)
    return { ...weighted(rowSets[set], options), family: task.family, options: refitOptions, seed: task.seed }
  })
  run.onStage?.('refit', refits.length)
  const refitted = await run.execute(data, refits, run.onProgress)
  return refitted.map((fitted, set): Choice => {
    const { matrix, labels } = selectLabelledRows(data, best[set].task.validationRows)
    const marginsOf = (entry: Entry) => FAMILIES[entry.task.family].predict(entry.fitted.model, matrix)
    const margins = marginsOf(best[set])
    const next = pickBest(entries[set].filter(entry => entry !== best[set]))
    const runnerUp = next && { family: next.task.family, ...compareRocAuc(margins, marginsOf(next), labels) }
    return {
      fitted,
      validation: { margins, labels },
      candidates: entries[set].map(entry => entry.candidate),
      ...(runnerUp ? { runnerUp } : {}),
      ...(trials ? { trials: trials[set] } : {}),
    }
  })
}

async function fitEntries(
  data: LabelledMatrix,
  {
    rowSets,
    settings,
  }: { readonly rowSets: readonly Uint32Array[]; readonly settings: readonly (readonly Setting[])[] },
  options: ChooseOptions,
  run: ChooseRun,
): Promise<Entry[][]> {
  const tasks = rowSets.map((rows, set) => {
    const { rest, part } = splitRows(data, rows, options)
    const shared = { ...weighted(rest, options), seed: options.seed, validationRows: part }
    return settings[set].map(setting => ({ ...shared, family: setting.family, options: setting.options }))
  })
  const all = tasks.flat()
  run.onStage?.('training', all.length)
  const models = await run.execute(data, all, run.onProgress)
  let next = 0
  return tasks.map(own =>
    own.map((task): Entry => {
      const fitted = models[next++]
      const { validationRocAuc = Number.NaN } = fitted
      return { task, fitted, candidate: { family: task.family, options: task.options, validationRocAuc } }
    }),
  )
}

function weighted(rows: Uint32Array, { weigh }: ChooseOptions): Pick<FitTask, 'rows' | 'weights'> {
  return weigh ? { rows, weights: weigh(rows) } : { rows }
}

function splitRows(data: LabelledMatrix, rows: Uint32Array, { validationSize, seed }: ChooseOptions) {
  const labels = Uint8Array.from(rows, row => data.labels[row])
  const { rest, part } = splitStratified(labels, validationSize, seed)
  return { rest: rest.map(i => rows[i]), part: part.map(i => rows[i]) }
}

/** The highest ROC-AUC; the first of equals, and the first when none can be told. */
function pickBest(entries: readonly Entry[]): Entry | undefined {
  const [first, ...others] = entries
  return others.reduce(
    (best, entry) => (entry.candidate.validationRocAuc > best.candidate.validationRocAuc ? entry : best),
    first,
  )
}
