/**
 * Bytes under keys: the one door to files, Cloud Storage and memory. Keys are relative, use '/', and never climb out
 * (checkKey). Every implementation passes storage.conformance.ts.
 */
import { AppError, quoteValue } from '../../core/errors.ts'

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
  /** Removes half-written objects last touched before a time, where it can; absent: a killed writer leaves none. */
  sweep?(before: Date): Promise<void>
}

/** Names of files that a local write has not finished yet; no key may look like one. */
export const TEMPORARY_PREFIX = '.tmp~'

/** Refuses an empty, absolute or climbing key: keys can come from requests, so this is checked in one place. */
export function checkKey(key: string): void {
  if (!isKey(key)) throw refusal(`storage key ${quoteValue(key)}`)
}

/** Refuses a prefix that no key could start with. '' means every key. */
export function checkPrefix(prefix: string): void {
  if (!isKey(`${prefix}x`)) throw refusal(`storage prefix ${quoteValue(prefix)}`)
}

/** Refuses anything but whole numbers with 0 <= start <= end. */
export function checkRange(start: number, end: number): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end) return
  throw new AppError('USAGE', `byte range ${start} to ${end} is not allowed; use whole numbers with 0 <= start <= end`)
}

/** Control characters and lone surrogates are no keys: Cloud Storage refuses them, and a disk would change them. */
export function isKey(key: string): boolean {
  return !/[\\\p{Cc}]/u.test(key) && key.isWellFormed() && key.split('/').every(isKeyPart)
}

function isKeyPart(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !part.startsWith(TEMPORARY_PREFIX)
}

function refusal(subject: string): AppError {
  return new AppError('USAGE', `${subject} is not allowed; use a relative path without "..", for example models/a.json`)
}
