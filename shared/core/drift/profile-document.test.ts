import { expect, test } from 'vitest'
import { smallContract, smallTable, tableOf } from './drift.fixture.ts'
import { makeProfile } from './profile.ts'
import { parseProfile, profileToDocument } from './profile-document.ts'

const profile = makeProfile(smallTable(200), smallContract, {
  scores: { scores: [0.25, 0.5, 0.5, 0.75], labels: [0, 0, 1, 1], threshold: 0.5 },
})
const document = () => JSON.parse(JSON.stringify(profileToDocument(profile)))

test('a profile survives being stored, to the last bit', () => {
  expect(parseProfile(document(), 'profile.json')).toEqual(profile)
})

test('the document says what the held-out rows were: positive rate, mean score, label rate', () => {
  expect(document().scores).toMatchObject({
    rows: 4,
    threshold: 0.5,
    positive_rate: 0.75,
    mean_score: 0.5,
    label_rate: 0.5,
  })
})

test('at most 10,000 values of a number are kept, and a document of many rows stays under a megabyte', () => {
  const usage = Array.from({ length: 60_000 }, (_, i) => Math.sqrt(i))
  const table = tableOf({
    months: usage.map(Math.round),
    usage,
    plan: usage.map(() => 'A'),
    region: usage.map(() => 'r'),
  })
  const stored = profileToDocument(makeProfile(table, smallContract))
  const [months, numbers] = stored.columns
  expect(months).toMatchObject({ approximate: false, rows: expect.any(Array) })
  expect(numbers).toMatchObject({ approximate: true, minimum: 0, maximum: Math.sqrt(59_999) })
  expect(numbers.kind === 'number' && numbers.values.length).toBe(10_000)
  expect(JSON.stringify(stored).length).toBeLessThan(1_000_000)
})

test('an all-missing column is stored and read like any other', () => {
  const empty = makeProfile(tableOf({ usage: [null, null] }), { features: smallContract.features.slice(1, 2) })
  expect(parseProfile(JSON.parse(JSON.stringify(profileToDocument(empty))), 'p')).toEqual(empty)
})

test.each<[string, (document: Record<string, unknown>) => unknown, string]>([
  ['a list', () => [], 'profile.json: no object'],
  ['another schema', d => ({ ...d, schema_version: 2 }), 'schema_version is not 1'],
  ['no columns', d => ({ ...d, columns: {} }), 'columns is no list'],
  ['no rows', d => ({ ...d, rows: -1 }), 'profile.json: rows: no whole number from 0'],
  ['a column of no kind', d => ({ ...d, columns: [{ name: 'x' }] }), 'columns[0]: kind is neither number nor category'],
  ['a count that is text', d => withColumn(d, { counts: ['1'] }), 'columns[0].counts: no list of finite numbers'],
  ['counts of other bins', d => withColumn(d, { edges: [1] }), 'counts for 1 edges'],
  ['values out of order', d => withColumn(d, { values: [2, 1], rows: [1, 1] }), 'values do not ascend'],
  ['rows of other values', d => withColumn(d, { values: [1] }), '1 values for'],
])('%s is refused with its place', (_, change, message) => {
  expect(() => parseProfile(change(document()), 'profile.json')).toThrow(message)
})

function withColumn(document: Record<string, unknown>, change: object): unknown {
  const [first, ...rest] = document.columns as object[]
  return { ...document, columns: [{ ...first, ...change }, ...rest] }
}
