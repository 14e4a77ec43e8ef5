/** The published UCI files, as they come, through data/contracts/adult.yaml. The lines are made up, their form is theirs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readContract } from '../../shared/adapters/files/read-contract.ts'
import { readTable } from '../../shared/adapters/tables/read-table.ts'
import { DEFAULT_BOOST, fitTrees } from '../../shared/core/gbt/boost.ts'
import { predictMargins } from '../../shared/core/gbt/tree.ts'
import { rocAuc } from '../../shared/core/metrics/ranking.ts'
import { selectLabelledRows } from '../../shared/core/preprocess/labelled-matrix.ts'
import { encodeTable, fitPreprocessor } from '../../shared/core/preprocess/preprocessor.ts'
import { splitStratified } from '../../shared/core/table/split.ts'
import { categoryColumn, numberColumn, type Table } from '../../shared/core/table/table.ts'
import { targetLabels } from '../../shared/core/table/target.ts'
import { generate } from './adult.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const contract = await readContract('adult', { root: ROOT })

/** No header, ", " between cells, "?" for missing, a blank line at the end. */
const TRAINING_PART = `41, Private, 203355, Bachelors, 13, Married-civ-spouse, Exec-managerial, Husband, White, Male, 0, 0, 45, United-States, >50K
23, ?, 190221, Some-college, 10, Never-married, ?, Own-child, Black, Female, 0, 0, 20, ?, <=50K
58, Self-emp-not-inc, 88123, 7th-8th, 4, Divorced, Farming-fishing, Not-in-family, Other, Male, 2174, 0, 60, Mexico, <=50K

`
/** A remark first, and a full stop after each label. */
const TEST_PART = `|1x3 Cross validator
35, Federal-gov, 120001, Masters, 14, Married-civ-spouse, Prof-specialty, Wife, Asian-Pac-Islander, Female, 0, 1902, 40, India, >50K.
19, Private, 251110, 11th, 7, Never-married, Other-service, Own-child, White, Male, 0, 0, 15, United-States, <=50K.

`
/** As `npm run data` writes it. */
const SEEDED = `${contract.csv.header?.join(',')}
41,Private,203355,Bachelors,13,Married-civ-spouse,Exec-managerial,Husband,White,Male,0,0,45,United-States,>50K
23,?,190221,Some-college,10,Never-married,?,Own-child,Black,Female,0,0,20,?,<=50K
58,Self-emp-not-inc,88123,7th-8th,4,Divorced,Farming-fishing,Not-in-family,Other,Male,2174,0,60,Mexico,<=50K
`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'treeline-adult-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function read(name: string, text: string): Promise<Table> {
  writeFileSync(join(folder, name), text)
  return readTable(join(folder, name), contract, { columns: 'all' })
}

function cells(table: Table, name: string): (string | undefined)[] {
  const { codes, levels } = categoryColumn(table, name)
  return Array.from(codes, code => levels[code - 1])
}

test('adult.data is read without a header, without its blanks and with ? as missing, to the same table as our own file', async () => {
  const published = await read('adult.data', TRAINING_PART)
  expect(published).toEqual(await read('adult_synth.csv', SEEDED))
  expect(published.rowCount).toBe(3)
  expect(cells(published, 'workclass')).toEqual(['Private', undefined, 'Self-emp-not-inc'])
  expect(cells(published, 'native_country')).toEqual(['United-States', undefined, 'Mexico'])
  expect([...numberColumn(published, 'capital_gain').values]).toEqual([0, 0, 2174])
  expect(published.columns.has('fnlwgt')).toBe(false)
  expect(targetLabels(published, contract)).toEqual({ labels: Uint8Array.of(1, 0, 0), classes: ['<=50K', '>50K'] })
})

test('adult.test is read without its remark, and its labels without their full stops are the same two classes', async () => {
  const published = await read('adult.test', TEST_PART)
  expect(published.rowCount).toBe(2)
  expect(targetLabels(published, contract)).toEqual({ labels: Uint8Array.of(1, 0), classes: ['<=50K', '>50K'] })
  expect(cells(published, 'sex')).toEqual(['Female', 'Male'])
})

test('a remark in the middle is skipped too, and the line numbers of problems still are those of the file', async () => {
  const text = TEST_PART.replace('19, Private', '|\n|a, b\n19, Privat, 1').replace(', 251110', '')
  expect((await read('adult.test', text)).rowCount).toBe(2)
  const wrong = text.replace('11th', '13th')
  await expect(read('adult.test', wrong)).rejects.toThrow('adult.test:5:4 education is "13th"')
})

test('small trees on a quarter of the seeded table rank its held-out rows with a ROC-AUC above 0.88', async () => {
  const table = await read('adult_synth.csv', generate(1).files[0].text)
  const { labels } = targetLabels(table, contract)
  const data = { matrix: encodeTable(table, fitPreprocessor(table, contract)), labels }
  const { rest, part } = splitStratified(labels, 0.25, 1)
  const model = fitTrees(selectLabelledRows(data, part), { ...DEFAULT_BOOST, trees: 40, leaves: 15 }, { seed: 1 })
  const heldOut = selectLabelledRows(data, rest)
  expect(rocAuc(predictMargins(model, heldOut.matrix), heldOut.labels)).toBeGreaterThan(0.88)
})
