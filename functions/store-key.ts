/** Keys that come in requests: relative, inside the configured store, never a path or an address; read without naming the store. */

import { isKey } from '../shared/adapters/storage/storage.ts'
import { AppError, quoteValue } from '../shared/core/errors.ts'

/** A key is a relative path: an address with a scheme would be read as one, and is no key that anybody means. */
export function isStoreKey(value: unknown): value is string {
  return typeof value === 'string' && isKey(value) && !/^[a-z][a-z0-9+.-]*:/i.test(value)
}

/** What `read` gives for the key. The store's own messages name its address, which is nothing for a client. */
export async function readStoreKey(key: string, read: (key: string) => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await read(key)
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause
    const subject = key.length > 100 ? quoteValue(key) : key
    if (cause.code === 'NOT_FOUND') throw new AppError('NOT_FOUND', `${subject}: no such key in the store`, { cause })
    throw new AppError('STORAGE_FAILED', `${subject}: the store cannot be read`, { cause })
  }
}
