/** Sensitive columns never enter a model: shown on both ONNX files and on what a request may hold. */
import { resolve } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { readContract } from '../../shared/adapters/files/read-contract.ts'
import { AppError } from '../../shared/core/errors.ts'
import { makeRandom } from '../../shared/core/math/random.ts'
import { makeRowEncoder } from '../../shared/core/preprocess/row-encoder.ts'
import { type Column, categoryColumn, numberColumn, type Table } from '../../shared/core/table/table.ts'
import { parseRun } from '../../shared/core/train/run.ts'
import { trainModel } from '../../shared/core/train/train-model.ts'
import { generate } from './adult.ts'

const contract = await readContract('adult', { root: resolve(import.meta.dirname, '../..') })
const sensitive = contract.sensitive.map(({ name }) => name)
const run = parseRun({ families: { gbt: { trees: 20, leaves: 8 } } }, 'r.yaml')

/** The first rows of the seeded table, without a file. */
function seededTable(rowCount: number): Table {
  const [header, ...lines] = generate(1).files[0].text.split('\n', rowCount + 1)
  const rows = lines.map(line => line.split(','))
  const numbers = new Set(contract.features.flatMap(feature => (feature.type === 'category' ? [] : [feature.name])))
  const columns = header.split(',').map((name, i): [string, Column] => {
    const cells = rows.map(row => row[i])
    if (numbers.has(name)) return [name, { kind: 'number', values: Float64Array.from(cells, Number) }]
    const levels = [...new Set(cells)].filter(cell => cell !== '?')
    return [name, { kind: 'category', levels, codes: Uint32Array.from(cells, cell => levels.indexOf(cell) + 1) }]
  })
  return { rowCount, columns: new Map(columns) }
}

/** The same table with its sensitive columns shuffled, each in its own order. */
function withShuffledSensitive(table: Table): Table {
  const random = makeRandom(3)
  const columns = new Map(table.columns)
  for (const name of sensitive) {
    const { codes, levels } = categoryColumn(table, name)
    const shuffled = Uint32Array.from(codes)
    random.shuffleInto(shuffled)
    columns.set(name, { kind: 'category', codes: shuffled, levels })
  }
  return { rowCount: table.rowCount, columns }
}

const table = seededTable(2500)
const trained = await trainModel(table, contract, { run, folds: 0 })

test('neither ONNX file has an input for a sensitive column: one takes the features by number, the other by name', async () => {
  const names = contract.features.map(({ name }) => name)
  const inputsOf = async (bytes: Uint8Array) => (await InferenceSession.create(bytes)).inputNames
  expect(await inputsOf(trained.model)).toEqual(['features'])
  expect((await inputsOf(trained.portableModel)).toSorted()).toEqual(names.toSorted())
  expect(trained.features.map(({ name }) => name)).toEqual(names)
  expect(names.filter(name => sensitive.includes(name))).toEqual([])
})

test('shuffling the sensitive columns changes no byte of either file', async () => {
  const shuffled = await trainModel(withShuffledSensitive(table), contract, { run, folds: 0 })
  expect(shuffled.model).toEqual(trained.model)
  expect(shuffled.portableModel).toEqual(trained.portableModel)
})

test('no file names a sensitive column, its levels or the ignored one', () => {
  for (const bytes of [trained.model, trained.portableModel]) {
    const text = Buffer.from(bytes).toString('latin1')
    for (const word of [...sensitive, 'fnlwgt', 'Amer-Indian-Eskimo', 'Married-civ-spouse', 'Guatemala']) {
      expect(text).not.toContain(word)
    }
    expect(text).toContain('hours_per_week')
  }
})

test.each(sensitive)('a row to predict with %s in it is refused', name => {
  const encode = makeRowEncoder(contract, trained.features)
  const row = Object.fromEntries(
    contract.features.map(feature => [
      feature.name,
      feature.type === 'category'
        ? (categoryColumn(table, feature.name).levels[0] ?? '')
        : numberColumn(table, feature.name).values[0],
    ]),
  )
  expect(() => encode([row])).not.toThrow()
  const level = categoryColumn(table, name).levels[0]
  expect(() => encode([{ ...row, [name]: level }])).toThrow(AppError)
  expect(() => encode([{ ...row, [name]: level }])).toThrow(`"${name}" is a sensitive column, which is never an input`)
})
