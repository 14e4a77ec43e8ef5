import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSession } from '../../adapters/onnx/session.ts'
import { type TreeLists, treeFromLists } from '../gbt/tree.fixture.ts'
import { predictMargins, type Tree, type TreeEnsemble } from '../gbt/tree.ts'
import { makeRandom, type Random } from '../math/random.ts'
import { RUNTIMES } from '../model/family.conformance.ts'
import { probabilitiesFromMargins } from '../model/score.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { exportModel } from './export.ts'
import { graphFromTrees } from './from-trees.ts'
import { readTrees } from './read.ts'

/** Codes around 32 and 64, where bit sets of a runtime would end, and far above. */
const LEVELS = [5, 70, 300]
const FEATURES: readonly FeatureSpec[] = [
  { name: 'x', kind: 'number' },
  ...LEVELS.map((count, f): FeatureSpec => {
    return { name: `c${f}`, kind: 'category', levels: Array.from({ length: count }, (_, i) => `${i}`), hasOther: true }
  }),
]

function randomTree(random: Random): Tree {
  const nodes = [{ feature: -1, left: 0, right: 0 }]
  const splits = random.integer(0, 12)
  for (let split = 0; split < splits; split++) {
    const leaves = nodes.filter(({ feature }) => feature < 0)
    const chosen = leaves[random.integer(0, leaves.length - 1)]
    // Mostly one feature, so that splits on it follow each other.
    const feature = random.uniform() < 0.6 ? 2 : random.integer(0, FEATURES.length - 1)
    Object.assign(chosen, { feature, left: nodes.length, right: nodes.length + 1 })
    nodes.push({ feature: -1, left: 0, right: 0 }, { feature: -1, left: 0, right: 0 })
  }
  const codesOf = (feature: number) => {
    const count = random.uniform() < 0.1 ? 0 : random.integer(1, Math.min(32, LEVELS[feature - 1]))
    const near = random.uniform() < 0.5 ? 30 : 0
    return [...new Set(Array.from({ length: count }, () => codeOf(random, feature, near)))].sort((a, b) => a - b)
  }
  const lists: TreeLists = {
    feature: nodes.map(({ feature }) => feature),
    threshold: nodes.map(({ feature }) => (feature < 0 ? 0 : random.integer(-2, 2))),
    codes: nodes.map(({ feature }) => (feature >= 1 ? codesOf(feature) : null)),
    missingLeft: nodes.map(({ feature }) => (feature >= 0 && random.uniform() < 0.5 ? 1 : 0)),
    left: nodes.map(({ left }) => left),
    right: nodes.map(({ right }) => right),
    // Few values, so that sides look alike: a runtime that joins nodes must not join too much.
    value: nodes.map(({ feature }) => (feature < 0 ? random.integer(-1, 1) / 8 : 0)),
    cover: coversOf(nodes, random),
  }
  return treeFromLists(lists)
}

/** Of a node the rows of both its children, which stand behind it. */
function coversOf(
  nodes: readonly { readonly feature: number; readonly left: number; readonly right: number }[],
  random: Random,
): number[] {
  const covers = nodes.map(() => random.integer(1, 1000))
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { feature, left, right } = nodes[i]
    if (feature >= 0) covers[i] = covers[left] + covers[right]
  }
  return covers
}

/** A code of the feature, "other" included; `near`: at least this where the feature has as many. */
function codeOf(random: Random, feature: number, near: number): number {
  const most = LEVELS[feature - 1] + 1
  return random.integer(Math.min(1 + near, most), Math.min(most, near + 45))
}

function randomRows(random: Random, rowCount: number) {
  const values = Float32Array.from({ length: rowCount * FEATURES.length }, (_, i) => {
    const feature = i % FEATURES.length
    if (random.uniform() < 0.15) return Number.NaN
    if (feature === 0) return random.integer(-3, 3)
    return codeOf(random, feature, random.uniform() < 0.5 ? 30 : 0)
  })
  return { rowCount, features: FEATURES, values }
}

function fileOf(ensemble: TreeEnsemble): Uint8Array {
  const body = (features: string) => graphFromTrees(ensemble, features)
  return exportModel({ features: FEATURES, body, metadata: { family: 'gbt' } })
}

test.each(RUNTIMES)('$name takes our branches in any tree: sets of codes, missing values, "other"', async one => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async seed => {
      const random = makeRandom(seed)
      const ensemble = { trees: Array.from({ length: random.integer(1, 4) }, () => randomTree(random)), base: 0.25 }
      const rows = randomRows(random, 400)
      const session = await openSession(fileOf(ensemble), one.runtime)
      expect(await session.run(rows.values, rows.rowCount)).toEqual(
        probabilitiesFromMargins(predictMargins(ensemble, rows)),
      )
    }),
    { numRuns: 150 },
  )
})

test('any trees come back from the file as they are: chains of nodes become sets of codes again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), seed => {
      const random = makeRandom(seed)
      const ensemble = { trees: Array.from({ length: random.integer(1, 4) }, () => randomTree(random)), base: 0.25 }
      expect(readTrees(fileOf(ensemble))).toEqual(ensemble)
    }),
    { numRuns: 300 },
  )
})

test('missing values part from codes also where onnxruntime 1.30 would join two nodes whose left sides look alike', async () => {
  const tree = treeFromLists({
    feature: [1, -1, 1, -1, -1],
    threshold: [0, 0, 0, 0, 0],
    codes: [[1, 4], null, [2], null, null],
    missingLeft: [0, 0, 1, 0, 0],
    left: [1, 0, 3, 0, 0],
    right: [2, 0, 4, 0, 0],
    value: [0, 0.5, 0, 0.5, -0.5],
    cover: [9, 3, 6, 3, 3],
  })
  const ensemble = { trees: [tree], base: 0 }
  const values = Float32Array.from([1, 2, 3, 4, Number.NaN].flatMap(code => [0, code, 1, 1]))
  const rows = { rowCount: 5, features: FEATURES, values }
  expect(predictMargins(ensemble, rows)).toEqual(Float64Array.of(0.5, 0.5, -0.5, 0.5, 0.5))
  for (const { runtime } of RUNTIMES) {
    const session = await openSession(fileOf(ensemble), runtime)
    expect(await session.run(values, 5)).toEqual(probabilitiesFromMargins(predictMargins(ensemble, rows)))
  }
  expect(readTrees(fileOf(ensemble))).toEqual(ensemble)
})
