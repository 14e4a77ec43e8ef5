/** What a search tried as a table, best first: trials.csv, and the pages' rows. */

import type { Trial } from './search.ts'
import { type OptionValue, writtenOptions } from './written-options.ts'

export interface TrialTable {
  /** Settings as a run file spells them; one that no two trials of a family differ in is left out. */
  readonly settings: readonly string[]
  /** Those that ran more folds first, then by their mean. */
  readonly rows: readonly TrialRow[]
}

export interface TrialRow {
  /** From 1, in the order they were drawn. */
  readonly number: number
  readonly trial: Trial
  /** By the table's settings; absent: not one of the family. */
  readonly values: Readonly<Record<string, OptionValue>>
}

export function trialTable(trials: readonly Trial[]): TrialTable {
  const written = trials.map(trial => writtenOptions(trial.options))
  const settings = [...new Set(written.flatMap(Object.keys))].filter(key => isVaried(key, trials, written))
  const order = [...trials.keys()].sort(
    (a, b) => trials[b].rocAuc.length - trials[a].rocAuc.length || trials[b].meanRocAuc - trials[a].meanRocAuc || a - b,
  )
  const rows = order.map((i): TrialRow => {
    const own = settings.filter(key => Object.hasOwn(written[i], key)).map(key => [key, written[i][key]] as const)
    return { number: i + 1, trial: trials[i], values: Object.fromEntries(own) }
  })
  return { settings, rows }
}

/**
 * One line per trial: family, folds it ran, their mean ROC-AUC and each of them, whether it is its family's choice, then its
 * settings (empty: not a setting of the family).
 */
export function trialsCsv(trials: readonly Trial[]): string {
  const folds = Math.max(...trials.map(trial => trial.rocAuc.length))
  const { settings, rows } = trialTable(trials)
  const header = [
    ...['trial', 'family', 'chosen', 'folds', 'roc_auc_mean'],
    ...Array.from({ length: folds }, (_, fold) => `roc_auc_${fold + 1}`),
    ...settings,
  ]
  const lines = rows.map(({ number, trial: { family, chosen, rocAuc, meanRocAuc }, values }) => {
    const scores = Array.from({ length: folds }, (_, fold) => rocAuc[fold] ?? '')
    const cells = [number, family, chosen ? 1 : 0, rocAuc.length, meanRocAuc, ...scores]
    return [...cells, ...settings.map(key => values[key] ?? '')].join(',')
  })
  return [header.join(','), ...lines, ''].join('\n')
}

/** Whether two trials of one family differ in it. */
function isVaried(key: string, trials: readonly Trial[], written: readonly Record<string, OptionValue>[]): boolean {
  const first = new Map<string, OptionValue>()
  return trials.some(({ family }, i) => {
    const value = written[i][key]
    if (!first.has(family)) first.set(family, value)
    return first.get(family) !== value
  })
}
