/**
 * Compiles the trainer's kernels (AssemblyScript → WebAssembly) into the file that is committed beside them:
 * `npm run build:kernels`. A test compiles them again and compares the bytes.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { main } from 'assemblyscript/asc'

const FOLDER = join(import.meta.dirname, '../shared/core/gbt/kernels')
const OPTIONS = [
  ...['--runtime', 'stub', '--noAssert', '-O3', '--enable', 'threads,simd,bulk-memory'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '0', '--maximumMemory', '65536'],
]

/** The text of kernels.wasm.ts for the source as it is now. */
export async function buildKernels(): Promise<string> {
  let wasm = new Uint8Array()
  const { error, stderr } = await main(['kernels.ts', '--outFile', 'kernels.wasm', ...OPTIONS], {
    readFile: name => readFile(join(FOLDER, 'assembly', name), 'utf8').catch(() => null),
    writeFile: (name, contents) => {
      if (name === 'kernels.wasm' && typeof contents !== 'string') wasm = new Uint8Array(contents)
    },
    listFiles: () => [],
  })
  if (error) throw new Error(`AssemblyScript: ${error.message}\n${stderr.toString()}`)
  const base64 = Buffer.from(wasm).toString('base64')
  return [
    '/** Made by `npm run build:kernels` from assembly/kernels.ts: the WebAssembly module, base64. */',
    `export const KERNELS_WASM =\n  '${base64}'`,
    '',
  ].join('\n')
}

if (import.meta.main) await writeFile(join(FOLDER, 'kernels.wasm.ts'), await buildKernels())
