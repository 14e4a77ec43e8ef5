/**
 * Objects as files under one folder. A write fills a temporary file beside its target, flushes it to the disk and then
 * renames it (or links it, for ifAbsent), so a reader sees the whole old or the whole new value, whenever the writer dies.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { AppError } from '../../core/errors.ts'
import {
  checkKey,
  checkPrefix,
  checkRange,
  isKey,
  type Storage,
  TEMPORARY_PREFIX,
  type WriteOptions,
} from './storage.ts'

export interface LocalOptions {
  /** The folder; made by the first write. */
  readonly root: string
}

/** The key names nothing that could be read: absent, below a file, a folder, or longer than a disk can hold. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'])

export function openLocal({ root }: LocalOptions): Storage {
  // Resolved once: a later change of the working directory must not move the store.
  const folder = resolve(root)
  const fileOf = (key: string): string => join(folder, ...key.split('/'))

  async function readSlice(key: string, start: number, end: number): Promise<Uint8Array> {
    checkKey(key)
    try {
      await refuseLinkOutside(folder, fileOf(key))
      return await readBytes(fileOf(key), start, end)
    } catch (error) {
      if (ABSENT.has(errnoOf(error)))
        throw new AppError('NOT_FOUND', `there is no "${key}" in ${root}`, { cause: error })
      throw failure(error, `cannot read "${key}" in ${root}`)
    }
  }

  return {
    uri: root,
    read: key => readSlice(key, 0, Number.MAX_SAFE_INTEGER),
    async readRange(key, start, end) {
      checkRange(start, end)
      return readSlice(key, start, end)
    },
    async write(key, bytes, options: WriteOptions = {}) {
      checkKey(key)
      let written: boolean
      try {
        await mkdir(dirname(fileOf(key)), { recursive: true })
        await refuseLinkOutside(folder, dirname(fileOf(key)))
        written = await replaceFile(fileOf(key), bytes, options.ifAbsent === true)
      } catch (error) {
        throw failure(error, `cannot write "${key}" in ${root}`)
      }
      if (!written) throw new AppError('CONFLICT', `"${key}" already exists in ${root}`)
    },
    async list(prefix) {
      checkPrefix(prefix)
      const keys: string[] = []
      const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1)
      try {
        await collectKeys(keys, { folder, prefix }, parent)
      } catch (error) {
        throw failure(error, `cannot list "${prefix}" in ${root}`)
      }
      return keys.filter(key => key.startsWith(prefix) && isKey(key)).sort()
    },
    async remove(key) {
      checkKey(key)
      try {
        await refuseLinkOutside(folder, dirname(fileOf(key)))
        await unlink(fileOf(key))
      } catch (error) {
        if (!ABSENT.has(errnoOf(error))) throw failure(error, `cannot remove "${key}" in ${root}`)
      }
    },
    sweep: before => removeTemporaries(folder, before),
  }
}

async function readBytes(file: string, start: number, end: number): Promise<Uint8Array> {
  const handle = await open(file, 'r')
  try {
    // Writers replace the file and never change it, so the size of an open file is final.
    const { size } = await handle.stat()
    const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start))
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled)
      if (bytesRead === 0) throw new Error(`the file ended at byte ${start + filled}, before its size of ${size}`)
      filled += bytesRead
    }
    // A folder can be opened and has a size; only a read tells (EISDIR).
    if (bytes.length === 0) await handle.read(new Uint8Array(1), 0, 1, 0)
    return bytes
  } finally {
    await handle.close()
  }
}

/** false: ifAbsent, and the file is there already. */
async function replaceFile(file: string, bytes: Uint8Array, ifAbsent: boolean): Promise<boolean> {
  const temporary = join(dirname(file), `${TEMPORARY_PREFIX}${randomUUID()}`)
  try {
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (!ifAbsent) await rename(temporary, file)
    else if (!(await linkNew(temporary, file))) return false
  } finally {
    // After a rename there is nothing left to remove.
    await unlink(temporary).catch(() => {})
  }
  await syncFolder(dirname(file))
  return true
}

/** link never replaces: of two writers the file system lets one through. */
async function linkNew(existing: string, file: string): Promise<boolean> {
  try {
    await link(existing, file)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Makes the new name survive a power cut. Where a folder cannot be opened (Windows) the file itself is flushed already. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  try {
    await handle?.sync().catch(() => {})
  } finally {
    await handle?.close()
  }
}

/**
 * Keys of the plain files in folder/parent and below it. Symbolic links are no objects. Enters only folders whose keys can
 * start with the prefix: a registry has a folder per version, and the champion is looked up beside them.
 */
async function collectKeys(
  keys: string[],
  search: { readonly folder: string; readonly prefix: string },
  parent: string,
): Promise<void> {
  for (const entry of await entriesOf(join(search.folder, parent))) {
    const key = parent + entry.name
    if (entry.isFile()) keys.push(key)
    const canMatch = `${key}/`.startsWith(search.prefix) || search.prefix.startsWith(`${key}/`)
    if (entry.isDirectory() && canMatch) await collectKeys(keys, search, `${key}/`)
  }
}

/** Of what cannot be removed the next sweep tries again. */
async function removeTemporaries(folder: string, before: Date): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await removeTemporaries(path, before)
    if (!entry.isFile() || !entry.name.startsWith(TEMPORARY_PREFIX)) continue
    const touched = await stat(path).catch(() => undefined)
    if (touched && touched.mtime < before) await unlink(path).catch(() => {})
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    // The folder was never made, or is a file, or was removed since its name was read.
    if (ABSENT.has(errnoOf(error))) return []
    throw error
  }
}

/** A symbolic link inside the store may not lead a key out of it. */
async function refuseLinkOutside(folder: string, path: string): Promise<void> {
  const [realFolder, realPath] = await Promise.all([realpath(folder), realpath(path)])
  if (realPath !== realFolder && !realPath.startsWith(realFolder.replace(/[\\/]$/, '') + sep)) {
    throw new Error('a symbolic link leads out of the store')
  }
}

function errnoOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

function failure(error: unknown, subject: string): AppError {
  // The message of an errno ends in ", open '/whole/path'": the path is not the caller's to see.
  const reason = error instanceof Error ? error.message.split(', ')[0] : String(error)
  return new AppError('STORAGE_FAILED', `${subject}: ${reason}`, { cause: error })
}
