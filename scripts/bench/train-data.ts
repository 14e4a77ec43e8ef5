/**
 * The tables that trainers are measured on, as files that Node and Python read alike: <name>.values (float32, row by row,
 * categories as codes), <name>.labels (a byte each), and <name>.csv where the whole command is measured.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readTable } from '../../shared/adapters/tables/read-table.ts'
import { makeRandom } from '../../shared/core/math/random.ts'
import { encodeTable, type FeatureSpec, fitPreprocessor } from '../../shared/core/preprocess/preprocessor.ts'
import { targetLabels } from '../../shared/core/table/target.ts'
import { configuredContract, writeContractCsv } from './contract-csv.ts'

export interface BenchTable {
  readonly name: string
  /** Path without ending. */
  readonly path: string
  readonly rows: number
  readonly features: readonly FeatureSpec[]
  readonly csv?: string
}

/** `rows` rows of the configured contract's seeded table, from as many seeds as it takes. */
export async function contractTable(folder: string, name: string, rows: number): Promise<BenchTable> {
  const contract = await configuredContract()
  const path = join(folder, name)
  const csv = `${path}.csv`
  await mkdir(folder, { recursive: true })
  await writeContractCsv(csv, contract, { rows, firstSeed: 1 })
  const table = await readTable(csv, contract, { columns: 'all' })
  const features = fitPreprocessor(table, contract)
  await write(`${path}.values`, bytesOf(encodeTable(table, features).values))
  await write(`${path}.labels`, targetLabels(table, contract).labels)
  return { name, path, rows, features, csv }
}

/** Normal numbers; the label depends on ten of them, two products and a wave. */
export async function numericTable(folder: string, name: string, rows: number, width: number): Promise<BenchTable> {
  const random = makeRandom(7)
  const slopes = Array.from({ length: 10 }, () => 0.4 * random.normal())
  const values = new Float32Array(rows * width)
  const labels = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) {
    const x = values.subarray(row * width, (row + 1) * width)
    for (let f = 0; f < width; f++) x[f] = random.normal()
    const linear = slopes.reduce((sum, slope, f) => sum + slope * x[f], 0)
    const margin = linear + 0.8 * x[0] * x[1] + 0.6 * Math.sin(2 * x[2]) * x[3]
    labels[row] = random.uniform() < 1 / (1 + Math.exp(-margin)) ? 1 : 0
  }
  const path = join(folder, name)
  await write(`${path}.values`, bytesOf(values))
  await write(`${path}.labels`, labels)
  const features = Array.from({ length: width }, (_, f): FeatureSpec => ({ name: `x${f}`, kind: 'number' }))
  return { name, path, rows, features }
}

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}
