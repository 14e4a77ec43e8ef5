/**
 * The version that was made last, by the clock in its model.json. Names would not do: of two revisions on one day the one
 * whose hash sorts later comes last there.
 */
import { AppError } from '../../core/errors.ts'
import type { ModelStore } from './model-store.ts'
import { readAll } from './read-all.ts'

export async function latestVersion(store: Pick<ModelStore, 'uri' | 'versions' | 'manifest'>): Promise<string> {
  const versions = await store.versions()
  const newest = versions.at(-1)
  if (newest === undefined) throw new AppError('NOT_FOUND', `${store.uri} has no version yet; npm run train makes one`)
  const day = newest.slice(0, 8)
  const ofDay = versions.filter(version => version.startsWith(day))
  const read = await readAll(ofDay, version => store.manifest(version))
  const whole = read.filter(manifest => typeof manifest !== 'string')
  const first = { version: newest, created_at: '' }
  return whole.reduce((last, one) => (one.created_at >= last.created_at ? one : last), first).version
}
