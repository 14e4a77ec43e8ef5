/** A file's bytes, or an AppError that begins with its path. */
import { readFile } from 'node:fs/promises'
import { AppError } from '../../core/errors.ts'
import { whyUnreadable } from './why-unreadable.ts'

/** Throws NOT_FOUND for a file that is not there or cannot be read. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new AppError('NOT_FOUND', `${path}: ${whyUnreadable(cause)}`, { cause })
  }
}
