/** What a training holds in memory grows by a known number of bytes per row: counted, not timed. */
import { expect, test } from 'vitest'
import { readLenientTable } from '../../adapters/tables/lenient-table.ts'
import { parseContract } from '../contract/contract.ts'
import { DEFAULT_BOOST, fitTrees } from '../gbt/boost.ts'
import type { KernelMemory } from '../gbt/kernels/kernels.ts'
import { referenceKernels } from '../gbt/kernels/reference.ts'
import { encodeTable, fitPreprocessor } from '../preprocess/preprocessor.ts'
import type { Table } from '../table/table.ts'
import { targetLabels } from '../table/target.ts'
import { parseRun } from './run.ts'
import { trainModel } from './train-model.ts'

/** Eight numbers and four categories, as the churn table has. */
const NUMBERS = Array.from({ length: 8 }, (_, i) => `number${i}`)
const CATEGORIES = Array.from({ length: 4 }, (_, i) => `category${i}`)
const contract = parseContract(
  {
    name: 'wide',
    data: 'wide.csv',
    target: { column: 'y', positive: 1 },
    features: Object.fromEntries([
      ...NUMBERS.map(name => [name, { type: 'number' }]),
      ...CATEGORIES.map(name => [name, { type: 'category' }]),
    ]),
  },
  'wide.yaml',
)

async function readRows(count: number): Promise<Table> {
  const lines = Array.from({ length: count }, (_, row) => {
    const numbers = NUMBERS.map((_, f) => (f < 4 ? (row * (f + 3)) % 97 : ((row * 7919) % 10_007) / 100))
    const levels = CATEGORIES.map((_, f) => `level ${row % (f + 2)}`)
    return [...numbers, ...levels, Number((row * 31) % 97 > 50)].join(',')
  })
  const bytes = new TextEncoder().encode(`${[...NUMBERS, ...CATEGORIES, 'y'].join(',')}\n${lines.join('\n')}\n`)
  return (await readLenientTable({ path: 'wide.csv', bytes }, contract)).table
}

function tableBytes({ columns }: Table): number {
  return [...columns.values()].reduce(
    (sum, column) => sum + (column.kind === 'number' ? column.values : column.codes).buffer.byteLength,
    0,
  )
}

/** Kernels whose memory counts what is taken from it. */
function countingKernels() {
  let bytes = 0
  const counted =
    <T extends ArrayBufferView>(take: (length: number) => T) =>
    (length: number): T => {
      const array = take(length)
      bytes += array.byteLength
      return array
    }
  const { uint8, uint32, float32, float64 } = referenceKernels.memory
  const memory: KernelMemory = {
    uint8: counted(uint8),
    uint32: counted(uint32),
    float32: counted(float32),
    float64: counted(float64),
  }
  return { kernels: { ...referenceKernels, memory }, bytes: () => bytes }
}

async function bytesOf(count: number) {
  const table = await readRows(count)
  const matrix = encodeTable(table, fitPreprocessor(table, contract))
  const { kernels, bytes } = countingKernels()
  const { labels } = targetLabels(table, contract)
  fitTrees({ matrix, labels }, { ...DEFAULT_BOOST, trees: 1, leaves: 4, earlyStoppingRounds: 0 }, { seed: 1, kernels })
  return { table: tableBytes(table), matrix: matrix.values.byteLength, trainer: bytes() }
}

test('from 200,000 to 250,000 rows of 12 features a row takes 69 bytes of table, 48 of matrix and at most 56 of trainer', async () => {
  // Below 200,000 rows all of them choose the bins' edges, and room for that grows too.
  const [few, many] = [await bytesOf(200_000), await bytesOf(250_000)]
  const perRow = (part: 'table' | 'matrix' | 'trainer') => (many[part] - few[part]) / 50_000
  // Eight float64, four codes and the target's, a byte each.
  expect(perRow('table')).toBe(69)
  // Twelve float32.
  expect(perRow('matrix')).toBe(48)
  // Twelve bins, a record of 24 bytes, a score, a label, a place in two lists of rows: 53.
  expect(perRow('trainer')).toBeLessThanOrEqual(56)
}, 60_000)

test('when the fits begin, a consumed table is left with a byte for each category and the target', async () => {
  const table = await readRows(20_000)
  const run = parseRun({ families: { gbt: { trees: 2 } }, refit: false, explain: false }, 'r.yaml')
  const bytes: number[] = []
  const onStage = () => void bytes.push(tableBytes(table))
  await trainModel(table, contract, { run, folds: 0, consume: true, onStage })
  // Numbers of many decimals are 10,007 distinct values: above the 10,000 that a profile keeps, so they are thinned.
  expect(bytes[0]).toBe(20_000 * 5)
}, 60_000)
