/**
 * Do the model's features give a sensitive column away? Small boosted trees predict each of its groups from the features,
 * cross-validated; a ROC-AUC near 0.5 says no, one near 1 that leaving the column out of the model hides it from nobody.
 *
 * A column has a proxy when any of its groups is told from the rest with a ROC-AUC of at least 0.75. Bounded in time: a
 * sample of rows, the largest groups, few folds. Same seed, same report.
 */
import { type Groups, groupRows, type SensitiveValues } from '../fairness/groups.ts'
import { MIN_ROWS } from '../fairness/measure.ts'
import { DEFAULT_BOOST } from '../gbt/boost.ts'
import { deriveSeed, makeRandom } from '../math/random.ts'
import { rocAuc } from '../metrics/ranking.ts'
import { gbtFamily } from '../model/family.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { foldStratified, otherRows } from '../table/split.ts'
import { selectColumnRows } from '../table/table.ts'

export interface ProxyOptions {
  readonly seed: number
  /** Rows that are looked at, drawn without replacement. */
  readonly maxRows: number
  readonly folds: number
  /** The largest groups of each column that are predicted. */
  readonly maxGroups: number
  /** ROC-AUC of a group from which on the column has a proxy. */
  readonly limit: number
}

const DEFAULT_PROXY: Omit<ProxyOptions, 'seed'> = Object.freeze({
  maxRows: 5000,
  folds: 3,
  maxGroups: 6,
  limit: 0.75,
})

/** Enough to find a proxy; more trees sharpen the figure and not the answer. */
const PROXY_TREES = Object.freeze({ ...DEFAULT_BOOST, trees: 30, leaves: 8, earlyStoppingRounds: 0, maxBins: 64 })

/** Features named for a column. */
const MAX_CARRIERS = 5

export interface ProxyReport {
  /** Rows that were looked at. */
  readonly rows: number
  readonly folds: number
  readonly limit: number
  readonly rule: string
  readonly columns: readonly ColumnProxy[]
}

export interface ColumnProxy {
  readonly column: string
  /** true: some group's ROC-AUC is at least the limit. */
  readonly proxy: boolean
  /** Mean over the groups; null when no group could be predicted. */
  readonly roc_auc: number | null
  /** The group that the features tell best. */
  readonly worst: { readonly group: string; readonly roc_auc: number } | null
  readonly groups: readonly GroupProxy[]
  /** The features that tell that group, strongest first: shares of the trees' gain, from 1 in 100. */
  readonly carried_by: readonly { readonly feature: string; readonly share: number }[]
  readonly left_out: readonly { readonly group: string; readonly too_few: string }[]
  readonly sentence: string
}

export interface GroupProxy {
  readonly group: string
  /** In the sample. */
  readonly rows: number
  /** Of the group against all others, mean over the folds. */
  readonly roc_auc: number
}

/** `matrix`: the model's features; `columns`: the sensitive columns of the same rows. */
export function checkProxies(
  matrix: FeatureMatrix,
  columns: readonly SensitiveValues[],
  options: Partial<ProxyOptions> & Pick<ProxyOptions, 'seed'>,
): ProxyReport {
  const settings = { ...DEFAULT_PROXY, ...options }
  const { seed, maxRows, folds, limit } = settings
  const random = makeRandom(deriveSeed(seed, 'proxy rows'))
  const rows = random.sample(matrix.rowCount, Math.min(maxRows, matrix.rowCount))
  const sample = selectLabelledRows({ matrix, labels: new Uint8Array(matrix.rowCount) }, rows).matrix
  return {
    rows: rows.length,
    folds,
    limit,
    rule: `A column has a proxy when the features tell any of its groups from all other rows with a ROC-AUC of at least ${limit} (boosted trees, mean of ${folds} folds).`,
    columns: columns.map(({ name, column }) =>
      checkColumn(name, sample, groupRows(selectColumnRows(column, rows)), settings),
    ),
  }
}

function checkColumn(column: string, sample: FeatureMatrix, groups: Groups, settings: ProxyOptions): ColumnProxy {
  const { predicted, left_out } = chooseGroups(groups, settings)
  const found = predicted.map(group => {
    const labels = Uint8Array.from(groups.groupOf, own => (own === group ? 1 : 0))
    const { score, gains } = crossValidate({ matrix: sample, labels }, settings)
    return { group: groups.names[group], rows: groups.sizes[group], roc_auc: score, gains }
  })
  const scored = found.map(({ gains: _, ...group }) => group)
  if (found.length === 0) {
    const sentence = `${column}: no group is large enough to be predicted.`
    return { column, proxy: false, roc_auc: null, worst: null, groups: [], carried_by: [], left_out, sentence }
  }
  const worst = found.reduce((best, one) => (one.roc_auc > best.roc_auc ? one : best))
  const proxy = worst.roc_auc >= settings.limit
  const carried_by = carriers(sample, worst.gains)
  return {
    column,
    proxy,
    roc_auc: scored.reduce((sum, group) => sum + group.roc_auc, 0) / scored.length,
    worst: { group: worst.group, roc_auc: worst.roc_auc },
    groups: scored,
    carried_by,
    left_out,
    sentence: describe(column, { proxy, worst, carried_by }),
  }
}

/**
 * The groups to predict, largest first, and why not the others. Of two groups one is enough: telling it is telling the
 * other.
 */
function chooseGroups({ names, sizes, groupOf }: Groups, { maxGroups }: ProxyOptions) {
  const reasonOf = (group: number) => {
    const smaller = Math.min(sizes[group], groupOf.length - sizes[group])
    return smaller < MIN_ROWS ? `${smaller} rows in the sample on one side; needed: ${MIN_ROWS}` : undefined
  }
  const all = [...names.keys()].sort((a, b) => sizes[b] - sizes[a] || a - b)
  const large = all.filter(group => reasonOf(group) === undefined)
  const predicted = large.slice(0, names.length === 2 ? 1 : maxGroups)
  const tooMany = names.length === 2 ? [] : large.slice(maxGroups)
  return {
    predicted,
    left_out: [
      ...tooMany.map(group => ({ group: names[group], too_few: `only the ${maxGroups} largest groups are predicted` })),
      ...all.flatMap(group => {
        const too_few = reasonOf(group)
        return too_few === undefined ? [] : [{ group: names[group], too_few }]
      }),
    ],
  }
}

/** Mean ROC-AUC over the folds, and the trees' gain per feature. */
function crossValidate(data: LabelledMatrix, { seed, folds }: ProxyOptions): { score: number; gains: Float64Array } {
  const gains = new Float64Array(data.matrix.features.length)
  const scores = foldStratified(data.labels, folds, deriveSeed(seed, 'proxy folds')).map(fold => {
    const train = selectLabelledRows(data, otherRows(data.labels.length, fold))
    const heldOut = selectLabelledRows(data, fold)
    const model = gbtFamily.fit(train, PROXY_TREES, { seed })
    const own = gbtFamily.importance(model, train.matrix).values
    for (let f = 0; f < gains.length; f++) gains[f] += own[f]
    return rocAuc(gbtFamily.predict(model, heldOut.matrix), heldOut.labels)
  })
  return { score: scores.reduce((sum, score) => sum + score, 0) / scores.length, gains }
}

function carriers({ features }: FeatureMatrix, gains: Float64Array): ColumnProxy['carried_by'] {
  const total = gains.reduce((sum, gain) => sum + gain, 0)
  if (total === 0) return []
  return features
    .map(({ name }, f) => ({ feature: name, share: gains[f] / total }))
    .sort((a, b) => b.share - a.share)
    .filter(({ share }) => share >= 0.01)
    .slice(0, MAX_CARRIERS)
}

function describe(
  column: string,
  { proxy, worst, carried_by }: Pick<ColumnProxy, 'proxy' | 'carried_by'> & { readonly worst: GroupProxy },
): string {
  const told = `the features tell ${worst.group} from the rest with a ROC-AUC of ${worst.roc_auc.toFixed(3)}`
  if (!proxy) return `${column}: at most, ${told}.`
  const named = carried_by.slice(0, 3).map(({ feature, share }) => `${feature} (${Math.round(100 * share)} %)`)
  return `${column} is no input, but ${told}, most of all by ${named.join(', ')}: the model can treat the groups differently all the same.`
}
