/**
 * For tests: a registry whose champion is a model of the churn contract that can be checked by hand, and rows for it.
 * Probability = 1 / (1 + e^(tenure_months / 10 - 1 - promo)), where promo is 2 for promo users, else 0.
 */
import { readFile } from 'node:fs/promises'
import { load } from 'js-yaml'
import { type ModelStore, openModelStore } from '../shared/adapters/registry/model-store.ts'
import type { Storage } from '../shared/adapters/storage/storage.ts'
import { lenientTableOfRows } from '../shared/adapters/tables/lenient-table.ts'
import { parseContract } from '../shared/core/contract/contract.ts'
import { makeProfile } from '../shared/core/drift/profile.ts'
import { PROFILE_FILE, profileToDocument } from '../shared/core/drift/profile-document.ts'
import { logisticFamily } from '../shared/core/model/family.ts'
import { MODEL_FILE, type ModelManifest } from '../shared/core/model/manifest.ts'
import { exportModel } from '../shared/core/onnx/export.ts'
import type { FeatureSpec } from '../shared/core/preprocess/preprocessor.ts'

const CONTRACT = new URL('../data/contracts/churn.yaml', import.meta.url)

const NOW = '2026-01-01T00:00:00.000Z'

/** A row that every field of the contract accepts; promo users are the second of two levels. */
export function churnRow(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    plan_type: 'Basic',
    contract_type: 'Monthly',
    autopay: 'No',
    is_promo_user: 'No',
    add_on_count: 1,
    tenure_months: 10,
    monthly_usage_gb: 12.5,
    avg_latency_ms: 80,
    support_tickets_30d: 0,
    discount_pct: 5,
    payment_failures_90d: 0,
    downtime_hours_30d: 0.5,
    ...overrides,
  }
}

export function expectedProbability(tenureMonths: number, promo = false): number {
  return 1 / (1 + Math.exp(tenureMonths / 10 - 1 - (promo ? 2 : 0)))
}

/** `files`: what the version has besides run.yaml and model.onnx. */
export async function publishChampion(
  storage: Storage,
  overrides: Partial<ModelManifest> = {},
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<ModelStore> {
  const store = openModelStore(storage)
  const document = load(await readFile(CONTRACT, 'utf8'))
  const contract = parseContract(document, 'churn.yaml')
  const features = contract.features.map((feature): FeatureSpec => {
    const { name } = feature
    if (feature.type !== 'category') return { name, kind: 'number' }
    return { name, kind: 'category', levels: feature.values ?? [], hasOther: false }
  })
  const { version } = await store.publish({
    date: '20260101',
    gitSha: 'abc1234',
    files: new Map([
      ['run.yaml', new TextEncoder().encode('seed: 1\n')],
      // Of another contract: a model of its features.
      [MODEL_FILE, makeModel((overrides.contract && overrides.features) ?? features)],
      ...Object.entries(files),
    ]),
    describe: (name, files) => ({
      schema_version: 1,
      id: '00000000-0000-4000-8000-000000000000',
      name: contract.name,
      version: name,
      created_at: NOW,
      git_sha: 'abc1234',
      contract: contract.document,
      family: 'logistic',
      features,
      classes: [0, 1],
      threshold: 0.5,
      metrics: {},
      files,
      environment: {},
      ...overrides,
    }),
  })
  await store.promote(version, { at: NOW, by: 'test', reason: 'first' })
  return store
}

function makeModel(features: readonly FeatureSpec[]): Uint8Array {
  const indexOf = (name: string): number => features.findIndex(feature => feature.name === name)
  const promo = features[indexOf('is_promo_user')]
  const yes = promo.kind === 'category' ? promo.levels.indexOf('Yes') + 1 : 0
  const model = {
    columns: [
      { kind: 'number', feature: indexOf('tenure_months'), mean: 0, scale: 10 },
      { kind: 'level', feature: indexOf('is_promo_user'), code: yes },
    ] as const,
    coefficients: Float64Array.of(-1, 2),
    intercept: 1,
    l1: 0,
    l2: 1,
    iterations: 0,
    converged: true,
  }
  return exportModel({ features, body: name => logisticFamily.toGraph(model, name), metadata: {} })
}

/** profile.json of a champion that was trained on these rows, with its scores of them. */
export async function profileFile(
  rows: readonly Record<string, unknown>[],
  { withScores = true } = {},
): Promise<Record<string, Uint8Array>> {
  const contract = parseContract(load(await readFile(CONTRACT, 'utf8')), 'churn.yaml')
  const { table } = lenientTableOfRows(rows, contract, 'reference')
  const promo = (row: Record<string, unknown>) => row.is_promo_user === 'Yes'
  const scores = Float32Array.from(rows, row => expectedProbability(row.tenure_months as number, promo(row)))
  const profile = makeProfile(table, contract, withScores ? { scores: { scores, threshold: 0.5 } } : {})
  return { [PROFILE_FILE]: new TextEncoder().encode(JSON.stringify(profileToDocument(profile))) }
}
