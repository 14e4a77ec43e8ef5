/** What a run's report is made from, and the figures of the held-out rows that its sections share. */
import { type Reliability, reliability } from '../calibration/reliability.ts'
import type { ShapSummary } from '../explain/shap-summary.ts'
import type { FairnessReport } from '../fairness/fairness-report.ts'
import type { ThresholdChoice } from '../metrics/choose-threshold.ts'
import { METRIC_DEFINITIONS } from '../metrics/definitions.ts'
import { type RankingCurve, rankingCurve } from '../metrics/ranking.ts'
import { type Confusion, type ConfusionRates, confusionAt, ratesOf } from '../metrics/threshold.ts'
import type { ClassValue, FamilyName } from '../model/manifest.ts'
import type { Candidate, RunnerUp } from '../train/candidate.ts'
import type { CrossValidation, HeldOutMetrics } from '../train/judge.ts'
import type { ProxyReport } from '../train/proxy-check.ts'
import type { Trial } from '../train/search.ts'
import type { ReportedCalibration } from './calibration-decision.ts'
import { decimal, NO_NUMBER } from './number-text.ts'
import { METRIC_TITLES, type MetricName } from './titles.ts'

export interface RunReportInput {
  /** The contract's name and title. */
  readonly name: string
  readonly title: string
  /** Absent: the run is not registered. */
  readonly version?: string
  readonly target: { readonly column: string; readonly classes: readonly [negative: ClassValue, positive: ClassValue] }
  readonly family: FamilyName
  /** Figures of size, for example the number of trees. */
  readonly size?: Readonly<Record<string, number>>
  /** ISO 8601, UTC. */
  readonly timestamp: string
  readonly gitSha: string
  readonly threshold: number
  readonly metrics: HeldOutMetrics
  readonly crossValidation?: CrossValidation
  /** Absent in what follows: a finished model is judged, or nothing chose. */
  readonly thresholdChoice?: ThresholdChoice
  readonly calibration?: ReportedCalibration
  readonly candidates: readonly Candidate[]
  readonly runnerUp?: RunnerUp
  readonly trials?: readonly Trial[]
  readonly importances: {
    readonly kind: string
    readonly features: readonly { readonly name: string; readonly value: number }[]
  }
  /** The table that a finished model was judged on; absent: the held-out rows of its training. */
  readonly judgedOn?: string
  /** The rows it was judged on: labels 0 or 1, and the model's probabilities. */
  readonly heldOut: { readonly labels: ArrayLike<number>; readonly probabilities: ArrayLike<number> }
  /** What the model makes of each feature; absent: it was not explained. */
  readonly explanation?: ShapSummary
  readonly fairness?: FairnessReport & { readonly proxies?: ProxyReport }
  /** What is known about the quality of the data, one sentence each. */
  readonly notes?: readonly string[]
}

/** What the sections read besides the input, computed once from the held-out rows. */
export interface RunFigures {
  readonly curve: RankingCurve
  /** Share of positives among the held-out rows. */
  readonly baseRate: number
  readonly confusion: Confusion
  readonly rates: ConfusionRates
  readonly reliability: Reliability
}

export function runFigures({ heldOut, threshold }: RunReportInput): RunFigures {
  const { probabilities, labels } = heldOut
  const curve = rankingCurve(probabilities, labels)
  const confusion = confusionAt(probabilities, labels, threshold)
  return {
    curve,
    baseRate: curve.positives / (curve.positives + curve.negatives),
    confusion,
    rates: ratesOf(confusion),
    reliability: reliability(probabilities, labels),
  }
}

/** A line of the metrics table. */
export interface MetricRow {
  readonly title: string
  readonly value: string
  /** The interval at 95 %. */
  readonly interval: string
  readonly definition: string
}

export function metricRows({ metrics }: Pick<RunReportInput, 'metrics'>): MetricRow[] {
  return (Object.keys(METRIC_TITLES) as MetricName[]).map(name => {
    const bounds = metrics.intervals[name]
    return {
      title: METRIC_TITLES[name],
      value: decimal(metrics[name], 4),
      interval: bounds ? `${decimal(bounds.low, 4)} to ${decimal(bounds.high, 4)}` : NO_NUMBER,
      definition: METRIC_DEFINITIONS[name],
    }
  })
}
