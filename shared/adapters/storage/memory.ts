/** A store that lives as long as the process: tests, and trying things without a disk. Bytes are copied in and out. */
import { AppError } from '../../core/errors.ts'
import { checkKey, checkPrefix, checkRange, type Storage, type WriteOptions } from './storage.ts'

export function openMemory(): Storage {
  const uri = 'memory:'
  const objects = new Map<string, Uint8Array>()

  function find(key: string): Uint8Array {
    checkKey(key)
    const bytes = objects.get(key)
    if (!bytes) throw new AppError('NOT_FOUND', `there is no "${key}" in ${uri}`)
    return bytes
  }

  return {
    uri,
    read: async key => find(key).slice(),
    async readRange(key, start, end) {
      checkRange(start, end)
      return find(key).slice(start, end)
    },
    async write(key, bytes, options: WriteOptions = {}) {
      checkKey(key)
      if (options.ifAbsent && objects.has(key)) throw new AppError('CONFLICT', `"${key}" already exists in ${uri}`)
      objects.set(key, Uint8Array.from(bytes))
    },
    async list(prefix) {
      checkPrefix(prefix)
      return [...objects.keys()].filter(key => key.startsWith(prefix)).sort()
    },
    async remove(key) {
      checkKey(key)
      objects.delete(key)
    },
  }
}
