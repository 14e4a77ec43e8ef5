/**
 * Model versions and their champion in a Storage: `<version>/<file>`, `<version>/model.json`, `champion.<n>.json`.
 * A version exists once its model.json does, which is written last; nothing is ever changed. So a writer killed at any
 * moment leaves the old champion served and no half version in sight.
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { AppError, quoteValue } from '../../core/errors.ts'
import { type FileRecord, MANIFEST_FILE, type ModelManifest } from '../../core/model/manifest.ts'
import type { GateReport } from '../../core/train/gate.ts'
import type { Storage } from '../storage/storage.ts'
import {
  type Asked,
  type ChampionPointer,
  type PromotionVerdict,
  parsePointer,
  pointerIsGone,
  pointerKey,
  pointerNumbers,
} from './champion-pointer.ts'
import {
  appendRefusal,
  championOfLastRefusal,
  type Decision,
  type PromotionLog,
  type Refusal,
  readPromotionLog,
} from './decision.ts'
import { parseManifest } from './parse-manifest.ts'
import { readAll } from './read-all.ts'
import { sweepRegistry } from './sweep-registry.ts'
import { compareVersions, isVersion, versionNumber, versionPrefix } from './version-name.ts'

export interface PublishRequest {
  /** UTC, YYYYMMDD. */
  readonly date: string
  /** Lower-case letters, digits and '-'. */
  readonly gitSha: string
  /** Every file but model.json, by name; run.yaml is one of them. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Further files, whose content names the version. */
  readonly filesFor?: (version: string) => Promise<ReadonlyMap<string, Uint8Array>>
  /** Makes model.json, once the version's name is known. */
  readonly describe: (version: string, files: Readonly<Record<string, FileRecord>>) => ModelManifest
}

export interface Promotion {
  /** ISO 8601, UTC. */
  readonly at: string
  readonly by: string
  readonly reason: string
  /** The number of the champion this was decided against (0: none); CONFLICT when there is another by now. */
  readonly expect?: number
  /** Absent: somebody decided, past the gate. */
  readonly verdict?: PromotionVerdict
  /** The numbers, where the gate was asked. */
  readonly gate?: GateReport
  /** Absent where `by` is who asked. */
  readonly asked?: Asked
}

export interface ModelStore {
  readonly uri: string
  /** Writes a new version under the next free name. It is not champion until it is promoted. */
  publish(request: PublishRequest): Promise<ModelManifest>
  /** Makes a version champion, after checking every file of it. Of several at once one wins, the others get CONFLICT. */
  promote(version: string, promotion: Promotion): Promise<ChampionPointer>
  /** Number of the newest promotion, without reading it; 0: there is none. */
  championNumber(): Promise<number>
  /** Number of the newest promotion that is known of: larger where the log tells of pointers that are gone. */
  lastChampionNumber(): Promise<number>
  /** undefined: nothing has been promoted yet. */
  champion(): Promise<ChampionPointer | undefined>
  /** Every promotion that can be read, oldest first. Throws MODEL_CORRUPT when the newest cannot. */
  history(): Promise<ChampionPointer[]>
  /** Writes down that a version was not promoted. */
  refuse(refusal: Refusal): Promise<Decision>
  /** Every decision, with its numbers: promotions and refusals. */
  log(): Promise<PromotionLog>
  /** Complete versions by date, revision and N. */
  versions(): Promise<string[]>
  /** The model.json of a version; given a pointer, it must also be the one that was promoted. */
  manifest(of: string | ChampionPointer): Promise<ModelManifest>
  /** The bytes of a file, equal to the SHA-256 recorded for it. */
  readFile(manifest: ModelManifest, name: string): Promise<Uint8Array>
  /** Removes what trainings killed long before `now` left (sweep-registry.ts). */
  sweep(now: Date): Promise<void>
}

/** Creating this file, which every version has, reserves the version's name. */
export const RUN_FILE = 'run.yaml'

export function openModelStore(storage: Storage): ModelStore {
  return {
    uri: storage.uri,
    publish: request => publish(storage, request),
    promote: (version, promotion) => promote(storage, version, promotion),
    championNumber: () => newestPointer(storage),
    lastChampionNumber: () => lastChampionNumber(storage),
    champion: () => readChampion(storage),
    history: () => readHistory(storage),
    refuse: refusal => appendRefusal(storage, refusal),
    log: () => readPromotionLog(storage),
    versions: () => listVersions(storage),
    manifest: async of =>
      typeof of === 'string' ? (await readManifest(storage, of)).manifest : readPromoted(storage, of),
    readFile: (manifest, name) => readFile(storage, manifest, name),
    sweep: now => sweepRegistry(storage, { now, reservation: RUN_FILE }),
  }
}

async function publish(storage: Storage, request: PublishRequest): Promise<ModelManifest> {
  const run = request.files.get(RUN_FILE)
  if (!run) throw new Error(`a model version needs ${RUN_FILE} among its files`)
  if (request.files.has(MANIFEST_FILE)) throw new Error(`${MANIFEST_FILE} is made by publish, not given to it`)

  const version = await reserveVersion(storage, versionPrefix(request.date, request.gitSha), run)
  const files = new Map([...request.files, ...((await request.filesFor?.(version)) ?? [])])
  const records = Object.fromEntries([...files].map(([name, content]) => [name, recordOf(content)]))
  const bytes = toJson(request.describe(version, records))
  // Read back by the parser, so that nothing is published that could not be loaded.
  const manifest = parseManifest(version, bytes)
  if (!isDeepStrictEqual(manifest.files, records)) throw new Error(`the description of ${version} changes its files`)
  for (const [name, content] of files) {
    if (name !== RUN_FILE) await storage.write(`${version}/${name}`, content, { ifAbsent: true })
  }
  await storage.write(`${version}/${MANIFEST_FILE}`, bytes, { ifAbsent: true })
  return manifest
}

/** The first free name, taken by creating its run.yaml. Names of versions that never got complete are not reused. */
async function reserveVersion(storage: Storage, prefix: string, run: Uint8Array): Promise<string> {
  const taken = (await storage.list(prefix)).map(key => key.split('/')[0]).filter(isVersion)
  let n = 1 + Math.max(0, ...taken.map(versionNumber))
  for (;;) {
    try {
      await storage.write(`${prefix}${n}/${RUN_FILE}`, run, { ifAbsent: true })
      return `${prefix}${n}`
    } catch (error) {
      // Someone else took n in this moment: each round one of the writers gets a name, so this ends.
      if (!(error instanceof AppError && error.code === 'CONFLICT')) throw error
      n++
    }
  }
}

async function promote(storage: Storage, version: string, promotion: Promotion): Promise<ChampionPointer> {
  // Not a lost pointer's number: whoever has read that one could not tell the two apart.
  const current = await lastChampionNumber(storage)
  if (promotion.expect !== undefined && promotion.expect !== current) throw await lostRace(storage, version, current)
  const { manifest, sha256 } = await readManifest(storage, version)
  for (const name of Object.keys(manifest.files)) await readFile(storage, manifest, name)
  const pointer: ChampionPointer = {
    n: current + 1,
    version,
    manifest_sha256: sha256,
    promoted_at: promotion.at,
    by: promotion.by,
    reason: promotion.reason,
    previous: await versionOf(storage, current),
    verdict: promotion.verdict ?? (current === 0 ? 'first' : 'forced'),
    gate: promotion.gate,
    asked: promotion.asked,
  }
  try {
    await storage.write(pointerKey(pointer.n), toJson(pointer), { ifAbsent: true })
  } catch (error) {
    if (error instanceof AppError && error.code === 'CONFLICT') throw await lostRace(storage, version, current)
    throw error
  }
  return pointer
}

/** `last`: the number of the newest promotion that was known of. */
async function lostRace(storage: Storage, version: string, last: number): Promise<AppError> {
  const now = await readChampion(storage)
  if (last > (now?.n ?? 0)) {
    return new AppError('CONFLICT', `model version ${version} was not promoted: ${pointerIsGone(last)}`)
  }
  const champion = now
    ? `${now.version} is champion number ${now.n} (promoted by ${now.by} at ${now.promoted_at})`
    : 'there is no champion'
  return new AppError(
    'CONFLICT',
    `model version ${version} was not promoted: by now ${champion}; compare with that one and promote again`,
  )
}

/** A damaged or lost pointer does not stop its own replacement; it is only not named in it. */
async function versionOf(storage: Storage, n: number): Promise<string | undefined> {
  try {
    return n === 0 ? undefined : (await readPointer(storage, n)).version
  } catch (error) {
    if (error instanceof AppError && ['MODEL_CORRUPT', 'NOT_FOUND'].includes(error.code)) return undefined
    throw error
  }
}

async function lastChampionNumber(storage: Storage): Promise<number> {
  return Math.max(await championOfLastRefusal(storage), await newestPointer(storage))
}

async function newestPointer(storage: Storage): Promise<number> {
  return (await listPointers(storage)).at(-1) ?? 0
}

async function listPointers(storage: Storage): Promise<number[]> {
  return pointerNumbers(await storage.list('champion.'))
}

async function readChampion(storage: Storage): Promise<ChampionPointer | undefined> {
  const n = await newestPointer(storage)
  return n === 0 ? undefined : readPointer(storage, n)
}

/** A damaged one among the older ones is left out: it must not keep anyone from going back. */
async function readHistory(storage: Storage): Promise<ChampionPointer[]> {
  const numbers = await listPointers(storage)
  const read = await readAll(numbers, n => readPointer(storage, n))
  const newest = read.at(-1)
  if (typeof newest === 'string') throw new AppError('MODEL_CORRUPT', newest)
  return read.filter(pointer => typeof pointer !== 'string')
}

async function readPointer(storage: Storage, n: number): Promise<ChampionPointer> {
  return parsePointer(n, await storage.read(pointerKey(n)))
}

async function listVersions(storage: Storage): Promise<string[]> {
  const manifests = (await storage.list(''))
    .map(key => key.split('/'))
    .filter(([, file, ...below]) => file === MANIFEST_FILE && below.length === 0)
  return manifests
    .map(([version]) => version)
    .filter(isVersion)
    .sort(compareVersions)
}

async function readManifest(storage: Storage, version: string): Promise<{ manifest: ModelManifest; sha256: string }> {
  const bytes = isVersion(version) ? await readIfThere(storage, `${version}/${MANIFEST_FILE}`) : undefined
  if (!bytes) throw await unknownVersion(storage, version)
  return { manifest: parseManifest(version, bytes), sha256: recordOf(bytes).sha256 }
}

/** A champion was complete when it was promoted, so whatever is not as it was then is damage. */
async function readPromoted(storage: Storage, pointer: ChampionPointer): Promise<ModelManifest> {
  const bytes = await readIfThere(storage, `${pointer.version}/${MANIFEST_FILE}`)
  if (!bytes) throw missing(pointer.version, MANIFEST_FILE)
  // Parsed first: of a damaged file, what is wrong in it says more than two hashes.
  const manifest = parseManifest(pointer.version, bytes)
  const { sha256 } = recordOf(bytes)
  if (sha256 !== pointer.manifest_sha256) {
    throw mismatch(pointer.version, MANIFEST_FILE, pointer.manifest_sha256, sha256)
  }
  return manifest
}

async function unknownVersion(storage: Storage, version: string): Promise<AppError> {
  const newest = (await listVersions(storage)).slice(-5).reverse()
  const known = newest.length === 0 ? 'there is none yet' : `the newest are ${newest.join(', ')}`
  return new AppError(
    'NOT_FOUND',
    `model version ${quoteValue(version)} is not in ${storage.uri}, or not complete; ${known}`,
  )
}

async function readFile(storage: Storage, manifest: ModelManifest, name: string): Promise<Uint8Array> {
  const { version, files } = manifest
  if (!Object.hasOwn(files, name)) {
    const known = Object.keys(files).join(', ')
    throw new AppError('NOT_FOUND', `model version ${version} has no file ${quoteValue(name)}; it has: ${known}`)
  }
  const bytes = await readIfThere(storage, `${version}/${name}`)
  if (!bytes) throw missing(version, name)
  const { sha256 } = recordOf(bytes)
  if (sha256 !== files[name].sha256) throw mismatch(version, name, files[name].sha256, sha256)
  return bytes
}

async function readIfThere(storage: Storage, key: string): Promise<Uint8Array | undefined> {
  try {
    return await storage.read(key)
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

function toJson(value: ModelManifest | ChampionPointer): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)
}

function recordOf(bytes: Uint8Array): FileRecord {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }
}

function missing(version: string, name: string): AppError {
  const message = `model version ${version}: file ${name} is missing; restore the file or promote another version`
  return new AppError('MODEL_CORRUPT', message)
}

function mismatch(version: string, name: string, recorded: string, found: string): AppError {
  const hashes = `recorded ${recorded.slice(0, 12)}…, found ${found.slice(0, 12)}…`
  return new AppError(
    'MODEL_CORRUPT',
    `model version ${version}: file ${name} does not match its recorded SHA-256 (${hashes}); restore the file or promote another version`,
  )
}
