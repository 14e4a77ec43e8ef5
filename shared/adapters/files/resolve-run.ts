/**
 * From what the caller names to a run that says everything: contract, settings, table and the table's hash. Written beside
 * the model it replays the training, also when the contract's file has changed since.
 */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { type Contract, parseContract } from '../../core/contract/contract.ts'
import { AppError } from '../../core/errors.ts'
import { directionsText, familiesWithoutDirections } from '../../core/train/directions.ts'
import { overrideRun, parseRun, type RunDocument } from '../../core/train/run.ts'
import { hashFile } from './hash-file.ts'
import { readContract } from './read-contract.ts'
import { readRun } from './read-run.ts'
import { whyUnreadable } from './why-unreadable.ts'

export interface RunRequest {
  /** Folder that names and relative paths start from. */
  readonly root: string
  /** Name or file; absent: the run's. */
  readonly contract?: string
  /** Name or file; absent: the run of the contract's name, where there is one. */
  readonly run?: string
  /** Path; absent: the run's, else the contract's. */
  readonly data?: string
  /** The only family to try, or `all`; absent: the run's. */
  readonly family?: string
  /** Settings to search through; absent: the run's search, if it has one. */
  readonly tune?: number
  /** A sensitive column; absent: the run's. */
  readonly reweigh?: string
  /** Contract when neither the caller nor the run names one. */
  readonly defaultContract: string
}

export interface ResolvedRun {
  readonly contract: Contract
  readonly run: RunDocument
  /** Path of the training table, relative to root as it was written. */
  readonly data: string
  /** What the caller should know about it, one sentence each. */
  readonly remarks: readonly string[]
}

export async function resolveRun(request: RunRequest): Promise<ResolvedRun> {
  const { root } = request
  const named = request.run === undefined ? undefined : await readRun(request.run, { root })
  const contract = await resolveContract(request, named)
  const written = named ?? (await ownRun(contract, root))
  const leftOut = request.family === 'all' ? familiesWithoutDirections(contract) : []
  const run = overrideRun(written, { family: request.family, trials: request.tune, leftOut })
  const data = request.data ?? run.data ?? contract.data
  const hash = await hashTable(join(root, data), data, contract)
  // Another table given by hand is a new run with the same settings; the run's own table must be the very same.
  if (request.data === undefined && run.data_sha256 !== undefined && run.data_sha256 !== hash) {
    throw new AppError(
      'INVALID_RUN',
      `${data} is not the table this run was trained on (SHA-256 ${hash}, the run says ${run.data_sha256}); restore it, or name a table with --data`,
    )
  }
  const reweigh = request.reweigh === undefined ? {} : { reweigh: request.reweigh }
  const remarks =
    leftOut.length > 0 ? [`${leftOut.join(', ')} left out: they cannot keep ${directionsText(contract)}`] : []
  const said = { contract: contract.document, data, data_sha256: hash }
  return { contract, data, remarks, run: { ...run, ...reweigh, ...said } }
}

async function resolveContract(
  { contract, defaultContract, root, run: runName }: RunRequest,
  run: RunDocument | undefined,
): Promise<Contract> {
  if (contract === undefined && typeof run?.contract === 'object')
    return parseContract(run.contract, `${runName}: contract`)
  const named = contract ?? (typeof run?.contract === 'string' ? run.contract : undefined)
  return readContract(named ?? defaultContract, { root })
}

/** data/runs/<contract>.yaml, or the defaults alone. */
async function ownRun(contract: Contract, root: string): Promise<RunDocument> {
  const path = join(root, 'data/runs', `${contract.name}.yaml`)
  try {
    await access(path)
  } catch {
    return defaultRun(contract)
  }
  return readRun(path, { root: '' })
}

/** The schema's families, as far as they can keep the contract's directions. */
function defaultRun(contract: Contract): RunDocument {
  const run = parseRun({}, 'the default run')
  const leftOut = new Set<string>(familiesWithoutDirections(contract))
  const families = Object.fromEntries(Object.entries(run.families).filter(([name]) => !leftOut.has(name)))
  return { ...run, families }
}

async function hashTable(path: string, shown: string, contract: Contract): Promise<string> {
  try {
    return await hashFile(path)
  } catch (error) {
    const hint =
      shown === contract.data ? '; the contract has its table there (`npm run data` writes the seeded ones)' : ''
    throw new AppError('INVALID_TABLE', `${shown}: ${whyUnreadable(error)}${hint}`, { cause: error })
  }
}
