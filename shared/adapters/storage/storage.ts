/**
 * Bytes under keys: the one door to files, Cloud Storage and memory. Keys are relative, use '/', and never climb out
 * (checkKey). Every implementation passes storage.conformance.ts.
 */
import { AppError } from '../../core/errors.ts'

export interface WriteOptions {
  /** true: the key must not exist yet; of two writers at once exactly one wins, the other gets CONFLICT. */
  readonly ifAbsent?: boolean
}

export interface Storage {
  /** Where this store is, for messages: a folder, `gs://bucket/prefix` or `memory:`. */
  readonly uri: string
  /** The whole object. NOT_FOUND when there is none. */
  read(key: string): Promise<Uint8Array>
  /** Bytes start (inclusive) to end (exclusive), cut at the object's end. NOT_FOUND when there is none. */
  readRange(key: string, start: number, end: number): Promise<Uint8Array>
  /** Writes the whole object or nothing: a reader never sees a part, whenever the writer is killed. */
  write(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<void>
  /** Keys that start with `prefix`, sorted by code unit. Empty when there are none. */
  list(prefix: string): Promise<string[]>
  /** Removes the object; nothing happens when there is none. */
  remove(key: string): Promise<void>
}

/** Refuses an empty, absolute or climbing key: keys can come from requests, so this is checked in one place. */
export function checkKey(key: string): void {
  const bad = key === '' || key.startsWith('/') || key.includes('\\') || key.includes('\0') || key.split('/').some(part => part === '' || part === '.' || part === '..')
  if (bad) throw new AppError('USAGE', `storage key ${JSON.stringify(key.slice(0, 60))} is not allowed; use a relative path without "..", for example models/a.json`)
}
