/** From an address to a store: a path or file:// is a folder, gs://bucket/prefix is Cloud Storage, memory: is memory. */
import { fileURLToPath } from 'node:url'
import { AppError, quoteValue } from '../../core/errors.ts'
import { openGcs } from './gcs.ts'
import { openLocal } from './local.ts'
import { openMemory } from './memory.ts'
import { checkKey, type Storage } from './storage.ts'

export interface OpenStorageOptions {
  /** Used by gs:// only: an emulator's address. */
  readonly gcsApiEndpoint?: string
}

const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/
/** Two letters or more: C:\models is a path. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i

/** Opens nothing yet: a missing folder or bucket is met by the first call. `memory:` is a new, empty store each time. */
export function openStorage(uri: string, options: OpenStorageOptions = {}): Storage {
  if (uri === 'memory:') return openMemory()
  if (uri.startsWith('gs://')) return openBucket(uri, options.gcsApiEndpoint)
  if (uri.startsWith('file://')) return openLocal({ root: pathOf(uri) })
  if (uri.trim() === '' || uri.includes('\0') || SCHEME.test(uri)) throw refusal(uri)
  return openLocal({ root: uri })
}

function openBucket(uri: string, apiEndpoint: string | undefined): Storage {
  const [bucket, ...rest] = uri.slice('gs://'.length).split('/')
  const prefix = rest.join('/').replace(/\/$/, '')
  if (!BUCKET.test(bucket)) throw refusal(uri)
  try {
    if (prefix !== '') checkKey(prefix)
  } catch {
    throw refusal(uri)
  }
  return openGcs({ bucket, prefix, apiEndpoint })
}

function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri)
  } catch {
    throw refusal(uri)
  }
}

function refusal(uri: string): AppError {
  const allowed = 'a folder such as artifacts/registry, file:///folder, gs://bucket/prefix, or memory:'
  return new AppError('CONFIG', `storage address ${quoteValue(uri)} is not supported; allowed: ${allowed}`)
}
