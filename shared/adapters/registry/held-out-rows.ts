/**
 * The rows that a version is judged on after its training: its held-out rows, found again from run.yaml (same table, same
 * seed, same rows), or all rows of another labelled table.
 */
import { join } from 'node:path'
import { type Contract, parseContract } from '../../core/contract/contract.ts'
import { AppError } from '../../core/errors.ts'
import { MANIFEST_FILE, type ModelManifest } from '../../core/model/manifest.ts'
import { encodeTable } from '../../core/preprocess/preprocessor.ts'
import { splitStratified } from '../../core/table/split.ts'
import { selectRows, type Table } from '../../core/table/table.ts'
import { labelsByClasses } from '../../core/table/target.ts'
import { sensitiveColumns } from '../../core/train/judge.ts'
import type { RunDocument } from '../../core/train/run.ts'
import { hashFile } from '../files/hash-file.ts'
import { parseRunYaml } from '../files/read-run.ts'
import { readLabelledTable } from '../tables/read-labelled.ts'
import { readTable } from '../tables/read-table.ts'
import type { ReadProgress } from '../tables/text-chunks.ts'
import type { Challenger } from './challenge.ts'
import { type ModelStore, RUN_FILE } from './model-store.ts'
import { scoreRows } from './score-rows.ts'
import { heldOutBy } from './unseen-rows.ts'

export interface JudgingTable {
  /** Folder that the run's data path starts from. */
  readonly root: string
  /** A labelled table, all of whose rows are judged on; absent: the version's own held-out rows. */
  readonly data?: string
  readonly onProgress?: ReadProgress
}

/** The version as a challenger, with its answers to those rows. */
export async function openChallenger(store: ModelStore, version: string, options: JudgingTable): Promise<Challenger> {
  const manifest = await store.manifest(version)
  const run = parseRunYaml(await store.readFile(manifest, RUN_FILE), `${version}/${RUN_FILE}`)
  const whole = parseContract(manifest.contract, `${version}/${MANIFEST_FILE}`)
  const { table, contract } =
    options.data === undefined
      ? await readHeldOut({ manifest, contract: whole, run }, options)
      : await readLabelledTable(options.data, whole, options.onProgress)
  const matrix = encodeTable(table, manifest.features)
  const probabilities = await scoreRows({ manifest, readFile: name => store.readFile(manifest, name) }, matrix)
  const labels = labelsByClasses(table, contract, manifest.classes)
  return {
    manifest,
    rows: { matrix, labels, probabilities, sensitive: sensitiveColumns(table, contract) },
    ...(options.data === undefined ? { heldOutBy: heldOutBy(run, manifest.contract) } : {}),
    rules: run.gate,
    seed: run.seed,
  }
}

interface TrainedFrom {
  readonly manifest: ModelManifest
  readonly contract: Contract
  readonly run: RunDocument
}

async function readHeldOut(
  { manifest, contract, run }: TrainedFrom,
  { root, onProgress }: JudgingTable,
): Promise<{ readonly table: Table; readonly contract: Contract }> {
  const { data = contract.data } = run
  const path = join(root, data)
  const hint = 'name a labelled table with --data'
  const hash = await hashFile(path).catch(cause => {
    const message = `${data}, which ${manifest.version} was trained on, cannot be read; ${hint}`
    throw new AppError('INVALID_TABLE', message, { cause })
  })
  if (run.data_sha256 !== undefined && run.data_sha256 !== hash) {
    const message = `${data} is not the table that ${manifest.version} was trained on; restore it, or ${hint}`
    throw new AppError('INVALID_TABLE', message)
  }
  const table = await readTable(path, contract, { columns: 'all', ...(onProgress ? { onProgress } : {}) })
  const labels = labelsByClasses(table, contract, manifest.classes)
  const { part } = splitStratified(labels, run.test_size, run.seed)
  return { table: selectRows(table, part), contract }
}
