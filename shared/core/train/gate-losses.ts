/**
 * What a challenger must not make worse: calibration, and the gaps between the groups of sensitive columns. Both models are
 * measured on the same rows, and what so few rows cannot show is left out by name, never passed in silence.
 */
import { chanceCalibrationError, reliability } from '../calibration/reliability.ts'
import type { Parity } from '../fairness/disparities.ts'
import { ratesAtThreshold, rowsOfGroup } from '../fairness/group-metrics.ts'
import { type Groups, groupRows } from '../fairness/groups.ts'
import { sumOf } from '../math/sum.ts'
import type { Answers, GateRequest } from './gate-request.ts'

/** Is the challenger worse? */
export interface LossCheck {
  /** `calibration_error beyond chance`, or a gap such as `demographic_parity of sex`. */
  readonly figure: string
  readonly champion: number
  readonly challenger: number
  /** Above 0: the challenger is worse. */
  readonly loss: number
  readonly limit: number
  readonly passed: boolean
}

/**
 * The expected calibration error less what chance alone makes of it, at least 0. As it is, it is larger for a sharper model,
 * whose answers lie in more bins: at 200 rows by 0.02 of two calibrated ones, which would refuse half of the better ones.
 */
export function checkCalibration({ champion, challenger, labels, rules }: GateRequest): LossCheck {
  const beyondChance = ({ probabilities }: Answers) => {
    const { expectedCalibrationError } = reliability(probabilities, labels)
    // A champion closer than chance was lucky on these rows, which is nothing to hold against a challenger.
    return Math.max(0, (expectedCalibrationError ?? 0) - chanceCalibrationError(probabilities))
  }
  const errors = [champion, challenger].map(beyondChance)
  return checkLoss('calibration_error beyond chance', errors, rules.max_calibration_loss)
}

function checkLoss(figure: string, [champion, challenger]: readonly number[], limit: number): LossCheck {
  const loss = challenger - champion
  return { figure, champion, challenger, loss, limit, passed: loss <= limit }
}

export interface GroupChecks {
  readonly checks: readonly LossCheck[]
  /** Gaps that cannot be measured, each with the reason. */
  readonly notJudged: readonly string[]
}

const PARITIES: readonly Parity[] = ['demographic_parity', 'equal_opportunity', 'predictive_equality']
const COUNTED: Readonly<Record<Parity, keyof GroupCounts>> = {
  demographic_parity: 'rows',
  equal_opportunity: 'positives',
  predictive_equality: 'negatives',
}

/** One check for each gap; the groups, and so what can be measured, are the same for both models. */
export function checkGroups({ champion, challenger, labels, sensitive, rules }: GateRequest): GroupChecks {
  const checks: LossCheck[] = []
  const notJudged: string[] = []
  for (const { name, column } of sensitive) {
    const groups = groupRows(column)
    const [before, after] = [champion, challenger].map(answers => countGroups(groups, answers, labels))
    for (const parity of PARITIES) {
      const kind = COUNTED[parity]
      const isMeasured = ({ all }: SelectedRows) => all[kind] >= rules.min_group_rows
      const measured = before.filter(isMeasured).length
      if (measured < 2) {
        const found = `${measured} of ${groups.names.length} groups have ${rules.min_group_rows} ${kind}`
        notJudged.push(`${parity} of ${name} (${found}; needed: 2)`)
        continue
      }
      const gaps = [before, after].map(counts => gapOf(counts.filter(isMeasured), kind))
      checks.push(checkLoss(`${parity} of ${name}`, gaps, rules.max_fairness_loss))
    }
  }
  return { checks, notJudged }
}

interface GroupCounts {
  readonly rows: number
  readonly positives: number
  readonly negatives: number
}

/** A group's rows, and those of them at or above the threshold. */
interface SelectedRows {
  readonly all: GroupCounts
  readonly selected: GroupCounts
}

function countGroups(groups: Groups, { probabilities, threshold }: Answers, labels: Uint8Array): SelectedRows[] {
  const rates = ratesAtThreshold(groups, { probabilities, labels }, threshold)
  return rates.map(({ selected, true_positives }, group) => {
    const own = rowsOfGroup(groups, group, { probabilities, labels })
    return { all: countsOf(own.labels.length, sumOf(own.labels)), selected: countsOf(selected, true_positives) }
  })
}

function countsOf(rows: number, positives: number): GroupCounts {
  return { rows, positives, negatives: rows - positives }
}

/** Highest rate less the lowest. */
function gapOf(groups: readonly SelectedRows[], kind: keyof GroupCounts): number {
  const rates = groups.map(({ all, selected }) => selected[kind] / all[kind])
  return Math.max(...rates) - Math.min(...rates)
}
