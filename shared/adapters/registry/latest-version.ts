/**
 * The version that was made last, by the clock in its model.json. Names would not do: of two revisions on one day the one
 * whose hash sorts later comes last there.
 */
import { AppError } from '../../core/errors.ts'
import type { ModelStore } from './model-store.ts'

export async function latestVersion(store: Pick<ModelStore, 'uri' | 'versions' | 'manifest'>): Promise<string> {
  const versions = await store.versions()
  const newest = versions.at(-1)
  if (newest === undefined) throw new AppError('NOT_FOUND', `${store.uri} has no version yet; npm run train makes one`)
  const day = newest.slice(0, 8)
  let latest = { version: newest, created_at: '' }
  for (const version of versions.filter(name => name.startsWith(day))) {
    const manifest = await store.manifest(version).catch(unlessDamaged)
    if (manifest && manifest.created_at >= latest.created_at) latest = manifest
  }
  return latest.version
}

function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'MODEL_CORRUPT')) throw error
}
