/** trials.csv: what a search tried, best first. */
import { writtenOptions } from './run.ts'
import type { Trial } from './search.ts'

/**
 * One line per trial: family, folds it ran, their mean ROC-AUC and each of them, whether it is its family's choice, then its
 * settings as a run file spells them (empty: not a setting of the family; a setting that no trial changed has no column).
 * Trials that ran more folds come first.
 */
export function trialsCsv(trials: readonly Trial[]): string {
  const folds = Math.max(...trials.map(trial => trial.rocAuc.length))
  const written = trials.map(trial => writtenOptions(trial.options))
  const keys = [...new Set(written.flatMap(Object.keys))].filter(key => isVaried(key, trials, written))
  const header = [
    ...['trial', 'family', 'chosen', 'folds', 'roc_auc_mean'],
    ...Array.from({ length: folds }, (_, fold) => `roc_auc_${fold + 1}`),
    ...keys,
  ]
  const order = [...trials.keys()].sort(
    (a, b) => trials[b].rocAuc.length - trials[a].rocAuc.length || trials[b].meanRocAuc - trials[a].meanRocAuc || a - b,
  )
  const lines = order.map(i => {
    const { family, chosen, rocAuc, meanRocAuc } = trials[i]
    const scores = Array.from({ length: folds }, (_, fold) => rocAuc[fold] ?? '')
    const cells = [i + 1, family, chosen ? 1 : 0, rocAuc.length, meanRocAuc, ...scores]
    return [...cells, ...keys.map(key => written[i][key] ?? '')].join(',')
  })
  return [header.join(','), ...lines, ''].join('\n')
}

/** Whether two trials of one family differ in it. */
function isVaried(key: string, trials: readonly Trial[], written: readonly Record<string, number>[]): boolean {
  const first = new Map<string, number>()
  return trials.some(({ family }, i) => {
    const value = written[i][key]
    if (!first.has(family)) first.set(family, value)
    return first.get(family) !== value
  })
}
