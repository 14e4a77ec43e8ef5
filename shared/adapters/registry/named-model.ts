/**
 * A model by what a person calls it: `champion`, a version of the registry, or a folder with model.json and the files it
 * records, as `--outdir` and the registry write them, or one of its model files.
 */
import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { AppError, quoteValue } from '../../core/errors.ts'
import { MANIFEST_FILE, MODEL_FILE, type ModelManifest, PORTABLE_MODEL_FILE } from '../../core/model/manifest.ts'
import { openLocal } from '../storage/local.ts'
import type { Storage } from '../storage/storage.ts'
import type { ModelStore } from './model-store.ts'
import { parseManifest } from './parse-manifest.ts'
import { requireChampion } from './require-champion.ts'
import { isVersion } from './version-name.ts'

const MODEL_FILES = new Set<string>([MANIFEST_FILE, MODEL_FILE, PORTABLE_MODEL_FILE])

export interface NamedModel {
  readonly manifest: ModelManifest
  /** The bytes of a file, equal to the SHA-256 recorded for it. */
  readFile(name: string): Promise<Uint8Array>
}

/** Throws NO_CHAMPION, NOT_FOUND, or MODEL_CORRUPT for one that is damaged. */
export async function openNamedModel(name: string, store: ModelStore): Promise<NamedModel> {
  if (name === 'champion') return inStore(store, await store.manifest(await requireChampion(store)))
  return isVersion(name) ? inStore(store, await store.manifest(name)) : inFolder(folderOf(name))
}

/** A file of the version means the version. */
function folderOf(name: string): string {
  return MODEL_FILES.has(basename(name)) ? dirname(name) : name
}

function inStore(store: ModelStore, manifest: ModelManifest): NamedModel {
  return { manifest, readFile: name => store.readFile(manifest, name) }
}

async function inFolder(folder: string): Promise<NamedModel> {
  const storage = openLocal({ root: folder })
  const bytes = await readManifestBytes(storage, folder)
  const manifest = parseManifest(versionIn(bytes), bytes)
  return {
    manifest,
    async readFile(name) {
      const content = await storage.read(name)
      const recorded = manifest.files[name]?.sha256
      if (createHash('sha256').update(content).digest('hex') === recorded) return content
      const message = `${join(folder, name)} is not the file that ${MANIFEST_FILE} records; train again, or name the version of the registry`
      throw new AppError('MODEL_CORRUPT', message)
    },
  }
}

async function readManifestBytes(storage: Storage, folder: string): Promise<Uint8Array> {
  try {
    return await storage.read(MANIFEST_FILE)
  } catch (cause) {
    if (!(cause instanceof AppError && cause.code === 'NOT_FOUND')) throw cause
    const message = `the model ${quoteValue(folder)} is unknown; allowed: champion, a version, or a folder with ${MANIFEST_FILE}`
    throw new AppError('NOT_FOUND', message, { cause })
  }
}

/** What the document says it is; parseManifest then says what is wrong with it. */
function versionIn(bytes: Uint8Array): string {
  try {
    const version: unknown = JSON.parse(new TextDecoder().decode(bytes)).version
    return typeof version === 'string' ? version : ''
  } catch {
    return ''
  }
}
