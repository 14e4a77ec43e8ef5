/**
 * GET /models: every version, and which is champion. GET /model/info: the card of the one that answers. POST /model/reload:
 * looks the champion up now, for who brings the token.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Handler } from '../shared/adapters/http/handler.ts'
import { decisionOf } from '../shared/adapters/registry/decision.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import { AppError } from '../shared/core/errors.ts'
import type { LoadedChampion } from './load-champion.ts'
import { answerOfRegistry, type RegistryLimit } from './registry-limit.ts'
import type { ServedChampion } from './serve-champion.ts'

export interface ModelDeps extends RegistryLimit {
  readonly store: Pick<ModelStore, 'versions' | 'champion'>
  readonly champion: Pick<ServedChampion, 'loadModel' | 'reload'>
  /** undefined: nobody may reload. */
  readonly adminToken: string | undefined
}

export function makeModelList({ store, ...limit }: Pick<ModelDeps, 'store' | 'limitMs'>): Handler {
  return async () => {
    const [versions, pointer] = await answerOfRegistry(Promise.all([store.versions(), store.champion()]), limit)
    const models = versions.map(version => ({ version, champion: version === pointer?.version }))
    return { status: 200, body: { models } }
  }
}

export function makeModelInfo({ champion }: Pick<ModelDeps, 'champion'>): Handler {
  return async () => ({ status: 200, body: cardOf(await champion.loadModel()) })
}

/** What the contract's owner may see of it; the contract itself and the file hashes are the registry's. */
function cardOf({ manifest, pointer }: LoadedChampion): object {
  const { name, version, created_at, git_sha, family, threshold, calibration, classes, features, metrics } = manifest
  const { verdict, champion, at, by, reason } = decisionOf(pointer)
  const figures = ['roc_auc', 'pr_auc', 'accuracy', 'log_loss', 'brier', 'ece', 'rows', 'positives']
  return {
    name,
    version,
    created_at,
    git_sha,
    family,
    threshold,
    calibration: calibration?.method ?? 'none',
    classes,
    features,
    held_out: Object.fromEntries(figures.flatMap(key => (key in metrics ? [[key, metrics[key]]] : []))),
    promotion: { verdict, champion, at, by, reason },
  }
}

export function makeModelReload({ champion, adminToken }: Pick<ModelDeps, 'champion' | 'adminToken'>): Handler {
  return async ({ headers }) => {
    checkToken(headers['x-admin-token'], adminToken)
    const { name, version } = await champion.reload()
    return { status: 200, body: { model: { name, version } }, log: { model_name: name, model_version: version } }
  }
}

function checkToken(brought: string | undefined, expected: string | undefined): void {
  if (expected === undefined) throw new AppError('FORBIDDEN', 'nobody may do this here: ADMIN_TOKEN is not set')
  // Hashes have one length, and comparing them takes one time, whatever was brought.
  const [a, b] = [brought ?? '', expected].map(text => createHash('sha256').update(text).digest())
  if (!timingSafeEqual(a, b)) throw new AppError('FORBIDDEN', 'the header x-admin-token does not have the admin token')
}
