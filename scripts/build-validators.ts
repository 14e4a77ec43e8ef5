/**
 * Compiles the schemas of contract and run into the validators that are committed beside them:
 * `npm run build:validators`. A test compiles them again and compares the bytes.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

export interface Validator {
  /** From the root, without `.schema.json` or `.validator.js`. */
  readonly stem: string
  /** The exported function. */
  readonly name: string
  /** true: what the schema gives a default is filled in while it is checked. */
  readonly useDefaults: boolean
}

export const VALIDATORS: readonly Validator[] = [
  { stem: 'shared/core/contract/contract', name: 'isContractDocument', useDefaults: false },
  { stem: 'shared/core/train/run', name: 'isRunDocument', useDefaults: true },
]

export function pathOf({ stem }: Validator): string {
  return join(ROOT, `${stem}.validator.js`)
}

/** What every validator is compiled with: the words of a refusal need `allErrors` and `verbose` (schema-problems.ts). */
export function ajvOf({ useDefaults }: Validator): Ajv2020 {
  return new Ajv2020({
    allErrors: true,
    verbose: true,
    // A slip in the schema itself throws here; ajv would only log it.
    strictTypes: true,
    allowUnionTypes: true,
    useDefaults,
    code: { source: true, esm: true },
  })
}

export async function readSchema({ stem }: Validator): Promise<{ $id: string }> {
  return JSON.parse(await readFile(join(ROOT, `${stem}.schema.json`), 'utf8'))
}

/** The text of the validator for the schema as it is now. */
export async function buildValidator(validator: Validator): Promise<string> {
  const schema = await readSchema(validator)
  const ajv = ajvOf(validator)
  ajv.addSchema(schema)
  const { outputFiles } = await build({
    // The code that ajv writes requires two small parts of ajv, which become part of it here.
    stdin: { contents: standalone.default(ajv, { [validator.name]: schema.$id }), resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2024',
    // Names of modules in the output would tell where node_modules is.
    minify: true,
    legalComments: 'none',
    write: false,
    banner: { js: `/** Made by \`npm run build:validators\` from ${schema.$id}. */` },
  })
  return outputFiles[0].text
}

if (import.meta.main) {
  for (const validator of VALIDATORS) await writeFile(pathOf(validator), await buildValidator(validator))
}
