/** Reads contract files: data/contracts/<name>.yaml, or any path. */
import { type Contract, parseContract } from '../../core/contract/contract.ts'
import { readYaml, resolveNamed } from './read-yaml.ts'

/** The contract called `nameOrFile`. `root` is the folder that holds data/contracts and that relative paths start from. */
export async function readContract(nameOrFile: string, { root }: { readonly root: string }): Promise<Contract> {
  const path = await resolveNamed(nameOrFile, 'data/contracts', root)
  return parseContract(await readYaml(path, { code: 'INVALID_CONTRACT' }), path)
}
