/**
 * What a model version served, as the current side of a drift report. The rows themselves are not kept: of features it is
 * known how many rows fell into each bin of the version's profile, of answers the scores.
 */
import { AppError } from '../errors.ts'
import { plural } from '../problem-list.ts'
import { PSI_BINS } from './bins.ts'
import { rowsNeeded } from './chance.ts'
import { profileDistribution } from './column-profile.ts'
import type { CurrentSample } from './compare.ts'
import type { CountedColumn } from './compare-counted.ts'
import { binCount, type FeatureBins } from './feature-bins.ts'
import { groupDigits } from './group-digits.ts'
import type { DriftFinding } from './report.ts'
import type { ScoreProfile } from './score-profile.ts'

/** Answers with one score, or with several that lie next to each other and are told by the largest. */
export interface ServedScores {
  readonly score: number
  readonly rows: number
  /** Of these, answered with the positive class. */
  readonly positives: number
  /** The sum of their scores. */
  readonly sum: number
}

export interface ServedVersion {
  readonly version: string
  /** Rows that it answered. */
  readonly rows: number
  /** Requests that it refused: 4xx. */
  readonly refused: number
}

/** Feature → rows per bin, as feature-bins.ts counts them. */
export interface ServedCounts {
  readonly rows: number
  readonly features: ReadonlyMap<string, readonly number[]>
}

/** What the sink has of one window. */
export interface Served {
  /** Every version that answered or refused. */
  readonly versions: readonly ServedVersion[]
  /** Of the version asked about, ascending. */
  readonly scores: readonly ServedScores[]
  readonly counts: ServedCounts
}

/** What the version asked about is, and when it was asked. ISO 8601, UTC: `since` is in the window, `until` is not. */
export interface ServedWindow {
  readonly version: string
  /** A row is positive when its score >= threshold. */
  readonly threshold: number
  readonly since: string
  readonly until: string
  /** Fewer rows are not compared. */
  readonly leastRows: number
}

/** As many rows as a PSI of the threshold needs to mean anything. */
export function leastServedRows(psiThreshold: number): number {
  return rowsNeeded(PSI_BINS, psiThreshold)
}

export const SERVED_NOT_TOLD =
  'What was served is known by its counts in the bins of the PSI and not by its values: Kolmogorov-Smirnov, Wasserstein, mean, minimum, maximum and new levels of the features cannot be told, numbers are tested by chi-square over their bins, and rows that predict refused take no part.'

export function servedSample(served: Served, bins: readonly FeatureBins[], window: ServedWindow): CurrentSample {
  const { counts, scores } = served
  const isEnough = counts.rows >= window.leastRows
  const columns = new Map(
    bins.map((bin): [string, CountedColumn] => {
      const counted = counts.features.get(bin.name) ?? []
      const isToldOf = isEnough && counted.length === binCount(bin)
      return [bin.name, { kind: 'counted', bins: bin, counts: Float64Array.from(isToldOf ? counted : []) }]
    }),
  )
  const answered = scoreProfileOf(scores, window.threshold)
  return { rows: isEnough ? counts.rows : answered.rows, columns, absent: [], unlisted: [], scores: answered }
}

function scoreProfileOf(scores: readonly ServedScores[], threshold: number): ScoreProfile {
  const values: number[] = []
  const cumulative: number[] = []
  let [rows, positives, sum] = [0, 0, 0]
  for (const cell of scores) {
    rows += cell.rows
    positives += cell.positives
    sum += cell.sum
    // Written down as the shortest decimal of a float32, which is what the profile's scores are.
    const score = Math.fround(cell.score)
    if (values.at(-1) !== score) values.push(score)
    cumulative[values.length - 1] = rows
  }
  const distribution = { values: Float64Array.from(values), cumulative: Uint32Array.from(cumulative) }
  const numbers = profileDistribution(distribution, { mostValues: Number.POSITIVE_INFINITY })
  return { numbers, threshold, rows, refused: 0, positives, meanScore: rows === 0 ? 0 : sum / rows, labelled: null }
}

/** Throws CONFLICT for fewer rows than are needed; says how many there are. */
export function requireEnoughRows({ versions }: Served, window: ServedWindow): void {
  const { version, since, until, leastRows: needed } = window
  const rows = rowsOfVersion(versions, version)
  if (rows >= needed) return
  const others = otherRows(versions, version)
  const of = others > 0 ? `; ${plural(others, 'row')} of other versions do not count` : ''
  const came = `model version ${version} answered ${rows === 0 ? 'no row' : plural(rows, 'row')} from ${since} to ${until}${of}`
  throw new AppError(
    'CONFLICT',
    `${came}; drift needs ${needed}: wait for more, ask for more days, or name a current sample`,
  )
}

/** Share of the answered rows below which it is said that not all were counted. */
const MOSTLY_COUNTED = 0.95

/** What a reader of the report must know of what was left out. */
export function servedFindings({ versions, counts }: Served, { version, leastRows }: ServedWindow): DriftFinding[] {
  const findings: DriftFinding[] = []
  const answered = rowsOfVersion(versions, version)
  if (counts.rows < MOSTLY_COUNTED * answered) {
    const told = counts.rows < leastRows ? `, and ${leastRows} are needed to compare them` : ''
    const message = `the features of ${groupDigits(counts.rows)} of ${plural(answered, 'served row')} were counted${told}; the answers are of all`
    findings.push({ code: 'partly_counted', message })
  }
  const others = versions.filter(other => other.version !== version && other.rows > 0)
  if (others.length > 0) {
    const message = `${plural(otherRows(versions, version), 'row')} of ${plural(others.length, 'other version')} in the same time (${listed(others)}) take no part`
    findings.push({ code: 'other_versions', message })
  }
  const refused = versions.find(one => one.version === version)?.refused ?? 0
  if (refused > 0) {
    const message = `predict refused ${plural(refused, 'request')} in the same time; what a sender has broken is not in these numbers`
    findings.push({ code: 'refused_requests', message })
  }
  return findings
}

const MOST_LISTED = 3

function listed(versions: readonly ServedVersion[]): string {
  const names = versions.slice(0, MOST_LISTED).map(({ version }) => version)
  return [...names, ...(versions.length > MOST_LISTED ? ['…'] : [])].join(', ')
}

function rowsOfVersion(versions: readonly ServedVersion[], version: string): number {
  return versions.find(one => one.version === version)?.rows ?? 0
}

function otherRows(versions: readonly ServedVersion[], version: string): number {
  return versions.reduce((sum, one) => (one.version === version ? sum : sum + one.rows), 0)
}
