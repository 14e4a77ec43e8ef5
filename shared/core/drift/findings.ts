/**
 * What a person should know besides the statistics: a sample that is too small, columns that are not there, values that no
 * contract allows, promises that do not hold. Most important first; the status of the report never depends on them.
 */
import type { Feature } from '../contract/contract.ts'
import { quoteValue } from '../errors.ts'
import { plural } from '../problem-list.ts'
import { chiSquareTest } from './chi-square.ts'
import type { Profile } from './profile.ts'
import type { DriftFinding, FeatureDrift, NumberDrift, PredictionDrift, SampleSize, Sides } from './report.ts'

/** What of a sample a finding may be about. */
type Compared = Pick<Profile, 'rows' | 'absent' | 'unlisted'>

export interface FindingSources {
  readonly features: readonly Feature[]
  readonly columns: readonly FeatureDrift[]
  readonly profiles: Sides<Compared>
  readonly sampleSize: SampleSize
  readonly prediction: PredictionDrift
}

export function collectFindings(sources: FindingSources): DriftFinding[] {
  const { features, columns, profiles, sampleSize, prediction } = sources
  const findings: DriftFinding[] = []
  if (sampleSize.too_small_to_tell) findings.push({ code: 'too_few_rows', message: sampleSize.sentence })
  for (const side of ['reference', 'current'] as const) findings.push(...absentColumns(profiles[side], side))
  findings.push(...predictionFindings(prediction))
  const whyNone = whyNothingCompared(columns)
  if (whyNone !== undefined)
    findings.push({ code: 'not_comparable', message: `no feature could be compared: ${whyNone}` })
  else columns.forEach((column, i) => void findings.push(...columnFindings(column, features[i], profiles)))
  const unlisted = [...new Set([...profiles.reference.unlisted, ...profiles.current.unlisted])]
  if (unlisted.length > 0) {
    const message = `not compared, since the contract has no such column: ${listOf(unlisted)}`
    findings.push({ code: 'unlisted_column', message })
  }
  return findings
}

/** Said once where it is the same for every feature. */
function whyNothingCompared(columns: readonly FeatureDrift[]): string | undefined {
  const [first, ...others] = new Set(columns.map(({ error }) => error))
  return others.length === 0 && columns.length > 1 ? first : undefined
}

function absentColumns({ absent }: Compared, side: string): DriftFinding[] {
  return absent.map(feature => {
    const message = `${feature} is absent from the ${sample(side)}; every value of it counts as missing`
    return { code: 'column_absent', feature, message }
  })
}

/** Both must hold for a gap between promise and outcome to be told: it matters, and chance does not explain it. */
const CALIBRATION = { leastGap: 0.05, standardErrors: 3 }

function predictionFindings(prediction: PredictionDrift): DriftFinding[] {
  if (prediction.absent !== undefined) return []
  const findings: DriftFinding[] = []
  const { psi, drifted, positive_rate: rate, label_rate: labels } = prediction
  if (drifted) {
    const message = `the model answers differently: PSI of its scores is ${psi.toFixed(3)}, and it calls ${percent(rate.current)} positive instead of ${percent(rate.reference)}`
    findings.push({ code: 'score_drift', message })
  }
  for (const side of ['reference', 'current'] as const) {
    const [gap, observed, rows] = [prediction.calibration_gap[side], labels[side], prediction.labelled_rows[side]]
    if (gap !== null && observed !== null) {
      const error = Math.sqrt((observed * (1 - observed)) / rows)
      if (Math.abs(gap) >= CALIBRATION.leastGap && Math.abs(gap) > CALIBRATION.standardErrors * error) {
        const message = `the scores do not hold what they say in the ${sample(side)}: they average ${(observed + gap).toFixed(3)}, the rate of positive labels ${observed.toFixed(3)} in ${plural(rows, 'labelled row')}`
        findings.push({ code: 'calibration_gap', message })
      }
    }
    const refused = prediction.refused_rows[side]
    if (refused > 0) {
      const message = `the model refuses ${plural(refused, 'row')} of the ${prediction.rows[side] + refused} tried of the ${sample(side)}; they are not scored`
      findings.push({ code: 'refused_rows', message })
    }
  }
  return findings
}

function columnFindings(column: FeatureDrift, feature: Feature, profiles: Sides<Compared>): DriftFinding[] {
  const name = column.feature
  const found: DriftFinding[] = []
  const tell = (code: string, message: string) => found.push({ code, feature: name, message: `${name} ${message}` })
  if (column.error !== undefined) tell('not_comparable', `could not be compared: ${column.error}`)
  if (column.drifted && column.psi !== null && column.psi <= (column.chance_limit ?? 0)) {
    tell('within_chance', `has PSI ${column.psi.toFixed(3)}, which chance alone reaches at these sizes`)
  }
  const isAbsent = profiles.current.absent.includes(name)
  const { reference: before, current: now } = column.missing_rate
  if (!isAbsent && now > 0 && !feature.nullable) {
    tell('missing_not_allowed', `is missing in ${percent(now)} of the current rows; the contract allows none`)
  } else if (!isAbsent && missingMoved(column.missing_rate, profiles)) {
    tell('missing_rate', `is missing in ${percent(now)} of the current rows, before in ${percent(before)}`)
  }
  const unreadable = column.unreadable.current
  if (unreadable > 0) {
    const wanted = column.kind === 'number' ? 'number' : 'text'
    tell('unreadable', `holds no ${wanted} in ${plural(unreadable, 'current row')}; they count as missing`)
  }
  if (column.kind === 'number') found.push(...numberFindings(column, profiles.current.rows))
  else if (column.new_category_count > 0) {
    const named = column.new_categories.map(({ level, rows }) => `${quoteValue(level)} (${plural(rows, 'row')})`)
    tell('new_category', `has ${plural(column.new_category_count, 'new level')}: ${listOf(named)}`)
  }
  if (column.constant.current && profiles.current.rows > 1) {
    const before = column.constant.reference ? ', as it did in the reference' : ''
    tell('constant', `has one value only in the current sample${before}`)
  }
  return found
}

/** Both must hold for a missing rate to be told: by that much, and chance would do it less than 1 time in 100. */
const MISSING = { leastMove: 0.01, pValue: 0.01 }

function missingMoved({ reference, current }: Sides, profiles: Sides<Compared>): boolean {
  const [n, m] = [profiles.reference.rows, profiles.current.rows]
  const test = () => chiSquareTest([reference * n, (1 - reference) * n], [current * m, (1 - current) * m])
  return Math.abs(current - reference) >= MISSING.leastMove && test().pValue < MISSING.pValue
}

function numberFindings(column: NumberDrift, rows: number): DriftFinding[] {
  const { feature, out_of_range: outside, not_integer: broken, minimum, maximum } = column
  const found: DriftFinding[] = []
  if (outside.current > 0) {
    const range = `its values go from ${minimum.current} to ${maximum.current}`
    const message = `${feature} is outside the contract's range in ${outside.current} of ${plural(rows, 'current row')}; ${range}`
    found.push({ code: 'out_of_range', feature, message })
  }
  if (broken.current > 0) {
    const message = `${feature} is no whole number in ${broken.current} of ${plural(rows, 'current row')}`
    found.push({ code: 'not_integer', feature, message })
  }
  return found
}

const MAX_LISTED = 10

function listOf(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? `, … (${names.length})` : ''
  return names.slice(0, MAX_LISTED).join(', ') + more
}

function sample(side: string): string {
  return side === 'reference' ? 'reference' : 'current sample'
}

/** 0.1234 as 12.3 %; what is there but tiny is not called 0. */
function percent(share: number): string {
  return share > 0 && share < 0.0005 ? '< 0.1 %' : `${(100 * share).toFixed(1)} %`
}
