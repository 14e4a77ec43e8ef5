import { expect, test } from 'vitest'
import { labelledRows } from '../model/family.conformance.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import { probabilitiesFromMargins } from '../model/score.ts'
import { explainModel, LIMITS } from './explain-model.ts'

const train = labelledRows(1, 2000)
const rows = labelledRows(2, 2500)
const quick: Record<FamilyName, object> = {
  gbt: { trees: 20, leaves: 8, earlyStoppingRounds: 0 },
  logistic: {},
  mlp: { epochs: 5, earlyStoppingEpochs: 0 },
}

const models = new Map<FamilyName, unknown>()

function fitted(name: FamilyName): unknown {
  const family = FAMILIES[name]
  const options = { ...(family.defaults as object), ...quick[name] }
  if (!models.has(name)) models.set(name, family.fit(train, options, { seed: 3 }))
  return models.get(name)
}

function explained(name: FamilyName, given = rows) {
  const model = fitted(name)
  return explainModel({
    fitted: { family: name, model },
    rows: given,
    background: train.matrix,
    predict: matrix => probabilitiesFromMargins(FAMILIES[name].predict(model, matrix)),
    seed: 5,
  })
}

test.each(['gbt', 'logistic', 'mlp'] as const)(
  'the summary of a %s model is whole, plain JSON and the same every time',
  name => {
    const summary = explained(name)
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary)
    expect(explained(name)).toEqual(summary)
    expect(summary.rows).toBe(LIMITS.rows)
    expect(summary.features.map(feature => feature.name).sort()).toEqual(
      train.matrix.features.map(feature => feature.name).sort(),
    )
    expect(summary.permutation.roc_auc).toBeGreaterThan(0.6)
    for (const { roc_auc_drop, partial_dependence } of summary.features) {
      expect(roc_auc_drop?.deviation).toBeGreaterThanOrEqual(0)
      expect(partial_dependence?.length).toBeGreaterThan(1)
    }
    // The labels of these rows follow amount, colour and one letter: the others come after them.
    expect(summary.features.slice(0, 3).map(feature => feature.name)).toContain('amount')
  },
)

test.each(['gbt', 'logistic', 'mlp'] as const)(
  '%s: features come by mean |SHAP|, each with 300 points in the order of its values',
  name => {
    const { features, base_value } = explained(name)
    const means = features.map(({ mean_abs_shap }) => mean_abs_shap ?? Number.NaN)
    expect(means).toEqual(means.toSorted((a, b) => b - a))
    expect(base_value).toBeTypeOf('number')
    for (const { points = [], kind } of features) {
      expect(points).toHaveLength(LIMITS.pointRows)
      const known = points.flatMap(([value]) => (typeof value === 'number' ? [value] : []))
      expect(known).toEqual(known.toSorted((a, b) => a - b))
      expect(points.some(([value]) => typeof value === (kind === 'number' ? 'number' : 'string'))).toBe(true)
    }
  },
)

test('a network has estimates, which say so and how well they are known', () => {
  const summary = explained('mlp')
  expect(summary.method).toBe('sampled_permutations')
  expect(summary.sampling).toEqual({ rows: LIMITS.pointRows, background_rows: 100 })
  for (const { shap_standard_error, mean_abs_shap } of summary.features) {
    expect(shap_standard_error).toBeGreaterThanOrEqual(0)
    expect(shap_standard_error).toBeLessThan(0.1)
    expect(mean_abs_shap).toBeGreaterThan(0)
  }
  expect(explained('gbt').sampling).toBeUndefined()
})

test('rows of one class, and very few rows, are explained without a ROC-AUC', () => {
  const { features } = train.matrix
  const values = rows.matrix.values.slice(0, 3 * features.length)
  const few = { matrix: { rowCount: 3, features, values }, labels: new Uint8Array(3) }
  const summary = explained('gbt', few)
  expect(summary.rows).toBe(3)
  expect(summary.permutation.roc_auc).toBe(null)
  expect(summary.features.every(({ roc_auc_drop }) => roc_auc_drop === null)).toBe(true)
})
