/** shap_summary.json: what a model makes of each feature, as plain JSON, every number finite or null. */

export interface ShapSummary {
  /** `sampled_permutations`: an estimate (sampled-shap.ts), for a family without exact values at a bearable cost. */
  readonly method: 'tree_path_dependent' | 'linear_training_means' | 'sampled_permutations'
  /** How well an estimate is known; absent for exact values. */
  readonly sampling?: {
    /** Explained rows that have SHAP values, the first ones. */
    readonly rows: number
    /** Training rows that stand for unknown features; each row and each of them had an order of features and its reverse. */
    readonly background_rows: number
  }
  readonly units: 'log_odds'
  /** Held-out rows that were explained. */
  readonly rows: number
  /** Log-odds that SHAP values are counted from. */
  readonly base_value: number | null
  readonly permutation: {
    readonly metric: 'roc_auc'
    /** Of the explained rows as they are; null when they are of one class. */
    readonly roc_auc: number | null
    readonly repeats: number
  }
  readonly partial_dependence: {
    /** Rows whose probability is averaged. */
    readonly rows: number
    /** Their mean probability as they are. */
    readonly probability: number
  }
  /** The most important first: by mean |SHAP|. */
  readonly features: readonly FeatureExplanation[]
}

export interface FeatureExplanation {
  readonly name: string
  readonly kind: 'number' | 'category'
  /** Over the explained rows; the columns of a one-hot encoding count together. */
  readonly mean_abs_shap: number | null
  /** Of an estimate: the standard error of a single row's value, root mean square over the rows. */
  readonly shap_standard_error?: number | null
  /** A sample of (value, SHAP value), rising in the value, so that rows cannot be put together again; first features only. */
  readonly points?: readonly (readonly [value: FeatureValue, shap: number])[]
  /** Mean and deviation over the shuffles; null when not measured. */
  readonly roc_auc_drop: { readonly mean: number; readonly deviation: number } | null
  /** First features only. */
  readonly partial_dependence?: readonly { readonly value: FeatureValue; readonly probability: number }[]
}

/** A number, a level, OTHER_LEVEL, or null for a missing value. */
export type FeatureValue = number | string | null

/** Every value outside the levels. */
export const OTHER_LEVEL = '(other)'
