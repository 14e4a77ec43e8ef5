/**
 * POST /drift: two samples in, the drift report out, the same one that `npm run drift` writes. Each sample is rows in the
 * body or a key inside the configured store; without a reference the champion's profile is, and without a current sample
 * what the champion served. GET /drift: the latest report, which the sink keeps, or else the store. The model never scores
 * here, so this function carries no onnxruntime.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type DriftChampion,
  readDriftChampion,
  readReferenceProfile,
} from '../shared/adapters/drift/champion-scorer.ts'
import { driftOfServed, SERVED_DAYS } from '../shared/adapters/drift/drift-of-served.ts'
import { type Sample, sampleOf } from '../shared/adapters/drift/read-sample.ts'
import { MAX_ROWS } from '../shared/adapters/http/endpoint.ts'
import type { Handler } from '../shared/adapters/http/handler.ts'
import type { Log } from '../shared/adapters/http/log.ts'
import { type Monitoring, publishedFields } from '../shared/adapters/monitoring/cloud-monitoring.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import { latestInSink, type Records } from '../shared/adapters/sinks/records.ts'
import type { Storage } from '../shared/adapters/storage/storage.ts'
import { lenientTableOfRows, readLenientTable } from '../shared/adapters/tables/lenient-table.ts'
import type { Contract } from '../shared/core/contract/contract.ts'
import { compareProfiles } from '../shared/core/drift/compare.ts'
import type { Profile } from '../shared/core/drift/profile.ts'
import type { DriftReport, SampleInfo } from '../shared/core/drift/report.ts'
import { AppError, quoteValue } from '../shared/core/errors.ts'
import { driftGauges } from '../shared/core/monitor/gauges.ts'
import { DRIFT_KEY } from './monitor.ts'
import { isStoreKey, readStoreKey } from './store-key.ts'

/** The most bytes of a sample that lies in the store. */
export const MAX_SAMPLE_BYTES = 64 * 1024 * 1024

export interface DriftDeps {
  /** What keys lead into, and where the latest report is kept when the sink does not take it. */
  readonly storage: Pick<Storage, 'read' | 'readRange' | 'write'>
  readonly store: ModelStore
  /** The configured contract, for the time before there is a champion. */
  readonly loadContract: () => Promise<Contract>
  readonly now: () => Date
  readonly log: Pick<Log, 'error'>
  /** Absent: the report's numbers are published nowhere. */
  readonly publish?: Monitoring['publish']
  /** Absent: there is no sink. */
  readonly records?: Records
}

/** A side of the comparison, ready. */
interface Side {
  readonly profile: Profile
  readonly source: Omit<SampleInfo, 'rows'>
}

export function makeDrift(deps: DriftDeps): Handler {
  return async ({ body }) => {
    const { current, ...parts } = partsOf(body)
    const report =
      current === undefined
        ? await driftOfServed({ ...deps, days: parts.days })
        : await compareSamples({ ...parts, current }, deps)
    const [published] = await Promise.all([deps.publish?.(driftGauges(report)), keepReport(report, deps)])
    const { reference: from, current: to } = report.details
    const seen = { overall_drift: report.overall_drift, rows: to.rows, reference_rows: from.rows }
    return { status: 200, body: report, log: { ...seen, ...publishedFields(published) } }
  }
}

async function compareSamples(parts: Samples, deps: DriftDeps): Promise<DriftReport> {
  const champion = await championIfAny(deps.store)
  const contract = champion?.contract ?? (await deps.loadContract())
  const reference =
    parts.reference === undefined
      ? await ownReference(deps.store, champion)
      : await readSide('reference', parts.reference, contract, deps)
  const current = await readSide('current', parts.current, contract, deps)
  return compareProfiles(reference.profile, current.profile, {
    contract,
    createdAt: deps.now().toISOString(),
    sources: { reference: reference.source, current: current.source },
    whyNoScores: 'answers to a sample are not compared over HTTP; npm run drift compares them',
  })
}

export function makeLatestDrift({ storage, records, log }: Pick<DriftDeps, 'storage' | 'records' | 'log'>): Handler {
  return async () => {
    const kept = await latestInSink(records, log)
    if (kept !== undefined) return { status: 200, body: JSON.parse(kept) }
    try {
      const bytes = await readStoreKey(DRIFT_KEY, key => storage.read(key))
      return { status: 200, body: JSON.parse(new TextDecoder().decode(bytes)) }
    } catch (cause) {
      if (cause instanceof SyntaxError) {
        throw new AppError('STORAGE_FAILED', `${DRIFT_KEY} is not JSON; POST /drift writes a new one`, { cause })
      }
      if (!(cause instanceof AppError && cause.code === 'NOT_FOUND')) throw cause
      throw new AppError('NOT_FOUND', 'there is no drift report yet; POST /drift makes one', { cause })
    }
  }
}

/** Resolves when there is a contract to compare by. */
export function makeDriftCheck({ store, loadContract }: Pick<DriftDeps, 'store' | 'loadContract'>) {
  return async (): Promise<void> => {
    if (!(await championIfAny(store))) await loadContract()
  }
}

/** A champion that is damaged is an error: its contract would be the one to compare by. */
async function championIfAny(store: ModelStore): Promise<DriftChampion | undefined> {
  try {
    return await readDriftChampion(store)
  } catch (error) {
    if (error instanceof AppError && error.code === 'NO_CHAMPION') return undefined
    throw error
  }
}

async function ownReference(store: ModelStore, champion: DriftChampion | undefined): Promise<Side> {
  if (champion === undefined) {
    const message = 'there is no reference in the request, and no champion whose profile could be one'
    throw new AppError('NO_CHAMPION', message)
  }
  const { version } = champion.manifest
  return { profile: await readReferenceProfile(store, champion), source: { kind: 'profile', source: version } }
}

/** Rows, or a key of the store. */
type SampleBody = readonly unknown[] | string

interface Samples {
  /** Absent: the champion's profile. */
  readonly reference?: SampleBody
  readonly current: SampleBody
}

/** Without a current sample: what was served. */
interface Parts extends Partial<Samples> {
  readonly days?: number
}

const PARTS = ['reference', 'current', 'days']

/** No body at all is `{}`: a scheduler's empty POST asks for what was served. */
function partsOf(body: unknown = {}): Parts {
  const allowed =
    'send an object with current, and reference or not, each a list of rows or a key of the store; or {}, with days or not, for what was served'
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AppError('USAGE', `the body is ${quoteValue(body)}; ${allowed}`)
  }
  const stranger = Object.keys(body).find(name => !PARTS.includes(name))
  if (stranger !== undefined) throw new AppError('USAGE', `the body has the key ${quoteValue(stranger)}; ${allowed}`)
  const { days, ...samples } = body as Readonly<Record<string, unknown>>
  if (samples.current === undefined && samples.reference !== undefined) {
    throw new AppError(
      'USAGE',
      `reference is there and current is not; what was served is compared with the champion's profile only; ${allowed}`,
    )
  }
  if (days !== undefined) checkDays(days, samples.current)
  for (const [name, value] of Object.entries(samples)) {
    if (Array.isArray(value) || isStoreKey(value)) continue
    const samples = 'a list of rows, or a key of the store such as "samples/today.csv"'
    throw new AppError('USAGE', `${name} is ${quoteValue(value)}; allowed: ${samples}`)
  }
  return body as Parts
}

function checkDays(days: unknown, current: unknown): void {
  const { most } = SERVED_DAYS
  if (!(Number.isInteger(days) && (days as number) >= 1 && (days as number) <= most)) {
    throw new AppError('USAGE', `days is ${quoteValue(days)}; allowed: a whole number from 1 to ${most}`)
  }
  if (current !== undefined) {
    throw new AppError(
      'USAGE',
      'days and current are both there; allowed: days, for what was served, or a current sample',
    )
  }
}

async function readSide(name: string, sample: SampleBody, contract: Contract, { storage }: DriftDeps): Promise<Side> {
  if (typeof sample !== 'string') {
    return { profile: sampleOfRows(name, sample, contract).profile, source: { kind: 'table', source: 'request' } }
  }
  const bytes = await readBounded(name, sample, storage)
  // Other requests get their turn between two pieces: where all functions share a process, predict is one of them.
  const table = await readLenientTable({ path: sample, bytes, beforeMore: nextTurn }, contract)
  const { profile } = sampleOf(table, contract)
  return { profile, source: { kind: 'table', source: sample } }
}

function sampleOfRows(name: string, rows: readonly unknown[], contract: Contract): Sample {
  if (rows.length === 0) {
    const message = `${name} is an empty list; send at least one row`
    throw new AppError('INVALID_ROWS', message, { problems: [{ code: 'empty_request', message }] })
  }
  if (rows.length > MAX_ROWS) {
    const [came, limit] = [rows.length, MAX_ROWS].map(count => count.toLocaleString('en'))
    const hint = 'put more into the store and send their key'
    throw new AppError('PAYLOAD_TOO_LARGE', `${name} may have ${limit} rows; it has ${came}; ${hint}`)
  }
  return sampleOf(lenientTableOfRows(rows, contract, name), contract)
}

async function readBounded(name: string, key: string, storage: DriftDeps['storage']): Promise<Uint8Array> {
  let bytes: Uint8Array
  try {
    bytes = await readStoreKey(key, wanted => storage.readRange(wanted, 0, MAX_SAMPLE_BYTES + 1))
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error
    throw new AppError('USAGE', `${name}: ${error.message}`, { cause: error })
  }
  if (bytes.length <= MAX_SAMPLE_BYTES) return bytes
  const limit = MAX_SAMPLE_BYTES / 1024 / 1024
  throw new AppError('PAYLOAD_TOO_LARGE', `${name}: ${key} is larger than ${limit} MB; npm run drift reads it`)
}

/** The answer is worth more than its copy: what cannot be written is logged, and the client gets the report. */
async function keepReport(report: DriftReport, { storage, log, records }: DriftDeps): Promise<void> {
  if (await records?.keepDrift(report)) return
  try {
    await storage.write(DRIFT_KEY, new TextEncoder().encode(`${JSON.stringify(report)}\n`))
  } catch (error) {
    log.error('the drift report could not be kept; GET /drift answers with the one before', error)
  }
}
