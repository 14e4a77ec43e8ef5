/**
 * The import order of shared/README.md, read from the source files themselves: core ← adapters ← functions ← scripts, and
 * the order inside core. Also: only its generator, its contract and its run know a dataset's name.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** Folders of core, lowest first. A file may import from its own row and the rows above it. */
const CORE_ORDER: readonly (readonly string[])[] = [
  ['.'],
  ['math'],
  ['table', 'contract'],
  ['preprocess', 'metrics'],
  ['gbt', 'dense', 'calibration', 'fairness', 'drift', 'monitor'],
  ['onnx', 'sink'],
  ['model'],
  ['explain'],
  ['train'],
  ['report'],
]

/** Tests and conformance suites may reach up: they run onnxruntime, for one. */
const isExempt = (path: string) => /\.(test|conformance|fixture|emulator)\.ts$/.test(path)

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts') && !isExempt(path))
    .map(path => `${folder}/${path}`)
}

/** Files that `file` imports by relative path, from the root; `import type` counts. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(match =>
    relative(ROOT, resolve(ROOT, dirname(file), match[1])),
  )
}

const layerOf = (path: string) =>
  path
    .split('/')
    .slice(0, path.startsWith('shared/') ? 2 : 1)
    .join('/')
const LAYERS = ['shared/core', 'shared/adapters', 'functions', 'scripts']

const coreFolder = (path: string) => (path.split('/').length === 3 ? '.' : path.split('/')[2])
const coreRank = (path: string) => CORE_ORDER.findIndex(row => row.includes(coreFolder(path)))

test('every layer imports only itself and the layers below it', () => {
  const files = LAYERS.flatMap(sources)
  expect(files.length).toBeGreaterThan(50)
  const broken = files.flatMap(file =>
    importsOf(file)
      .filter(target => LAYERS.indexOf(layerOf(target)) > LAYERS.indexOf(layerOf(file)))
      .map(target => `${file} imports ${target}`),
  )
  expect(broken).toEqual([])
})

test('inside core, every folder has a place in the order and imports nothing from above it', () => {
  const broken = sources('shared/core').flatMap(file => {
    if (coreRank(file) === -1) return [`${file}: its folder has no place in CORE_ORDER`]
    return importsOf(file)
      .filter(target => coreRank(target) > coreRank(file))
      .map(target => `${file} imports ${target}`)
  })
  expect(broken).toEqual([])
})

test('no source file is longer than 400 lines, none is called utils or the like, and there are no barrels under shared', () => {
  const files = LAYERS.flatMap(sources)
  const long = files.filter(file => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 401)
  const drawers = files.filter(file => /(^|\/)(utils?|helpers?|common|misc|manager|service)(\.ts|\/)/.test(file))
  const barrels = files.filter(file => file.startsWith('shared/') && file.endsWith('/index.ts'))
  expect({ long, drawers, barrels }).toEqual({ long: [], drawers: [], barrels: [] })
})

/** A source without comments and without the words that only --help shows. */
function codeOf(file: string): string {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|(description|example|summary):\s*(?:'[^'\n]*'|"[^"\n]*")/g, '')
}

test('no code but its own generator knows a dataset: neither its name nor its columns', () => {
  const contracts = readdirSync(join(ROOT, 'data/contracts')).map(file => file.replace('.yaml', ''))
  const texts = contracts.map(name => readFileSync(join(ROOT, `data/contracts/${name}.yaml`), 'utf8'))
  // Column names with an underscore are the dataset's own; plain words such as "age" are not.
  const columns = texts.flatMap(text =>
    [...text.matchAll(/^ {2}([a-z]+_[a-z0-9_]+): +\{ type/gm)].map(match => match[1]),
  )
  expect(columns.length).toBeGreaterThan(5)
  const words = [...contracts, ...columns]
  const isGenerator = (file: string) => contracts.some(name => file.startsWith(`scripts/data/${name}`))
  const knowing = LAYERS.flatMap(sources)
    .filter(file => !isGenerator(file))
    .flatMap(file => {
      const code = codeOf(file)
      return words.filter(word => new RegExp(`\\b${word}\\b`).test(code)).map(word => `${file} knows ${word}`)
    })
  // What CONTRACT is when nobody sets it has to be written somewhere.
  expect(knowing).toEqual(['functions/config.ts knows churn'])
})
