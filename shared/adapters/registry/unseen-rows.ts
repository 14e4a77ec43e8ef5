/**
 * Which of the rows that two models are judged on neither was trained on. All of them, when they are the challenger's
 * held-out rows and both were made from the same table with the same split; else what both versions' trained_rows.bin say.
 * Rows are told apart by their features, and both models' rows are left out alike: else the one would be spared the rows that
 * the other is judged on. Without the champion's file only the champion may be flattered, which promotes nobody; without the
 * challenger's no row is left out, for the champion would be the one that is spared.
 */
import { isDeepStrictEqual } from 'node:util'
import type { ContractDocument } from '../../core/contract/contract-document.ts'
import { AppError } from '../../core/errors.ts'
import type { ModelManifest } from '../../core/model/manifest.ts'
import type { FeatureMatrix } from '../../core/preprocess/preprocessor.ts'
import type { RunDocument } from '../../core/train/run.ts'
import { TRAINED_ROWS_FILE, unseenRows } from '../../core/train/trained-rows.ts'
import { parseRunYaml } from '../files/read-run.ts'
import { type ModelStore, RUN_FILE } from './model-store.ts'

/** What decides which rows of which table are held out. */
export interface HeldOutBy extends Pick<RunDocument, 'data_sha256' | 'test_size' | 'seed'> {
  readonly target: ContractDocument['target']
}

export function heldOutBy({ data_sha256, test_size, seed }: RunDocument, { target }: ContractDocument): HeldOutBy {
  return { data_sha256, test_size, seed, target }
}

export interface Contender {
  readonly manifest: ModelManifest
  /** The rows as this model reads them. */
  readonly matrix: FeatureMatrix
}

export interface UnseenRows {
  /** Rising; absent: all. */
  readonly kept?: Uint32Array
  /** For the report, where not all rows are known to be new to both. */
  readonly note?: string
}

export async function findUnseenRows(
  store: ModelStore,
  contenders: readonly [champion: Contender, challenger: Contender],
  split: HeldOutBy | undefined,
): Promise<UnseenRows> {
  const [{ manifest: champion, matrix }, { manifest: challenger }] = contenders
  if (split?.data_sha256 !== undefined && isDeepStrictEqual(await splitOf(store, champion), split)) return {}
  if (!tellsItsRows(challenger)) return { note: mayHaveSeen('one of the two') }
  const unseen: Uint8Array[] = []
  for (const { manifest, matrix: own } of contenders) {
    if (tellsItsRows(manifest)) unseen.push(unseenRows(await store.readFile(manifest, TRAINED_ROWS_FILE), own))
  }
  const rows = Uint32Array.from({ length: matrix.rowCount }, (_, row) => row)
  const kept = rows.filter(row => unseen.every(own => own[row] === 1))
  const leftOut = `${rows.length - kept.length} of ${rows.length} rows are left out, for one of the two was trained on such a row`
  const notes = [
    ...(kept.length === rows.length ? [] : [leftOut]),
    ...(tellsItsRows(champion) ? [] : [mayHaveSeen('the champion')]),
  ]
  return notes.length === 0 ? {} : { kept, note: notes.join('; ') }
}

const mayHaveSeen = (who: string) => `${who} may have been trained on some of these rows, which flatters it`

function tellsItsRows({ files }: ModelManifest): boolean {
  return Object.hasOwn(files, TRAINED_ROWS_FILE)
}

/** undefined: its run cannot be read any more. */
async function splitOf(store: ModelStore, manifest: ModelManifest): Promise<HeldOutBy | undefined> {
  const bytes = await store.readFile(manifest, RUN_FILE)
  try {
    return heldOutBy(parseRunYaml(bytes, `${manifest.version}/${RUN_FILE}`), manifest.contract)
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_RUN') return undefined
    throw error
  }
}
