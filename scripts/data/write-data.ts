/**
 * Writes the seeded files of every contract that has a generator; a file is replaced whole or not at all. A generator is
 * found by its contract's name, so a new dataset changes nothing here.
 */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openLocal } from '../../shared/adapters/storage/local.ts'
import { AppError, quoteValue } from '../../shared/core/errors.ts'
import type { Generate } from './generated-data.ts'

export interface WriteDataOptions {
  /** Folder, made when absent. */
  readonly out: string
  readonly seed: number
  /** One contract's name; absent: all that have a generator. */
  readonly contract?: string
}

export interface WrittenData {
  readonly contract: string
  /** ROC-AUC of the true probability: what the best possible model would reach. */
  readonly best_roc_auc: number
  readonly files: readonly { readonly path: string; readonly rows: number; readonly bytes: number }[]
}

export const DEFAULT_DATA = Object.freeze({ out: 'data', seed: 1 })

const CONTRACTS = join(import.meta.dirname, '../../data/contracts')

export async function writeData({ out, seed, contract }: WriteDataOptions): Promise<WrittenData[]> {
  const names = await generatorNames()
  if (contract !== undefined && !names.includes(contract)) {
    throw new AppError('USAGE', `no generator for contract ${quoteValue(contract)}; allowed: ${names.join(', ')}`)
  }
  const storage = openLocal({ root: out })
  const written: WrittenData[] = []
  for (const name of names.filter(name => contract === undefined || name === contract)) {
    const { generate } = (await import(generatorFile(name))) as { generate: Generate }
    const { files, bestRocAuc } = generate(seed)
    const sizes = []
    for (const { name: file, rows, text } of files) {
      const bytes = new TextEncoder().encode(text)
      await storage.write(file, bytes)
      sizes.push({ path: join(out, file), rows, bytes: bytes.length })
    }
    written.push({ contract: name, best_roc_auc: bestRocAuc, files: sizes })
  }
  return written
}

/** Contracts in data/contracts that have a generator, sorted. */
export async function generatorNames(): Promise<string[]> {
  const files = await readdir(CONTRACTS)
  const names = files.filter(file => file.endsWith('.yaml')).map(file => file.slice(0, -'.yaml'.length))
  return names.filter(name => existsSync(generatorFile(name))).sort()
}

function generatorFile(contract: string): string {
  return join(import.meta.dirname, `${contract}.ts`)
}
