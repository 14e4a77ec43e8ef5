/** From an address to a sink: sqlite:FILE, bigquery://project/dataset, memory: or none. */
import { AppError, quoteValue } from '../../core/errors.ts'
import { openBigQuery } from './bigquery.ts'
import { openMemorySink } from './memory.ts'
import { openNone } from './none.ts'
import type { Sink } from './sink.ts'
import { openSqlite } from './sqlite.ts'

export interface OpenSinkOptions {
  /** Used by bigquery:// only: an emulator's address. */
  readonly bigqueryApiEndpoint?: string
}

/** Project and dataset ids, as BigQuery allows them. */
const BIGQUERY = /^bigquery:\/\/([a-z][a-z0-9-]{1,61}[a-z0-9])\/([A-Za-z0-9_]{1,1024})$/

/** Opens nothing yet: a missing folder or dataset is met by the first call. `memory:` is a new, empty sink each time. */
export function openSink(uri: string, { bigqueryApiEndpoint }: OpenSinkOptions = {}): Sink {
  if (uri === 'none') return openNone()
  if (uri === 'memory:') return openMemorySink()
  const path = uri.startsWith('sqlite:') ? uri.slice('sqlite:'.length) : ''
  // The two threads of that sink would each have a memory of their own.
  if (path !== '' && path !== ':memory:' && !path.includes('\0')) return openSqlite({ path })
  const [, project, dataset] = BIGQUERY.exec(uri) ?? []
  if (project !== undefined) return openBigQuery({ project, dataset, apiEndpoint: bigqueryApiEndpoint })
  const allowed = 'sqlite:FILE such as sqlite:artifacts/treeline.db, bigquery://project/dataset, or none'
  throw new AppError('CONFIG', `sink address ${quoteValue(uri)} is not supported; allowed: ${allowed}`)
}
