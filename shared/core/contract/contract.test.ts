import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { AppError, type Problem } from '../errors.ts'
import schema from './contract.schema.json' with { type: 'json' }
import { parseContract } from './contract.ts'
import type { ContractDocument } from './contract-document.ts'

const FEATURE = { type: 'number' }
const MINIMAL = { name: 'a', data: 'a.csv', target: { column: 'y', positive: 1 }, features: { x: FEATURE } }

/** Everything parseContract says about a document that it refuses. */
function refusal(document: unknown): { message: string; problems: readonly Problem[] } {
  try {
    parseContract(document, 'c.yaml')
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_CONTRACT') return error
    throw error
  }
  throw new Error('accepted')
}

function messages(document: unknown): string[] {
  return refusal(document).problems.map(problem => problem.message)
}

test('every default is filled in', () => {
  expect(parseContract({ ...MINIMAL, features: { x: FEATURE, c: { type: 'category' } } }, 'c.yaml')).toEqual({
    name: 'a',
    title: 'a',
    data: 'a.csv',
    csv: { trim: false, missing: [''] },
    target: { column: 'y', positive: 1, labels: new Map() },
    features: [
      { name: 'x', type: 'number', nullable: false },
      { name: 'c', type: 'category', nullable: false, unknown: 'error' },
    ],
    sensitive: [],
    ignore: [],
    drift: { threshold: 0.2 },
    monitor: { aucDropWarnPct: 3, aucDropCriticalPct: 6, prAucDropPct: 5, latencyP95Ms: 400, windowDays: 7 },
    document: { ...MINIMAL, features: { x: FEATURE, c: { type: 'category' } } },
  })
})

const FULL = {
  name: 'adult-1',
  title: 'Income',
  data: 'data/adult.csv',
  csv: { header: ['age', 'work', 'sex', 'fnlwgt', 'income'], trim: true, missing: ['?', ''], comment: '|' },
  target: { column: 'income', positive: '>50K', labels: { '>50K.': '>50K' } },
  features: {
    age: { type: 'integer', minimum: 0, maximum: 120, unit: 'years', description: 'Age' },
    work: { type: 'category', values: ['Private', 'State'], nullable: true, unknown: 'other' },
  },
  sensitive: { sex: { type: 'category', values: ['Male', 'Female'], reference: 'Male' } },
  ignore: ['fnlwgt'],
  drift: { threshold: 0.25 },
  monitor: { auc_drop_warn_pct: 2, latency_p95_ms: 250.5 },
} satisfies ContractDocument

test('a full document keeps its order, its types and its options', () => {
  const contract = parseContract(FULL, 'c.yaml')
  expect(contract.features).toEqual([
    { name: 'age', type: 'integer', minimum: 0, maximum: 120, unit: 'years', description: 'Age', nullable: false },
    { name: 'work', type: 'category', values: ['Private', 'State'], nullable: true, unknown: 'other' },
  ])
  expect(contract.sensitive).toEqual([
    { name: 'sex', type: 'category', values: ['Male', 'Female'], nullable: false, unknown: 'error', reference: 'Male' },
  ])
  expect(contract.csv).toEqual(FULL.csv)
  expect(contract.target).toEqual({ column: 'income', positive: '>50K', labels: new Map([['>50K.', '>50K']]) })
  expect(contract.ignore).toEqual(['fnlwgt'])
  expect(contract.drift).toEqual({ threshold: 0.25 })
  expect(contract.monitor).toEqual({
    aucDropWarnPct: 2,
    aucDropCriticalPct: 6,
    prAucDropPct: 5,
    latencyP95Ms: 250.5,
    windowDays: 7,
  })
})

test('the document kept in model.json gives the same contract again, after JSON too', () => {
  const contract = parseContract(FULL, 'c.yaml')
  expect(parseContract(contract.document, 'model.json')).toEqual(contract)
  expect(parseContract(JSON.parse(JSON.stringify(contract.document)), 'model.json')).toEqual(contract)
})

test('warn and critical may be the same bound', () => {
  const monitor = { auc_drop_warn_pct: 4, auc_drop_critical_pct: 4 }
  expect(parseContract({ ...MINIMAL, monitor }, 'c.yaml').monitor).toMatchObject({
    aucDropWarnPct: 4,
    aucDropCriticalPct: 4,
  })
})

test('the contract is frozen to its leaves and shares nothing with the document given', () => {
  const document = structuredClone(FULL)
  const contract = parseContract(document, 'c.yaml')
  document.features.work.values.push('Other')
  expect(contract.features[1]).toHaveProperty('values', ['Private', 'State'])
  for (const part of [contract, contract.features[1], contract.csv.missing, contract.document.features.age]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
})

test('a feature may be called like a member of every object', () => {
  const names = ['constructor', 'toString', 'hasOwnProperty', 'plan type', 'größe', 'a.b']
  const features = Object.fromEntries(names.map(name => [name, FEATURE]))
  expect(parseContract({ ...MINIMAL, features }, 'c.yaml').features.map(({ name }) => name)).toEqual(names)
})

const CATEGORY = { type: 'category' }

test.each<[string, unknown, string]>([
  ['a wrong type', { x: { type: 'categry' } }, 'features.x.type is "categry"; allowed: category, integer, number'],
  ['no type', { x: {} }, 'features.x.type is absent; it is required'],
  ['no column at all', {}, 'features is empty; allowed: at least 1 key'],
  [
    'a slip in a key',
    { x: { ...FEATURE, minimun: 0 } },
    'features.x.minimun is not a known key; did you mean "minimum"? allowed: type, minimum, maximum, unit, monotone, nullable, description',
  ],
  [
    'a category key on a number',
    { x: { ...FEATURE, values: ['a'] } },
    'features.x.values is not a known key; allowed: type, minimum, maximum, unit, monotone, nullable, description',
  ],
  [
    'a number key on a category',
    { x: { ...CATEGORY, minimum: 0 } },
    'features.x.minimum is not a known key; allowed: type, values, unknown, nullable, description',
  ],
  [
    'a reference outside sensitive',
    { x: { ...CATEGORY, reference: 'a' } },
    'features.x.reference is not a known key; allowed: type, values, unknown, nullable, description',
  ],
  [
    'an unquoted number',
    { x: { ...CATEGORY, values: [1] } },
    'features.x.values[0] is 1; allowed: a string; quote it: "1"',
  ],
  [
    'an unquoted truth value',
    { x: { ...CATEGORY, values: ['a', true] } },
    'features.x.values[1] is true; allowed: a string; quote it: "true"',
  ],
  [
    'an empty value',
    { x: { ...CATEGORY, values: [''] } },
    'features.x.values[0] is empty; allowed: at least 1 character',
  ],
  ['no values', { x: { ...CATEGORY, values: [] } }, 'features.x.values is empty; allowed: at least 1 item'],
  [
    'a value twice',
    { x: { ...CATEGORY, values: ['a', 'a'] } },
    'features.x.values has "a" twice; allowed: distinct values',
  ],
  ['a bound of text', { x: { ...FEATURE, minimum: '0' } }, 'features.x.minimum is "0"; allowed: a number'],
  ['an endless bound', { x: { ...FEATURE, maximum: Infinity } }, 'features.x.maximum is Infinity; allowed: a number'],
  [
    'bounds the wrong way round',
    { x: { ...FEATURE, minimum: 2, maximum: 1 } },
    'features.x.minimum is 2; allowed: at most maximum, 1',
  ],
  [
    'a direction that is none',
    { x: { ...FEATURE, monotone: 'up' } },
    'features.x.monotone is "up"; allowed: increasing, decreasing',
  ],
  [
    'a direction of a category',
    { x: { ...CATEGORY, monotone: 'increasing' } },
    'features.x.monotone is not a known key; allowed: type, values, unknown, nullable, description',
  ],
  [
    'a name with dots and blanks',
    { 'a.b c': { type: 'text' } },
    'features["a.b c"].type is "text"; allowed: category, integer, number',
  ],
])('%s in features is refused by key path', (_, features, message) => {
  expect(messages({ ...MINIMAL, features })).toEqual([`c.yaml: ${message}`])
})

test.each<[string, string]>([
  ['the empty name', ''],
  ['a control character', 'a\u0007'],
  ['101 characters', 'n'.repeat(101)],
  ['__proto__', '__proto__'],
  ['half a surrogate pair', 'a\ud800'],
  ['the name of the ONNX output', 'probability'],
  ['a name of the inner ONNX values', '/x'],
])('a feature may not be called by %s', (_, name) => {
  const features = JSON.parse(`{${JSON.stringify(name)}: {"type": "number"}}`)
  const [message] = messages({ ...MINIMAL, features })
  expect(message).toContain('c.yaml: features has the name ')
  expect(message).toContain('; allowed: 1 to 100 characters, none of them a control character')
})

test.each<[string, object, string]>([
  [
    'target is a feature',
    { features: { y: FEATURE } },
    'features.y is the column "y", which is target.column too; allowed: one role for each column',
  ],
  [
    'feature is the weight',
    { weight: 'x' },
    'weight is the column "x", which is features.x too; allowed: one role for each column',
  ],
  [
    'feature is sensitive',
    { sensitive: { x: FEATURE } },
    'sensitive.x is the column "x", which is features.x too; allowed: one role for each column',
  ],
  [
    'feature is ignored',
    { ignore: ['z', 'x'] },
    'ignore[1] is the column "x", which is features.x too; allowed: one role for each column',
  ],
  [
    'reference is no value',
    { sensitive: { s: { ...CATEGORY, values: ['a', 'b'], reference: 'c' } } },
    'sensitive.s.reference is "c"; allowed: a, b',
  ],
  [
    'positive is renamed away',
    { target: { column: 'y', positive: 1, labels: { '1': '2' } } },
    'target.positive is 1, which target.labels turns into "2"; allowed: a value after target.labels',
  ],
  [
    'positive is a truth value',
    { target: { column: 'y', positive: true } },
    'target.positive is true; allowed: a string or a number; quote it: "true"',
  ],
  [
    'a missing mark is a value',
    { csv: { missing: ['?'] }, features: { x: { ...CATEGORY, values: ['?'] } } },
    'features.x.values[0] is "?", which csv.missing reads as missing; allowed: one of the two',
  ],
  [
    'header lacks a column',
    { csv: { header: ['y'] } },
    'features.x is the column "x"; allowed: the columns of csv.header',
  ],
  [
    'header has a stranger',
    { csv: { header: ['y', 'x', 'id'] } },
    'csv.header[2] is "id"; allowed: the target, features and sensitive columns; add it to ignore',
  ],
  [
    'warn above critical',
    { monitor: { auc_drop_warn_pct: 6.5, auc_drop_critical_pct: 6 } },
    'monitor.auc_drop_warn_pct is 6.5; allowed: at most auc_drop_critical_pct, 6',
  ],
  [
    'critical below the default of warn',
    { monitor: { auc_drop_critical_pct: 2 } },
    'monitor.auc_drop_critical_pct is 2; allowed: at least auc_drop_warn_pct, 3',
  ],
  [
    'warn above the default of critical',
    { monitor: { auc_drop_warn_pct: 7 } },
    'monitor.auc_drop_warn_pct is 7; allowed: at most auc_drop_critical_pct, 6',
  ],
  ['a drift threshold of 0', { drift: { threshold: 0 } }, 'drift.threshold is 0; it must be > 0'],
  [
    'a drop of more than all',
    { monitor: { pr_auc_drop_pct: 101 } },
    'monitor.pr_auc_drop_pct is 101; it must be <= 100',
  ],
  ['a latency of text', { monitor: { latency_p95_ms: '400' } }, 'monitor.latency_p95_ms is "400"; allowed: a number'],
  [
    'a slip in a rule',
    { monitor: { auc_drop_warn: 3 } },
    'monitor.auc_drop_warn is not a known key; did you mean "auc_drop_warn_pct"? allowed: auc_drop_warn_pct, auc_drop_critical_pct, pr_auc_drop_pct, latency_p95_ms, window_days',
  ],
  [
    'a name that is no folder',
    { name: '../a' },
    'name is "../a"; allowed: 1 to 63 lower-case letters, digits, "_" and "-", the first a letter',
  ],
])('refused: %s', (_, change, message) => {
  expect(messages({ ...MINIMAL, ...change })).toEqual([`c.yaml: ${message}`])
})

test.each([null, [], 'text', 3])('%j is no contract', document => {
  expect(messages(document)).toEqual([
    expect.stringMatching(/^c\.yaml: the document is .*; allowed: keys with values$/),
  ])
})

test('all mistakes come at once: the message counts them, the problems name them', () => {
  const { message, problems } = refusal({
    name: 'a',
    colour: 1,
    target: { column: 3 },
    features: { x: { type: 'int' } },
  })
  expect(message).toBe('c.yaml: 5 problems')
  expect(problems.map(({ field }) => field).sort()).toEqual([
    'colour',
    'data',
    'features.x.type',
    'target.column',
    'target.positive',
  ])
})

test('a single mistake is the message itself', () => {
  expect(refusal({ ...MINIMAL, features: { x: { type: 'categry' } } }).message).toBe(
    'c.yaml: features.x.type is "categry"; allowed: category, integer, number',
  )
})

test('the schema is one by JSON Schema 2020-12: parseContract leaves that unchecked', () => {
  expect(new Ajv2020().validateSchema(schema)).toBe(true)
})
