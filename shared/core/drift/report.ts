/**
 * The drift report: what drift_report.json holds. The three keys at the top are for machines and never change; everything
 * else is under `details`. Nothing here is ever NaN or infinite: what could not be computed is null, and a finding says why.
 */

export interface DriftReport {
  /** A feature has drifted when its PSI is above this. */
  readonly threshold: number
  /** true: at least one feature has drifted. */
  readonly overall_drift: boolean
  /** Feature → PSI, in the contract's order; null when the feature could not be compared. */
  readonly features: Readonly<Record<string, number | null>>
  readonly details: DriftDetails
}

export interface DriftDetails {
  readonly schema_version: 1
  readonly contract: string
  /** ISO 8601, UTC. */
  readonly created_at: string
  readonly reference: SampleInfo
  readonly current: SampleInfo
  readonly sample_size: SampleSize
  /** One entry per feature, in the contract's order. */
  readonly columns: readonly FeatureDrift[]
  readonly prediction: PredictionDrift
  /** What a person should know besides the numbers, most important first. */
  readonly findings: readonly DriftFinding[]
  /** What cannot be told of the current sample and why, in a sentence; absent: nothing is left out. */
  readonly not_told?: string
  /** Statistic → its definition in a sentence. */
  readonly method: Readonly<Record<string, string>>
}

export interface SampleInfo {
  /** profile: the reference kept with a model version. served: what a model version answered. */
  readonly kind: 'table' | 'profile' | 'served'
  /** A file, a key of the store, `request`, or a model version. */
  readonly source: string
  readonly rows: number
  /** Of what was served: from when (inclusive) to when, ISO 8601, UTC. */
  readonly since?: string
  readonly until?: string
}

/** What a person reads for a sample. */
export function sampleName({ kind, source, since, until }: Omit<SampleInfo, 'rows'>): string {
  return kind === 'served' ? `served by ${source} from ${since} to ${until}` : source
}

export interface SampleSize {
  readonly sentence: string
  /** true: at these sizes chance alone passes the threshold more than 1 time in 100, in at least one feature. */
  readonly too_small_to_tell: boolean
  /** Rows on each side from which chance stays below the threshold in every feature. */
  readonly rows_needed: number
}

/** A number about each side. */
export interface Sides<T = number> {
  readonly reference: T
  readonly current: T
}

interface FeatureDriftBase {
  readonly feature: string
  readonly unit?: string
  readonly psi: number | null
  /** psi > threshold. */
  readonly drifted: boolean
  /** The PSI that chance alone passes 1 time in 100 at these sizes, without any drift. */
  readonly chance_limit: number | null
  /** chance_limit > threshold: a PSI just above the threshold says nothing. */
  readonly too_small_to_tell: boolean
  /** Jensen-Shannon distance over the same bins, base 2: 0 to 1. */
  readonly jensen_shannon: number | null
  /** Shares of missing values, 0 to 1. */
  readonly missing_rate: Sides
  /** true: one value in every row that has one. */
  readonly constant: Sides<boolean>
  /** Bins of the PSI in order; of a category with many levels the largest ones and the rest as one. */
  readonly bins: readonly DriftBin[]
  /** Why nothing could be compared. */
  readonly error?: string
}

export interface NumberDrift extends FeatureDriftBase {
  readonly kind: 'number'
  readonly ks: KsResult | null
  /** Over the bins of the PSI; only where nothing but these is known of the current values. */
  readonly chi_square?: ChiSquareResult
  /** Wasserstein-1 distance over the reference's standard deviation; null when that is 0 and the samples differ. */
  readonly wasserstein: number | null
  readonly mean: Sides<number | null>
  readonly minimum: Sides<number | null>
  readonly maximum: Sides<number | null>
  /** Values outside the contract's minimum and maximum. */
  readonly out_of_range: Sides
  /** Values that are not whole, of an integer feature. */
  readonly not_integer: Sides
  /** Cells that are no number at all; they count as missing. */
  readonly unreadable: Sides
  /** true: the reference was thinned, so KS and Wasserstein are off by at most 1e-4 of their scale. */
  readonly approximate: boolean
}

export interface CategoryDrift extends FeatureDriftBase {
  readonly kind: 'category'
  readonly chi_square: ChiSquareResult | null
  /** Levels that the reference does not have, most frequent first; at most 20 are listed. */
  readonly new_categories: readonly NewCategory[]
  /** How many such levels there are. */
  readonly new_category_count: number
  /** Values that are no text (a number, a list); they count as missing. */
  readonly unreadable: Sides
}

export type FeatureDrift = NumberDrift | CategoryDrift

export interface DriftBin {
  /** `[12, 15)`, `< 3`, `≥ 40`, `= 0`, `any value`, `Basic`, `missing`, `7 other levels`. */
  readonly label: string
  readonly kind: 'range' | 'level' | 'missing' | 'other'
  /** Range bins [from, to): null = no bound. Absent on other kinds. `equal`: the bin is the single value `from`. */
  readonly from?: number | null
  readonly to?: number | null
  readonly equal?: boolean
  /** Shares of rows, 0 to 1. */
  readonly reference: number
  readonly current: number
}

export interface KsResult {
  /** Largest distance of the two distribution functions, 0 to 1. */
  readonly statistic: number
  readonly p_value: number
  /** After Benjamini-Hochberg over all features that have a p-value. */
  readonly p_adjusted: number
}

export interface ChiSquareResult {
  readonly statistic: number
  readonly degrees_of_freedom: number
  readonly p_value: number
  readonly p_adjusted: number
  /** Effect size, 0 to 1. */
  readonly cramers_v: number
}

export interface NewCategory {
  readonly level: string
  readonly rows: number
  /** Share of the current rows. */
  readonly rate: number
}

/** How the model's answers moved. `absent` says why there is nothing, and then nothing else is there. */
export type PredictionDrift = { readonly absent: string } | ScoreDrift

export interface ScoreDrift {
  readonly absent?: undefined
  readonly model_version: string
  /** A row is positive when its score >= model_threshold. */
  readonly model_threshold: number
  /** Rows that were scored: at most 100,000 of each side, evenly spaced. */
  readonly rows: Sides
  /** Rows that the model's contract refuses; predict would answer them with an error. */
  readonly refused_rows: Sides
  readonly psi: number
  readonly chance_limit: number
  readonly drifted: boolean
  /** p_adjusted equals p_value: the score is a family of its own. */
  readonly ks: KsResult
  readonly mean_score: Sides
  /** Share of rows at or above the model's threshold. */
  readonly positive_rate: Sides
  /** current - reference, in percentage points / 100. */
  readonly positive_rate_shift: number
  /** Share of positive labels among the labelled rows that were scored; null without labels. */
  readonly label_rate: Sides<number | null>
  readonly labelled_rows: Sides
  /** mean score - label rate over the labelled rows; far from 0 = the scores no longer mean what they say. */
  readonly calibration_gap: Sides<number | null>
  readonly bins: readonly DriftBin[]
}

export interface DriftFinding {
  /** Stable, for example `too_few_rows`, `missing_rate`, `new_category`, `column_absent`. */
  readonly code: string
  readonly feature?: string
  readonly message: string
}
