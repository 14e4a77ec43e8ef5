/** `npm run build`: one folder per function, ready to deploy. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, quoteValue } from '../shared/core/errors.ts'
import { BUILD_MARK, bundleFunction, FUNCTIONS, type FunctionName } from './bundle-function.ts'
import { checkFolder } from './check-folder.ts'
import { defineCommand, runCommand } from './cli.ts'

export const buildCommand = defineCommand({
  name: 'build',
  summary: 'Writes one folder per function that deploys as it is, for linux/x64.',
  example: 'npm run build -- --out dist',
  options: {
    out: {
      type: 'string',
      placeholder: 'FOLDER',
      description: 'where the folders go; those of an earlier build are emptied',
      default: 'dist',
    },
  },
  async run({ out }, terminal) {
    await checkFolder(out, '--out')
    const names = Object.keys(FUNCTIONS) as FunctionName[]
    for (const name of names) await refuseForeign(join(out, name), name)
    const sizes: Record<string, number> = {}
    for (const name of names) {
      sizes[name] = await bundleFunction(name, { folder: join(out, name) })
    }
    const lines = Object.entries(sizes).map(([name, bytes]) => `${join(out, name)}: ${(bytes / 1e6).toFixed(1)} MB`)
    terminal.result({ out, bytes: sizes }, lines.join('\n'))
  },
})

/** What is not of a build, such as shared/core/drift, is not emptied. A build that was cut off left its mark at least. */
async function refuseForeign(folder: string, name: FunctionName): Promise<void> {
  const files = await readdir(folder).catch((error): string[] => {
    if (error.code === 'ENOENT') return []
    throw new AppError('USAGE', `${quoteValue(folder)} cannot be read (${error.code}); allowed: a folder`, {
      cause: error,
    })
  })
  const manifest = files.includes('package.json') ? await readFile(join(folder, 'package.json'), 'utf8') : undefined
  const isOurs = manifest === undefined ? files.includes(BUILD_MARK) : manifest.includes(`"treeline-${name}"`)
  if (files.length === 0 || isOurs) return
  throw new AppError(
    'USAGE',
    `${quoteValue(folder)} has files that no build wrote; allowed: an empty folder, or one of an earlier build`,
  )
}

if (import.meta.main) await runCommand(buildCommand)
