/** The configured contract's seeded table at any length, written as a stream: many seeds, one after another. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { basename, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { parseConfig } from '../../functions/config.ts'
import { readContract } from '../../shared/adapters/files/read-contract.ts'
import type { Contract } from '../../shared/core/contract/contract.ts'
import type { Generate } from '../data/generated-data.ts'

export const ROOT = resolve(import.meta.dirname, '../..')

export function configuredContract(): Promise<Contract> {
  return readContract(parseConfig().contract, { root: ROOT })
}

/** Writes a CSV file with header; seeds count up from `firstSeed`, so far apart that no two files share one. */
export async function writeContractCsv(
  path: string,
  contract: Contract,
  { rows, firstSeed }: { readonly rows: number; readonly firstSeed: number },
): Promise<void> {
  const { generate } = (await import(`../data/${contract.name}.ts`)) as { generate: Generate }
  const out = createWriteStream(path)
  let written = 0
  for (let seed = firstSeed; written < rows; seed++) {
    const { text } = generate(seed).files.find(({ name }) => name === basename(contract.data)) ?? { text: '' }
    const [header, ...lines] = text.trimEnd().split('\n')
    if (written === 0) out.write(`${header}\n`)
    const part = lines.slice(0, rows - written)
    written += part.length
    if (!out.write(`${part.join('\n')}\n`)) await once(out, 'drain')
  }
  out.end()
  await finished(out)
}
