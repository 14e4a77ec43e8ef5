/**
 * Explains a model on held-out rows: SHAP values, permutation importance and partial dependence. Time is bounded whatever the
 * size of the data, by LIMITS; the sample is drawn by the seed, so the same model and rows give the same summary.
 */
import { deriveSeed, makeRandom } from '../math/random.ts'
import { sumOf } from '../math/sum.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix, FeatureSpec } from '../preprocess/preprocessor.ts'
import { type DependencePoint, partialDependence } from './partial-dependence.ts'
import { type PermutationImportance, type Predict, permutationImportance } from './permutation.ts'
import { type SampledShap, sampledShap } from './sampled-shap.ts'
import { type FeatureExplanation, type FeatureValue, OTHER_LEVEL, type ShapSummary } from './shap-summary.ts'

export const LIMITS = Object.freeze({
  /** Rows explained and shuffled. */
  rows: 2000,
  /** Rows and features of the points for pictures. */
  pointRows: 300,
  pointFeatures: 20,
  /** Answers of the model that an estimate of SHAP values may take. */
  sampledAnswers: 500_000,
  permutedFeatures: 50,
  repeats: 5,
  dependenceRows: 300,
  dependenceFeatures: 20,
  gridPoints: 20,
})

export interface ExplainRequest {
  readonly fitted: { readonly family: FamilyName; readonly model: unknown }
  /** Held-out rows with their labels. */
  readonly rows: LabelledMatrix
  /** The training rows: what is taken for unknown features where the family needs it. */
  readonly background: FeatureMatrix
  /** The probabilities that the version answers, calibration inside. */
  readonly predict: Predict
  readonly seed: number
}

export function explainModel(request: ExplainRequest): ShapSummary {
  const { predict } = request
  const rows = sampleRows(request.rows, LIMITS.rows, deriveSeed(request.seed, 'explained rows'))
  const { matrix } = rows
  const { features } = matrix
  const { method, values, baseValue, sampled } = shapOf(request, matrix)
  const meanAbs = meanMagnitudes(values, features.length)
  const order = falling(meanAbs)
  const permuted = order.slice(0, LIMITS.permutedFeatures)
  const seed = deriveSeed(request.seed, 'permutation')
  const permutation = permutationImportance(rows, { predict, features: permuted, repeats: LIMITS.repeats, seed })
  const sample = firstRows(matrix, LIMITS.dependenceRows)
  const explanations = order.map((f, rank): FeatureExplanation => {
    const spec = features[f]
    const dependence =
      rank < LIMITS.dependenceFeatures
        ? partialDependence(sample, f, { predict, gridPoints: LIMITS.gridPoints })
        : undefined
    return {
      name: spec.name,
      kind: spec.kind,
      mean_abs_shap: jsonNumber(meanAbs[f]),
      ...(sampled ? { shap_standard_error: jsonNumber(sampled.standardErrors[f]) } : {}),
      ...(rank < LIMITS.pointFeatures ? { points: pointsOf(values, matrix, f) } : {}),
      roc_auc_drop: dropOf(permutation, rank),
      ...(dependence ? { partial_dependence: dependence.map(point => dependenceOf(point, spec)) } : {}),
    }
  })
  return {
    method,
    ...(sampled ? { sampling: { rows: sampled.rowCount, background_rows: sampled.backgroundRows } } : {}),
    units: 'log_odds',
    rows: matrix.rowCount,
    base_value: jsonNumber(baseValue),
    permutation: { metric: 'roc_auc', roc_auc: jsonNumber(permutation.rocAuc), repeats: LIMITS.repeats },
    partial_dependence: { rows: sample.rowCount, probability: sumOf(predict(sample)) / sample.rowCount },
    features: explanations,
  }
}

interface RowShap {
  readonly method: ShapSummary['method']
  /** [rows x features], of the first rows of the matrix where it is an estimate. */
  readonly values: Float64Array
  readonly baseValue: number
  readonly sampled?: SampledShap
}

/** The family's exact values, else an estimate. */
function shapOf({ fitted, background, seed }: ExplainRequest, matrix: FeatureMatrix): RowShap {
  const family = FAMILIES[fitted.family]
  if (family.shap) return family.shap(fitted.model, matrix, background)
  const sampled = sampledShap(matrix, background, {
    predict: rows => family.predict(fitted.model, rows),
    budget: LIMITS.sampledAnswers,
    mostRows: LIMITS.pointRows,
    seed: deriveSeed(seed, 'sampled SHAP'),
  })
  return { method: 'sampled_permutations', values: sampled.values, baseValue: sampled.baseValue, sampled }
}

function sampleRows(rows: LabelledMatrix, most: number, seed: number): LabelledMatrix {
  const { rowCount } = rows.matrix
  const random = makeRandom(seed)
  const chosen = random.sample(rowCount, Math.min(most, rowCount))
  // In random order, so that the first rows are a sample of the sample.
  random.shuffleInto(chosen)
  return selectLabelledRows(rows, chosen)
}

function firstRows(matrix: FeatureMatrix, most: number): FeatureMatrix {
  const rowCount = Math.min(most, matrix.rowCount)
  return { ...matrix, rowCount, values: matrix.values.subarray(0, rowCount * matrix.features.length) }
}

function meanMagnitudes(values: Float64Array, width: number): Float64Array {
  const means = new Float64Array(width)
  const rowCount = values.length / width
  for (let i = 0; i < values.length; i++) means[i % width] += Math.abs(values[i]) / rowCount
  return means
}

/** Indices from the largest value to the least, equal ones in input order. */
function falling(values: Float64Array): number[] {
  return Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b)
}

function pointsOf(shap: Float64Array, { features, values }: FeatureMatrix, f: number) {
  const width = features.length
  const rows = Array.from({ length: Math.min(shap.length / width, LIMITS.pointRows) }, (_, row) => row)
  // Sorted as encoded, missing values last; equal values by their SHAP value, so that nothing of the row order is left.
  const rank = (row: number) => (Number.isNaN(values[row * width + f]) ? Infinity : values[row * width + f])
  const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0)
  rows.sort((a, b) => compare(rank(a), rank(b)) || compare(shap[a * width + f], shap[b * width + f]))
  return rows.map(
    row => [featureValue(values[row * width + f], features[f]), jsonNumber(shap[row * width + f]) ?? 0] as const,
  )
}

function dropOf({ drops }: PermutationImportance, rank: number): FeatureExplanation['roc_auc_drop'] {
  const drop = drops.at(rank)
  const [mean, deviation] = [jsonNumber(drop?.mean), jsonNumber(drop?.deviation)]
  return mean === null || deviation === null ? null : { mean, deviation }
}

function dependenceOf({ value, probability }: DependencePoint, spec: FeatureSpec) {
  return { value: featureValue(value, spec), probability: jsonNumber(probability) ?? 0 }
}

function featureValue(encoded: number, spec: FeatureSpec): FeatureValue {
  if (Number.isNaN(encoded)) return null
  return spec.kind === 'number' ? jsonNumber(encoded) : (spec.levels[encoded - 1] ?? OTHER_LEVEL)
}

/** Seven digits say all there is to say; what is no finite number is null, and -0, which JSON does not have, is 0. */
function jsonNumber(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? Number(value.toPrecision(7)) + 0 : null
}
