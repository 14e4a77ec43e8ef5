/**
 * Files of model versions kept on the disk by their SHA-256, so that what a bucket has given once is not fetched again: at
 * the next start, by another process, after a rollback. What is kept is checked like what is fetched, and a cache that
 * cannot be read or written only costs time.
 */
import { createHash } from 'node:crypto'
import { readdir, stat, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocal } from '../storage/local.ts'
import type { ModelStore } from './model-store.ts'

/** Of the files, the newest are kept: a few versions' worth, for where the disk is memory. */
const MOST_FILES = 20

const DAY_MS = 86_400_000

/** The store with a cache where it is a bucket; a folder is near enough. `folder`: default one in the temporary folder. */
export function keepModelFiles(store: ModelStore, folder = join(tmpdir(), 'treeline-models')): ModelStore {
  return store.uri.startsWith('gs://') ? withFileCache(store, folder) : store
}

export function withFileCache(store: ModelStore, folder: string): ModelStore {
  // A write there is a whole file or none, so several processes may share the folder.
  const cache = openLocal({ root: folder })
  return {
    ...store,
    async readFile(manifest, name) {
      const record = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined
      if (!record) return store.readFile(manifest, name)
      const kept = await cache.read(record.sha256).catch(() => undefined)
      if (kept && createHash('sha256').update(kept).digest('hex') === record.sha256) return kept
      const bytes = await store.readFile(manifest, name)
      await keep(bytes, record.sha256).catch(() => {})
      return bytes
    },
  }

  async function keep(bytes: Uint8Array, sha256: string): Promise<void> {
    await cache.write(sha256, bytes)
    await removeOldest(folder)
    // What writers left that were killed.
    await cache.sweep?.(new Date(Date.now() - DAY_MS))
  }
}

/** A file that another process is about to read may go: it then fetches it. */
async function removeOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(name => /^[0-9a-f]{64}$/.test(name))
  if (names.length <= MOST_FILES) return
  const times = await Promise.all(names.map(async name => ({ name, time: (await stat(join(folder, name))).mtimeMs })))
  times.sort((a, b) => b.time - a.time)
  for (const { name } of times.slice(MOST_FILES)) await unlink(join(folder, name))
}
