/**
 * One function as a folder that deploys as it is: index.js with everything it uses inside, a package.json, the Functions
 * Framework as one file, and of onnxruntime the files of one platform. Nothing is installed at deployment, and an SDK runs
 * when it is first needed.
 */
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)

/** What Cloud Run and Cloud Functions run on. */
const CLOUD_PLATFORM: Platform = { os: 'linux', cpu: 'x64' }

/** In Node's words: process.platform and process.arch. */
export interface Platform {
  readonly os: string
  readonly cpu: string
}

interface Contents {
  /** Packages that this function never comes to import, each by its lazy import in the code that it shares with the others. */
  readonly leftOut: readonly string[]
  /** true: with onnxruntime, whose native library cannot be bundled. */
  readonly scores?: boolean
  /** true: with the contracts, which are needed before there is a champion. */
  readonly readsContracts?: boolean
}

const MONITORING = ['@google-cloud/monitoring', '@grpc/grpc-js']
const ONNXRUNTIME = 'onnxruntime-node'
const FRAMEWORK = '@google-cloud/functions-framework'

export const FUNCTIONS = {
  predict: { leftOut: MONITORING, scores: true },
  health: { leftOut: [...MONITORING, ONNXRUNTIME, '@google-cloud/bigquery'] },
  drift: { leftOut: [ONNXRUNTIME], readsContracts: true },
  monitor: { leftOut: [ONNXRUNTIME] },
} as const satisfies Readonly<Record<string, Contents>>

export type FunctionName = keyof typeof FUNCTIONS

/** Written first. gcloud leaves node_modules behind unless a file of this name says nothing of it. */
export const BUILD_MARK = '.gcloudignore'

export interface BundleOptions {
  /** Is emptied first. */
  readonly folder: string
  readonly platform?: Platform
}

/** Writes the folder and gives its size in bytes. */
export async function bundleFunction(
  name: FunctionName,
  { folder, platform = CLOUD_PLATFORM }: BundleOptions,
): Promise<number> {
  const { leftOut, scores = false, readsContracts = false }: Contents = FUNCTIONS[name]
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, BUILD_MARK), '# Everything here is deployed, node_modules included.\n')
  await writeCode(name, folder, scores ? [...leftOut, ONNXRUNTIME] : leftOut)
  const modules = join(folder, 'node_modules')
  const framework = await bundleFramework(modules)
  const onnxruntime = scores ? await copyOnnxruntime(modules, platform) : {}
  await writeJson(join(folder, 'package.json'), {
    name: `treeline-${name}`,
    private: true,
    type: 'module',
    main: 'index.js',
    // The major version that everything was tested with: a build takes the latest that fits.
    engines: { node: '24.x' },
    dependencies: { ...framework, ...onnxruntime },
  })
  // For a build that installs the package anew: its install script would fetch a GPU library of 300 MB.
  if (scores) await writeFile(join(folder, '.npmrc'), 'onnxruntime-node-install=skip\n')
  if (readsContracts) await cp(join(ROOT, 'data/contracts'), join(folder, 'data/contracts'), { recursive: true })
  return sizeOf(folder)
}

const WHOLE = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Identifiers stay, so that the stacks of errors can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'error',
} as const

/** What CommonJS packages expect around them. */
const COMMONJS = [
  "import { createRequire as makeRequire } from 'node:module'",
  'const require = makeRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname',
].join('\n')

async function writeCode(name: FunctionName, folder: string, external: readonly string[]): Promise<void> {
  await build({
    ...WHOLE,
    stdin: { contents: `export { ${name} } from './functions/index.ts'`, resolveDir: ROOT, sourcefile: `${name}.js` },
    absWorkingDir: ROOT,
    // One file: with splitting, the chunk of a CommonJS package would have no named exports.
    outfile: join(folder, 'index.js'),
    format: 'esm',
    external: [...external],
    banner: { js: COMMONJS },
  })
}

/**
 * The framework that the functions are tested with; the buildpack would bring one two major versions older. Its command is
 * one file, and so is the package that it imports where esbuild cannot see it. Gives the dependency to declare.
 */
async function bundleFramework(modules: string): Promise<Record<string, string>> {
  const source = join(dirname(require.resolve(FRAMEWORK)), '../..')
  const { version, license } = await readManifest(source)
  const main = 'index.js'
  const target = join(modules, FRAMEWORK)
  await build({
    ...WHOLE,
    format: 'cjs',
    entryPoints: [join(source, 'build/src/main.js')],
    outfile: join(target, main),
  })
  await writeJson(join(target, 'package.json'), {
    name: FRAMEWORK,
    version,
    license,
    bin: { 'functions-framework': main },
  })

  const hidden = 'read-package-up'
  const stdin = { contents: `export { readPackageUp } from '${hidden}'`, resolveDir: source }
  await build({ ...WHOLE, format: 'cjs', stdin, outfile: join(modules, hidden, main) })
  await writeJson(join(modules, hidden, 'package.json'), { name: hidden, main })
  return { [FRAMEWORK]: version }
}

/**
 * The parts of onnxruntime that run. The manifests are written anew without install scripts, so that `npm rebuild`, which
 * the buildpack runs over a node_modules it is given, has nothing to download. Gives the dependency to declare.
 */
async function copyOnnxruntime(modules: string, { os, cpu }: Platform): Promise<Record<string, string>> {
  const source = join(dirname(require.resolve(ONNXRUNTIME)), '..')
  const { version, main, license } = await readManifest(source)
  const target = join(modules, ONNXRUNTIME)
  await copyJavaScript(join(source, 'dist'), join(target, 'dist'))
  const native = join('bin/napi-v6', os, cpu)
  await cp(join(source, native), join(target, native), { recursive: true })
  await writeJson(join(target, 'package.json'), { name: ONNXRUNTIME, version, license, main })

  const common = 'onnxruntime-common'
  // Its main file is dist/cjs/index.js.
  const commonSource = join(dirname(createRequire(join(source, 'package.json')).resolve(common)), '../..')
  const manifest = await readManifest(commonSource)
  await copyJavaScript(join(commonSource, 'dist/cjs'), join(modules, common, 'dist/cjs'))
  await writeJson(join(modules, common, 'package.json'), {
    name: common,
    version: manifest.version,
    license: manifest.license,
    main: manifest.main,
  })
  return { [ONNXRUNTIME]: version }
}

async function readManifest(folder: string): Promise<{ version: string; main: string; license: string }> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}

/** Without types and source maps. A folder's own package.json says which module system its files are in. */
async function copyJavaScript(from: string, to: string): Promise<void> {
  const runs = (path: string) => !/\.\w+$/.test(path) || /\.js$|package\.json$/.test(path)
  await cp(from, to, { recursive: true, filter: runs })
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`)
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  const sizes = await Promise.all(files.map(async file => (await stat(join(file.parentPath, file.name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
