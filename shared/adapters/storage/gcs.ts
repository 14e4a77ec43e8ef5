/**
 * Objects in a Cloud Storage bucket, below an optional prefix. The SDK is imported by the first call and retries 429 and
 * 5xx itself; every write is one request, so an object is there whole or not at all.
 */
import { randomUUID } from 'node:crypto'
import type { Bucket } from '@google-cloud/storage'
import { AppError } from '../../core/errors.ts'
import { sdkReason } from '../sdk-reason.ts'
import { checkKey, checkPrefix, checkRange, isKey, type Storage, type WriteOptions } from './storage.ts'

export interface GcsOptions {
  readonly bucket: string
  /** Put before every key, with a '/' between. '' or absent: keys start at the bucket's root. */
  readonly prefix?: string
  /** An emulator's address, for example http://127.0.0.1:4443; such calls carry no credentials. */
  readonly apiEndpoint?: string
}

export function openGcs(options: GcsOptions): Storage {
  const folder = options.prefix ? `${options.prefix}/` : ''
  const uri = `gs://${options.bucket}${options.prefix ? `/${options.prefix}` : ''}`
  let connecting: Promise<Bucket> | undefined
  const getBucket = () => {
    connecting ??= connect(options).catch(error => {
      connecting = undefined
      throw error
    })
    return connecting
  }

  /** Runs one call; `absent` is what HTTP 404 means to it. */
  async function call<T>(work: (bucket: Bucket) => Promise<T>, verb: string, key: string, absent?: string): Promise<T> {
    try {
      return await work(await getBucket())
    } catch (error) {
      if (statusOf(error) === 404 && absent) throw new AppError('NOT_FOUND', absent)
      // No cause is attached: the SDK's errors carry the request with its authorization header, and causes get logged.
      throw new AppError('STORAGE_FAILED', `cannot ${verb} ${uri}${key ? `/${key}` : ''}: ${reasonOf(error)}`)
    }
  }

  const read = (key: string, range: { start: number; end: number } | undefined): Promise<Uint8Array> => {
    checkKey(key)
    return call(bucket => download(bucket, folder + key, range), 'read', key, `there is no "${key}" in ${uri}`)
  }

  return {
    uri,
    read: async key => read(key, undefined),
    async readRange(key, start, end) {
      checkRange(start, end)
      return read(key, { start, end })
    },
    async write(key, bytes, writeOptions: WriteOptions = {}) {
      checkKey(key)
      const ifAbsent = writeOptions.ifAbsent === true
      const written = await call(bucket => upload(bucket, folder + key, bytes, ifAbsent), 'write', key)
      if (!written) throw new AppError('CONFLICT', `"${key}" already exists in ${uri}`)
    },
    async list(prefix) {
      checkPrefix(prefix)
      const query = { prefix: folder + prefix, fields: 'items(name),nextPageToken' }
      const [files] = await call(bucket => bucket.getFiles(query), 'list', prefix)
      // Cloud Storage sorts by UTF-8 bytes, which differs from code units above U+FFFF. Names made elsewhere may be no keys.
      return files
        .map(file => file.name.slice(folder.length))
        .filter(isKey)
        .sort()
    },
    async remove(key) {
      checkKey(key)
      await call(bucket => bucket.file(folder + key).delete({ ignoreNotFound: true }), 'remove', key)
    },
  }
}

async function connect(options: GcsOptions): Promise<Bucket> {
  const { IdempotencyStrategy, Storage: Client } = await import('@google-cloud/storage')
  // RetryAlways is right here because every call may be repeated: writes put a whole object. The default would also switch
  // retries off for the whole client after the first write without a precondition.
  const retryOptions = { idempotencyStrategy: IdempotencyStrategy.RetryAlways }
  if (options.apiEndpoint === undefined) return new Client({ retryOptions }).bucket(options.bucket)
  const apiEndpoint = options.apiEndpoint.replace(/\/+$/, '')
  const client = new Client({ apiEndpoint, projectId: 'emulator', retryOptions })
  // STORAGE_EMULATOR_HOST, when set, would replace this address by one without the API's path.
  client.baseUrl = `${apiEndpoint}/storage/v1`
  return client.bucket(options.bucket)
}

async function download(bucket: Bucket, name: string, range?: { start: number; end: number }): Promise<Uint8Array> {
  const file = bucket.file(name)
  if (range && range.start === range.end) {
    await file.getMetadata()
    return new Uint8Array(0)
  }
  try {
    const [contents] = await file.download(range ? { start: range.start, end: range.end - 1 } : {})
    return new Uint8Array(contents)
  } catch (error) {
    // 416: the range begins at or after the object's end.
    if (range && statusOf(error) === 416) return new Uint8Array(0)
    throw error
  }
}

/** false: ifAbsent, and there is one already. */
async function upload(bucket: Bucket, name: string, bytes: Uint8Array, ifAbsent: boolean): Promise<boolean> {
  const file = bucket.file(name)
  const writer = randomUUID()
  const preconditionOpts = ifAbsent ? { ifGenerationMatch: 0 } : undefined
  try {
    // A resumable upload takes two requests, and some emulators ignore its precondition.
    await file.save(Buffer.from(bytes), { resumable: false, preconditionOpts, metadata: { metadata: { writer } } })
    return true
  } catch (error) {
    if (!ifAbsent || statusOf(error) !== 412) throw error
    // When the answer to our own first attempt was lost, the SDK's second attempt meets the object we wrote.
    const [found] = await file.getMetadata()
    return found.metadata?.writer === writer
  }
}

function statusOf(error: unknown): number {
  return Number((error as { code?: unknown }).code)
}

function reasonOf(error: unknown): string {
  const status = statusOf(error)
  return `${status ? `${status} ` : ''}${sdkReason(error)}`
}
