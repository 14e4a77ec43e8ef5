import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_LOGISTIC, fitLogistic, predictLogistic } from '../dense/logistic.ts'
import { DEFAULT_MLP, fitMlp, predictMlp } from '../dense/mlp.ts'
import { AppError } from '../errors.ts'
import { DEFAULT_BOOST, fitTrees } from '../gbt/boost.ts'
import { treeFromLists } from '../gbt/tree.fixture.ts'
import { predictMargins, type TreeEnsemble } from '../gbt/tree.ts'
import { labelledRows } from '../model/family.conformance.ts'
import { exportModel, exportPortableModel } from './export.ts'
import { graphFromLogistic, graphFromMlp } from './from-dense.ts'
import { graphFromTrees } from './from-trees.ts'
import { encodeModel, type GraphPart } from './graph.ts'
import { readFields } from './protobuf-reader.ts'
import { readFamily, readTrees } from './read.ts'
import { readLogistic, readMlp } from './read-dense.ts'
import { decodeModel } from './read-graph.ts'

const train = labelledRows(1, 1500)
const fresh = labelledRows(2, 300).matrix
const options = { ...DEFAULT_BOOST, trees: 40, leaves: 15, earlyStoppingRounds: 0 }
const ensemble = fitTrees(train, options, { seed: 3 })
const logistic = fitLogistic(train, DEFAULT_LOGISTIC)
const network = fitMlp(train, { ...DEFAULT_MLP, hiddenUnits: 6, secondHiddenUnits: 4, epochs: 3 }, { seed: 3 })

function parts(family: string, body: (features: string) => GraphPart) {
  return { features: train.matrix.features, body, metadata: { family } }
}
const treeParts = parts('gbt', features => graphFromTrees(ensemble, features))
const logisticParts = parts('logistic', features => graphFromLogistic(logistic, features))
const treeFile = exportModel(treeParts)
const logisticFile = exportModel(logisticParts)
const networkParts = parts('mlp', features => graphFromMlp(network, features))
const networkFile = exportModel(networkParts)

/** Gains are the one thing that the file does not hold. */
function withoutGains({ trees, base }: TreeEnsemble): TreeEnsemble {
  return { trees: trees.map(tree => ({ ...tree, gain: new Float64Array(tree.gain.length) })), base }
}

test('trees read from either file are those exported, bit by bit, but for their gains', () => {
  expect(readTrees(treeFile)).toEqual(withoutGains(ensemble))
  expect(readTrees(exportPortableModel(treeParts))).toEqual(withoutGains(ensemble))
})

test('trees read from the file predict the very bits of the trees exported', () => {
  expect(predictMargins(readTrees(treeFile), fresh)).toEqual(predictMargins(ensemble, fresh))
})

test('trees of single leaves come back as they are; an ensemble without trees as one leaf of 0, which says the same', () => {
  const leafOf = (value: number, cover: number) =>
    treeFromLists({
      feature: [-1],
      threshold: [0],
      missingLeft: [0],
      left: [0],
      right: [0],
      value: [value],
      cover: [cover],
    })
  const base = Math.fround(-0.3)
  const readBack = (trees: TreeEnsemble['trees']) =>
    readTrees(exportModel(parts('gbt', features => graphFromTrees({ trees, base }, features))))
  const leaves = [leafOf(0.1, 7), leafOf(-0.2, 7)]
  expect(readBack(leaves)).toEqual({ trees: leaves, base })
  expect(readBack([])).toEqual({ trees: [leafOf(0, 1)], base })
  expect(predictMargins(readBack([]), fresh)).toEqual(predictMargins({ trees: [], base }, fresh))
})

test('a logistic regression read from either file has the same columns, coefficients and margins, bit by bit', () => {
  for (const file of [logisticFile, exportPortableModel(logisticParts)]) {
    const read = readLogistic(file)
    const { columns, coefficients, intercept } = logistic
    expect(read).toEqual({ columns, coefficients, intercept })
    expect(predictLogistic({ ...logistic, ...read }, fresh)).toEqual(predictLogistic(logistic, fresh))
  }
})

test('a network read from either file has the same columns, weights and margins, bit by bit', () => {
  for (const file of [networkFile, exportPortableModel(networkParts)]) {
    const read = readMlp(file)
    const { columns, hidden, parameters } = network
    expect(read).toEqual({ columns, hidden, parameters })
    expect(predictMlp({ ...network, ...read }, fresh)).toEqual(predictMlp(network, fresh))
  }
  expect(outcome(() => readMlp(logisticFile))).toContain('it has 0 layers of weights')
})

test('the family is what the metadata says', () => {
  expect(readFamily(treeFile)).toBe('gbt')
  expect(readFamily(logisticFile)).toBe('logistic')
  expect(() => readFamily(exportModel({ ...treeParts, metadata: {} }))).toThrow('names no family')
})

test('decodeModel undoes encodeModel: integers of any sign, floats, texts, tensors and open dimensions', () => {
  const graph = {
    name: 'ü',
    inputs: [{ name: 'x', type: 'float', shape: ['N', 3] }],
    outputs: [{ name: 'y', type: 'double', shape: ['N', 1] }],
    nodes: [
      {
        op: 'Op',
        domain: 'ai.onnx.ml',
        inputs: ['x'],
        outputs: ['y'],
        attributes: {
          ints: { kind: 'ints', value: [0, 127, 128, 2 ** 40, Number.MAX_SAFE_INTEGER, -1, Number.MIN_SAFE_INTEGER] },
          floats: { kind: 'floats', value: Float32Array.of(1.5, Number.NaN, -0) },
          strings: { kind: 'strings', value: ['', 'a', '😀'] },
          int: { kind: 'int', value: -5 },
          float: { kind: 'float', value: 0.5 },
          string: { kind: 'string', value: 'SUM' },
        },
      },
      { op: 'Plain', inputs: [], outputs: ['z'] },
    ],
    initializers: [
      { name: 'a', type: 'double', shape: [1, 2], values: Float64Array.of(Math.PI, -1e-300) },
      { name: 'b', type: 'int64', shape: [2], values: [3, -4] },
      { name: 'c', type: 'float', shape: [1], values: Float32Array.of(0.25) },
    ],
    metadata: { family: 'gbt', __proto: 'x' },
  } as const
  expect(decodeModel(encodeModel(graph))).toEqual(graph)
})

/** The answer, or the code and message of the AppError; anything else a reader throws fails the test. */
function outcome(read: () => unknown): string {
  try {
    read()
    return 'read'
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return `${error.code} ${error.message}`
  }
}

const READERS = [
  ['trees', treeFile, (bytes: Uint8Array) => predictMargins(readTrees(bytes), fresh)],
  ['logistic', logisticFile, (bytes: Uint8Array) => predictLogistic({ ...logistic, ...readLogistic(bytes) }, fresh)],
  ['mlp', networkFile, (bytes: Uint8Array) => predictMlp({ ...network, ...readMlp(bytes) }, fresh)],
] as const

test.each(READERS)('a %s file cut anywhere in its graph is refused as MODEL_CORRUPT', (_, file, read) => {
  const metadataLength = readFields(file).filter(({ number }) => number !== 7 && number !== 1 && number !== 2)
  const tail = metadataLength.reduce((sum, { payload }) => sum + payload.length + 2, 0)
  for (let length = 0; length < file.length - tail; length += 1 + Math.floor(length / 50)) {
    expect(outcome(() => read(file.subarray(0, length)))).toMatch(/^MODEL_CORRUPT the ONNX model cannot be read: /)
  }
})

test.each(READERS)(
  'a %s file with any bytes overwritten is read as some model or refused as MODEL_CORRUPT',
  (_, file, read) => {
    const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(damage, changes => {
        const bytes = file.slice()
        for (const [position, byte] of changes) bytes[position] = byte
        outcomes.add(outcome(() => read(bytes)).slice(0, 13))
      }),
      { numRuns: 400 },
    )
    expect(outcomes).toEqual(new Set(['read', 'MODEL_CORRUPT']))
  },
)

test('bytes that are no protobuf at all are refused as MODEL_CORRUPT', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      expect(outcome(() => readTrees(bytes))).toMatch(/^MODEL_CORRUPT /)
      expect(outcome(() => readLogistic(bytes))).toMatch(/^MODEL_CORRUPT /)
      expect(outcome(() => readMlp(bytes))).toMatch(/^MODEL_CORRUPT /)
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['a walk that goes round', { nodes_truenodeids: [0, 0, 0] }, 'node 0 of tree 0 has child 0'],
  ['two parents for one node', { nodes_truenodeids: [2, 0, 0] }, 'node 0 of tree 0 has child 2'],
  ['a child outside of the tree', { nodes_falsenodeids: [9, 0, 0] }, 'node 0 of tree 0 has child 9'],
  ['a feature that no input has', { nodes_featureids: [6, 0, 0] }, 'node 0 of tree 0 reads feature 6 of 6'],
  [
    'an unknown mode',
    { nodes_modes: ['BRANCH_GT', 'LEAF', 'LEAF'] },
    'mode BRANCH_GT; allowed: BRANCH_LEQ, BRANCH_EQ, LEAF',
  ],
  ['half a code', { nodes_modes: ['BRANCH_EQ', 'LEAF', 'LEAF'] }, 'compares with 0.5; allowed: whole numbers'],
  ['a list that is too short', { nodes_values: [0.5] }, 'values has 1 entries for 3 tree nodes'],
  [
    'a leaf that no row reached',
    { nodes_values: [0.5, 4, 0] },
    'node 2 of tree 0 has cover 0; allowed: 1 or more rows',
  ],
  ['a leaf without a value', { target_nodeids: [1, 0] }, 'node 2 of tree 0 is a leaf without a value'],
  ['nodes out of order', { nodes_nodeids: [0, 2, 1] }, 'node entry 1 is node 2 of tree 0, out of order'],
])('%s is refused, and the message says which node', (_, changed, message) => {
  const stump = treeFromLists({
    feature: [0, -1, -1],
    threshold: [0.5, 0, 0],
    missingLeft: [0, 0, 0],
    left: [1, 0, 0],
    right: [2, 0, 0],
    value: [0, 1, -1],
    cover: [9, 4, 5],
  })
  const body = (features: string): GraphPart => {
    const part = graphFromTrees({ trees: [stump], base: 0 }, features)
    const [trees, ...rest] = part.nodes
    const attributes = { ...trees.attributes }
    for (const [name, value] of Object.entries(changed)) {
      const { kind } = attributes[name]
      attributes[name] = { kind, value } as (typeof attributes)[string]
    }
    return { ...part, nodes: [{ ...trees, attributes }, ...rest] }
  }
  expect(outcome(() => readTrees(exportModel(parts('gbt', body))))).toContain(message)
})
