/** `npm run build`: one folder per function, ready to deploy. */
import { join } from 'node:path'
import { bundleFunction, FUNCTIONS, type FunctionName } from './bundle-function.ts'
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
      description: 'where the folders go; each is emptied',
      default: 'dist',
    },
  },
  async run({ out }, terminal) {
    await checkFolder(out, '--out')
    const sizes: Record<string, number> = {}
    for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
      sizes[name] = await bundleFunction(name, { folder: join(out, name) })
    }
    const lines = Object.entries(sizes).map(([name, bytes]) => `${join(out, name)}: ${(bytes / 1e6).toFixed(1)} MB`)
    terminal.result({ out, bytes: sizes }, lines.join('\n'))
  },
})

if (import.meta.main) await runCommand(buildCommand)
