/** One sentence for each gap above the limit: how large, between whom, what to try, and what that may make worse. */
import type { ColumnFairness, ThresholdFairness } from './column-fairness.ts'
import type { Disparity, Parity } from './disparities.ts'

export interface FairnessFinding {
  readonly column: string
  readonly threshold: number
  readonly parity: Parity
  /** The larger of the two readings. */
  readonly gap: number
  /** The two groups of that gap, the one with the higher rate first. */
  readonly groups: readonly [higher: string, lower: string]
  readonly sentence: string
}

export interface FindingOptions {
  readonly gapLimit: number
  /** Contract's name. */
  readonly contract: string
  /** The column this model was trained with weights for. */
  readonly reweighed?: string
}

/** 0.4 - 0.3 is not above 0.1. */
const TOLERANCE = 1e-9

/** Widest gap first within a column and threshold. */
export function findingsOf(columns: readonly ColumnFairness[], options: FindingOptions): FairnessFinding[] {
  return columns.flatMap(column =>
    column.at.flatMap(at =>
      [at.demographic_parity, at.equal_opportunity, at.predictive_equality]
        .flatMap(disparity => findingOf(column.column, at, disparity, options) ?? [])
        .sort((a, b) => b.gap - a.gap),
    ),
  )
}

function findingOf(
  column: string,
  at: ThresholdFairness,
  { parity, between_groups }: Disparity,
  { gapLimit, contract, reweighed }: FindingOptions,
): FairnessFinding | undefined {
  // No distance from the reference is larger than the one between the outermost groups, so this reading decides for both.
  if ('too_few' in between_groups || !(between_groups.difference > gapLimit + TOLERANCE)) return undefined
  const { difference: gap, low, high, highest, lowest } = between_groups
  const command = `\`npm run train -- --contract ${contract} --reweigh ${shellWord(column)}\``
  const size = `${column} at threshold ${at.threshold}: ${NAMES[parity]} ${gap.toFixed(3)}, above ${gapLimit.toFixed(2)} (${highest} over ${lowest}; 95 %: ${low.toFixed(3)} to ${high.toFixed(3)}).`
  const doubt = low < gapLimit ? ' More rows of these groups would tell how large it is.' : ''
  const remedy = column === reweighed ? remedyAfterReweighing(parity, at) : remedyFor(parity, at, command)
  const sentence = `${size}${doubt} ${remedy}`
  return { column, threshold: at.threshold, parity, gap, groups: [highest, lowest], sentence }
}

const NAMES: Readonly<Record<Parity, string>> = {
  demographic_parity: 'demographic parity difference',
  equal_opportunity: 'equal opportunity difference',
  predictive_equality: 'false positive rate difference',
}

/** Demographic parity and equal opportunity always stand together: mending one can open the other. */
function remedyFor(parity: Parity, at: ThresholdFairness, command: string): string {
  const opportunity = `the equal opportunity difference (now ${gapNow(at.equal_opportunity)})`
  switch (parity) {
    case 'demographic_parity':
      return `${command} trains with weights that make group and label independent: that usually narrows it, costs a little accuracy, and can widen ${opportunity}, so compare both before and after.`
    case 'equal_opportunity':
      return `${command} aims at demographic parity (now ${gapNow(at.demographic_parity)}) and may narrow this gap or open it the other way; the table of thresholds that equalise true positive rates shows what one threshold per group would do.`
    case 'predictive_equality':
      return `${command} usually narrows it, for fewer rows of ${highestOf(at.predictive_equality)} are then selected, and can widen ${opportunity}, so compare both before and after.`
  }
}

/** The weights have done what they can; what is left comes through features that tell the groups. */
function remedyAfterReweighing(parity: Parity, at: ThresholdFairness): string {
  const [name, other] =
    parity === 'demographic_parity'
      ? [NAMES.equal_opportunity, at.equal_opportunity]
      : [NAMES.demographic_parity, at.demographic_parity]
  return `The model is already trained with weights for this column (${name} now ${gapNow(other)}); leaving out a feature that tells its groups (see the proxy check), or thresholds per group as in the table, could narrow it further.`
}

function gapNow({ between_groups }: Disparity): string {
  return 'too_few' in between_groups ? 'not measurable' : between_groups.difference.toFixed(3)
}

function highestOf({ between_groups }: Disparity): string {
  return 'too_few' in between_groups ? 'the group selected most' : between_groups.highest
}

/** A word for a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w.,:=@%+/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
