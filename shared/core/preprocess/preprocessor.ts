/**
 * From a table to what a model reads: one float32 row per table row, features in the contract's order.
 *
 *   number   → the value rounded to float32; NaN = missing
 *   category → its code: 1..k for levels[0..k-1], k + 1 for "other" (only where hasOther); NaN = missing
 */

/** One model input, resolved: everything encoding needs, stored in model.json. */
export type FeatureSpec =
  | { readonly name: string; readonly kind: 'number' }
  | { readonly name: string; readonly kind: 'category'; readonly levels: readonly string[]; readonly hasOther: boolean }

/** Encoded rows. Row-major: value of row r, feature f is values[r * features.length + f]. */
export interface FeatureMatrix {
  readonly rowCount: number
  readonly features: readonly FeatureSpec[]
  /** [rowCount x features.length] */
  readonly values: Float32Array
}
