/**
 * Tables that real life brings, through the whole training, from the file to the registered version: either a model about
 * as good as without the odd column, or one error that says where and what is allowed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openSession } from '../shared/adapters/onnx/session.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openMemory } from '../shared/adapters/storage/memory.ts'
import { parseContract } from '../shared/core/contract/contract.ts'
import type { ColumnDocument, ContractDocument } from '../shared/core/contract/contract-document.ts'
import { makeRandom, type Random } from '../shared/core/math/random.ts'
import type { FamilyName } from '../shared/core/model/manifest.ts'
import { BROKEN_WORDS } from '../shared/core/report/report.fixture.ts'
import { parseRun } from '../shared/core/train/run.ts'
import { describeVersion } from './train.ts'
import { type TrainedVersion, trainVersion } from './train-version.ts'

const oldRuntime = createRequire(import.meta.url)('onnxruntime-node-1-12')
const FAMILIES = ['gbt', 'logistic', 'mlp'] as const
const folder = mkdtempSync(join(tmpdir(), 'treeline-odd-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Cells = Readonly<Record<string, string>>

/** Rows whose label follows `a` and `c`; `odd` adds or replaces cells. */
function rowsOf(rowCount: number, odd: (row: number, cells: Cells, random: Random) => Cells = () => ({})): Cells[] {
  const random = makeRandom(12)
  const oddRandom = makeRandom(13)
  return Array.from({ length: rowCount }, (_, row) => {
    const a = Math.fround(random.normal())
    const c = random.integer(0, 2)
    const margin = 2 * a + (c === 1 ? 1.5 : 0) - 0.5
    const label = random.uniform() < 1 / (1 + Math.exp(-margin)) ? '1' : '0'
    const cells = { a: String(a), b: random.normal().toFixed(3), c: 'xyz'[c], y: label }
    return { ...cells, ...odd(row, cells, oddRandom) }
  })
}

let tables = 0

interface Training {
  readonly family: FamilyName
  readonly rows: readonly Cells[]
  /** Beside a, b and c. */
  readonly columns?: Readonly<Record<string, ColumnDocument>>
  readonly sensitive?: ContractDocument['sensitive']
  readonly weight?: string
  /** Further keys of the run. */
  readonly run?: Readonly<Record<string, unknown>>
}

async function train({
  family,
  rows,
  columns = {},
  sensitive,
  weight,
  run: keys = {},
}: Training): Promise<TrainedVersion> {
  const contract = parseContract(
    {
      name: 'odd',
      data: 'odd.csv',
      target: { column: 'y', positive: 1 },
      features: { a: { type: 'number' }, b: { type: 'number' }, c: { type: 'category' }, ...columns },
      ...(sensitive ? { sensitive } : {}),
      ...(weight === undefined ? {} : { weight }),
    },
    'odd.yaml',
  )
  const header = Object.keys(rows[0])
  const data = `table${tables++}.csv`
  writeFileSync(join(folder, data), [header, ...rows.map(row => header.map(name => row[name]))].join('\n'))
  const options = { gbt: { trees: 60, leaves: 8 }, logistic: {}, mlp: { epochs: 40, hidden_units: 8 } }
  const document = { families: { [family]: options[family] }, ...keys }
  const run = parseRun(document, 'r.yaml')
  return trainVersion({ contract, data, run, remarks: [] }, openModelStore(openMemory()), {
    root: folder,
    folds: 0,
    threads: 1,
    promote: false,
    gitSha: 'abc1234',
    now: new Date('2026-11-21T10:00:00Z'),
    by: 'test',
    progress: { start: () => {}, update: () => {} },
  })
}

/** Every file is whole, the answers are probabilities, and the old runtime gives them too (the new one is checked by every training). */
async function expectSound({ trained, files }: TrainedVersion): Promise<void> {
  const { matrix, probabilities } = trained.heldOut
  expect(probabilities.every(probability => probability >= 0 && probability <= 1)).toBe(true)
  const old = await (await openSession(trained.model, oldRuntime)).run(matrix.values, matrix.rowCount)
  expect(old).toEqual(probabilities)
  const text = (name: string) => new TextDecoder().decode(files.get(name))
  for (const page of ['report.html', 'model_card.md']) expect(text(page)).not.toMatch(BROKEN_WORDS)
  expect(text('feature_importances.csv')).not.toMatch(BROKEN_WORDS)
  const bounds = Object.values(trained.metrics.intervals).flatMap(interval => Object.values(interval ?? {}))
  expect(bounds.every(Number.isFinite)).toBe(true)
}

const number: ColumnDocument = { type: 'number', nullable: true }
const MOST = '3.4028234663852886e38'
const coin = (random: Random, heads: string, tails: string) => (random.uniform() < 0.5 ? heads : tails)

/** What `odd` holds. */
const ODD_COLUMNS: readonly (readonly [
  string,
  ColumnDocument,
  (cells: Cells, random: Random, row: number) => string,
])[] = [
  ['a number that is missing in every row', number, () => ''],
  ['a category that is missing in every row', { type: 'category', values: ['p', 'q'], nullable: true }, () => ''],
  ['the same number in every row', number, () => '7'],
  ['the same level in every row', { type: 'category' }, () => 'p'],
  ['another column once more', number, ({ a }) => a],
  ['1e38 in every row', number, () => '1e38'],
  ['-1e38 in every row', number, () => '-1e38'],
  ['1e38 or -1e38', number, (_, random) => coin(random, '1e38', '-1e38')],
  [
    'the largest float32, its opposite or nothing',
    number,
    (_, random) => coin(random, MOST, coin(random, `-${MOST}`, '')),
  ],
  [
    'small numbers, and 1e38 in one row of fifty',
    number,
    (_, random, row) => (row % 50 === 0 ? '1e38' : random.normal().toFixed(3)),
  ],
  ['1e-38 or 0', number, (_, random) => coin(random, '1e-38', '0')],
  ['the smallest float32 or 0', number, (_, random) => coin(random, '1e-45', '0')],
  ['numbers next to 1e38', number, (_, random) => String(1e38 * (1 + 1e-6 * random.normal()))],
  ['a level of its own in every row', { type: 'category' }, (_, __, row) => `level ${row}`],
]

describe.each(FAMILIES)('%s', family => {
  const plain = train({ family, rows: rowsOf(1000) })

  test.each(ODD_COLUMNS)('a column of %s does no harm', async (_, column, cell) => {
    const rows = rowsOf(1000, (row, cells, random) => ({ odd: cell(cells, random, row) }))
    const version = await train({ family, rows, columns: { odd: column } })
    await expectSound(version)
    const { roc_auc: before } = (await plain).metrics
    expect(version.metrics.roc_auc).toBeGreaterThan(before - 0.03)
  })

  test.each([1e38, 1e30, 1e-30, 1e-36])('a feature in units of %d tells as much as in units of 1', async unit => {
    // Cut where float32 ends: at 1e38 the few beyond 3 standard deviations.
    const rows = rowsOf(1000, (_, { a }) => ({ a: String(Math.min(Math.max(Number(a) * unit, -3e38), 3e38)) }))
    const version = await train({ family, rows })
    await expectSound(version)
    expect(version.metrics.roc_auc).toBeGreaterThan((await plain).metrics.roc_auc - 0.02)
  })

  test('a category of 5,000 levels does no harm and is told of', async () => {
    const odd = (row: number) => ({ odd: `level ${row % 5000}` })
    const rows = rowsOf(6000, odd)
    const version = await train({ family, rows, columns: { odd: { type: 'category' } } })
    await expectSound(version)
    expect(new TextDecoder().decode(version.files.get('report.html'))).toContain('values in 6,000 rows, as an id has')
    expect(describeVersion(version, 'r')).toMatch(/WARNING {5}odd has [\d,]+ values in 6,000 rows/)
    const without = await train({ family, rows: rows.map(({ odd: _, ...cells }) => cells) })
    expect(version.metrics.roc_auc).toBeGreaterThan(without.metrics.roc_auc - 0.03)
  }, 60_000)

  test('weights far from 1, of a group with one row of a class, give a model as good', async () => {
    // One of two groups has a single positive row, which so counts hundreds of times what others do.
    const rows = rowsOf(1000, (row, { y }) => ({ g: row < 300 ? (row === 7 || y === '0' ? 'few' : 'many') : 'many' }))
    const version = await train({ family, rows, sensitive: { g: { type: 'category' } }, run: { reweigh: 'g' } })
    await expectSound(version)
    expect(version.metrics.roc_auc).toBeGreaterThan((await plain).metrics.roc_auc - 0.05)
  })

  test.each([
    ['of 1e9 for every row', () => '1e9', {}],
    ['of 1e-9 for every row', () => '1e-9', {}],
    ['from 1e-9 to 1e9', (random: Random) => String(10 ** (18 * random.uniform() - 9)), {}],
    ['of a thousand millions for a positive row', () => '1', { class_weight: { positive: 1e9 } }],
  ] as const)('weights %s give a sound model', async (_, weightOf, run) => {
    const rows = rowsOf(1000, (_row, _cells, random) => ({ w: weightOf(random) }))
    await expectSound(await train({ family, rows, weight: 'w', run }))
  })

  test('constant columns alone give everyone the same probability', async () => {
    const rows = rowsOf(400, () => ({ a: '1', b: '2', c: 'x' }))
    const version = await train({ family, rows })
    await expectSound(version)
    expect(version.metrics.roc_auc).toBe(0.5)
    expect(new Set(version.trained.heldOut.probabilities).size).toBe(1)
  })

  test.each([
    ['one class only', rowsOf(100, () => ({ y: '1' })), {}, 'target y is 1 in every row; allowed: rows of two classes'],
    [
      'never the positive class',
      rowsOf(100, () => ({ y: '0' })),
      {},
      'target y never is 1, the positive class of the contract; it is 0',
    ],
    ['3 rows', rowsOf(3, row => ({ y: row === 0 ? '1' : '0' })), {}, 'the table has 3 rows, 1 of the rarer class'],
    [
      'a category learnt from nothing',
      rowsOf(100, () => ({ odd: '' })),
      { odd: { type: 'category', nullable: true } as const },
      'odd is missing in every row; allowed: a value in at least one row',
    ],
    [
      'a number beyond float32',
      rowsOf(100, row => ({ odd: row === 5 ? '1e39' : '1' })),
      { odd: number },
      'odd is "1e39"; allowed: numbers from -3.4028234663852886e+38',
    ],
  ])('%s is refused in one sentence', async (_, rows, columns, message) => {
    await expect(train({ family, rows, columns })).rejects.toThrow(message)
  })
})
