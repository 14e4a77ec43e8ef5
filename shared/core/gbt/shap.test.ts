import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelledRows } from '../model/family.conformance.ts'
import type { FeatureMatrix, FeatureSpec } from '../preprocess/preprocessor.ts'
import { DEFAULT_BOOST, fitTrees } from './boost.ts'
import { treeBaseValue, treeShap } from './shap.ts'
import { type TreeLists, treeFromLists } from './tree.fixture.ts'
import { findLeaf, type Tree, type TreeEnsemble } from './tree.ts'

/** What a tree pays when only the features in `known` (bits) are: the definition, walked node by node. */
function payoff(tree: Tree, row: Float32Array, known: number, node = 0): number {
  const feature = tree.feature[node]
  if (feature < 0) return tree.value[node]
  const [left, right] = [tree.left[node], tree.right[node]]
  if ((known >> feature) & 1) {
    const x = row[feature]
    const codes = tree.codes.subarray(tree.codeStart[node], tree.codeStart[node + 1])
    const passes = tree.category[node] === 1 ? codes.includes(x) : x <= tree.threshold[node]
    const goesLeft = Number.isNaN(x) ? tree.missingLeft[node] === 1 : passes
    return payoff(tree, row, known, goesLeft ? left : right)
  }
  const share = tree.cover[left] / (tree.cover[left] + tree.cover[right])
  return share * payoff(tree, row, known, left) + (1 - share) * payoff(tree, row, known, right)
}

/** Shapley values by every subset of features, the naive twin. */
function naiveShap({ trees }: TreeEnsemble, row: Float32Array): Float64Array {
  const count = row.length
  const values = new Float64Array(count)
  // Size of the subset without the feature → |S|! (n - |S| - 1)! / n!
  const weights = [1 / count]
  for (let size = 1; size < count; size++) weights[size] = (weights[size - 1] * size) / (count - size)
  for (const tree of trees) {
    const pays = Float64Array.from({ length: 1 << count }, (_, known) => payoff(tree, row, known))
    for (let feature = 0; feature < count; feature++) {
      for (let known = 0; known < 1 << count; known++) {
        if ((known >> feature) & 1) continue
        let size = 0
        for (let rest = known; rest > 0; rest >>= 1) size += rest & 1
        values[feature] += weights[size] * (pays[known | (1 << feature)] - pays[known])
      }
    }
  }
  return values
}

/** The float64 sum of a row's leaves and the base. */
function exactMargin({ trees, base }: TreeEnsemble, values: Float32Array, offset: number): number {
  return trees.reduce((sum, tree) => sum + tree.value[findLeaf(tree, values, offset)], 0) + base
}

function expectSumsToMargin(ensemble: TreeEnsemble, matrix: FeatureMatrix, shap: Float64Array, within: number): void {
  const width = matrix.features.length
  const base = treeBaseValue(ensemble)
  for (let row = 0; row < matrix.rowCount; row++) {
    const sum = shap.subarray(row * width, (row + 1) * width).reduce((total, value) => total + value, base)
    expect(Math.abs(sum - exactMargin(ensemble, matrix.values, row * width))).toBeLessThan(within)
  }
}

const numbers = (count: number) =>
  Array.from({ length: count }, (_, i): FeatureSpec => ({ name: `f${i}`, kind: 'number' }))

/** A random tree over `width` features, made from draws in [0, 1): splits of both kinds, any shape, any missing direction. */
function treeOf(draws: readonly number[], width: number): Tree {
  let next = 0
  const draw = () => draws[next++ % draws.length]
  const splits = 1 + Math.floor(draw() * 12)
  const nodes = [{ feature: -1, left: 0, right: 0, cover: 4 + Math.floor(draw() * 1000) }]
  for (let split = 0; split < splits; split++) {
    const leaves = nodes.flatMap((node, i) => (node.feature < 0 && node.cover >= 2 ? [i] : []))
    if (leaves.length === 0) break
    const chosen = nodes[leaves[Math.floor(draw() * leaves.length)]]
    const leftCover = 1 + Math.floor(draw() * (chosen.cover - 1))
    Object.assign(chosen, { feature: Math.floor(draw() * width), left: nodes.length, right: nodes.length + 1 })
    for (const cover of [leftCover, chosen.cover - leftCover]) nodes.push({ feature: -1, left: 0, right: 0, cover })
  }
  return treeFromLists({
    feature: nodes.map(({ feature }) => feature),
    threshold: nodes.map(() => Math.floor(4 * draw())),
    codes: nodes.map(({ feature }) => (feature >= 0 && draw() < 0.4 ? [0, 1, 2, 3].filter(() => draw() < 0.4) : null)),
    missingLeft: nodes.map(() => (draw() < 0.5 ? 1 : 0)),
    left: nodes.map(({ left }) => left),
    right: nodes.map(({ right }) => right),
    value: nodes.map(() => draw() - 0.5),
    cover: nodes.map(({ cover }) => cover),
  })
}

const WIDTH = 5
const DRAWS = fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { minLength: 40, maxLength: 120 })
const CELL = fc.constantFrom(0, 1, 2, 3, 4, Number.NaN)

test('SHAP values equal the sum over all subsets of features, for any tree, missing value and category', () => {
  const cells = fc.array(CELL, { minLength: WIDTH, maxLength: 4 * WIDTH })
  fc.assert(
    fc.property(fc.array(DRAWS, { minLength: 1, maxLength: 3 }), cells, (draws, values) => {
      const ensemble = { trees: draws.map(one => treeOf(one, WIDTH)), base: 0.25 }
      const rowCount = Math.floor(values.length / WIDTH)
      const matrix = {
        rowCount,
        features: numbers(WIDTH),
        values: Float32Array.from(values.slice(0, rowCount * WIDTH)),
      }
      const shap = treeShap(ensemble, matrix)
      for (let row = 0; row < rowCount; row++) {
        const naive = naiveShap(ensemble, matrix.values.subarray(row * WIDTH, (row + 1) * WIDTH))
        naive.forEach((value, feature) => {
          expect(Math.abs(shap[row * WIDTH + feature] - value)).toBeLessThan(1e-12)
        })
      }
      expectSumsToMargin(ensemble, matrix, shap, 1e-12)
    }),
    { numRuns: 300 },
  )
})

/** A tree in which each node splits on the next feature and only its right side goes on: every leaf has a long path. */
function chain(length: number, width: number): Tree {
  const count = 2 * length + 1
  const isInner = (i: number) => i < count - 1 && i % 2 === 0
  const covers = Array.from({ length: count }, (_, i) => 3 * (count - i))
  for (let i = count - 1; i >= 0; i--) if (isInner(i)) covers[i] = covers[i + 1] + covers[i + 2]
  const each = (value: (i: number) => number) => Array.from({ length: count }, (_, i) => value(i))
  return treeFromLists({
    feature: each(i => (isInner(i) ? (i / 2) % width : -1)),
    threshold: each(i => ((i / 2) % 3) - 1),
    missingLeft: each(i => (i % 4 === 0 ? 1 : 0)),
    left: each(i => (isInner(i) ? i + 1 : 0)),
    right: each(i => (isInner(i) ? i + 2 : 0)),
    value: each(i => Math.sin(i)),
    cover: covers,
  })
}

test('paths of more features than the table of sets holds give the values of the naive twin too', () => {
  const width = 15
  const ensemble = { trees: [chain(width, width)], base: 0 }
  const rows = [1, 2, 3].map(row => Float32Array.from({ length: width }, (_, f) => ((f * row) % 5) - 1.5))
  rows[1][4] = Number.NaN
  const values = Float32Array.from(rows.flatMap(row => [...row]))
  const shap = treeShap(ensemble, { rowCount: 3, features: numbers(width), values })
  rows.forEach((row, r) => {
    naiveShap(ensemble, row).forEach((value, f) => {
      expect(Math.abs(shap[r * width + f] - value)).toBeLessThan(1e-12)
    })
  })
})

test.each([
  [40, 40],
  [200, 70],
  [200, 6],
])(
  'a chain of %i splits over %i features sums to the margin: trees of more inner nodes than a word has bits',
  (length, width) => {
    const ensemble = { trees: [chain(length, width)], base: -1 }
    const values = Float32Array.from({ length: 50 * width }, (_, i) => (i % 7 === 0 ? Number.NaN : Math.cos(i) * 3))
    const matrix = { rowCount: 50, features: numbers(width), values }
    expectSumsToMargin(ensemble, matrix, treeShap(ensemble, matrix), 1e-9)
  },
)

test('SHAP values of trained trees sum to the float64 margin within 1e-9, on values that no training row had too', () => {
  const train = labelledRows(1, 3000)
  const options = { ...DEFAULT_BOOST, trees: 100, leaves: 31, earlyStoppingRounds: 0 }
  const ensemble = fitTrees(train, options, { seed: 3 })
  const { matrix } = labelledRows(2, 1000)
  const values = matrix.values.map((value, i) => (i % 31 === 0 ? Number.NaN : i % 37 === 0 ? 1e30 : value))
  const awkward = { ...matrix, values }
  expectSumsToMargin(ensemble, awkward, treeShap(ensemble, awkward), 1e-9)
})

test('a feature that no tree splits on has SHAP value 0, and no trees give the base alone', () => {
  const matrix = { rowCount: 2, features: numbers(3), values: Float32Array.of(1, 2, 3, Number.NaN, 5, 6) }
  const shap = treeShap({ trees: [treeOf([0.3, 0.9, 0.1, 0.5], 2)], base: 0 }, matrix)
  expect([shap[2], shap[5]]).toEqual([0, 0])
  expect(treeShap({ trees: [], base: 0.5 }, matrix)).toEqual(new Float64Array(6))
  expect(treeBaseValue({ trees: [], base: 0.5 })).toBe(0.5)
})

interface Golden {
  readonly cases: readonly {
    readonly name: string
    readonly features: readonly FeatureSpec[]
    readonly trees: readonly TreeLists[]
    readonly rows: readonly (readonly (number | null)[])[]
    readonly base_value: number
    readonly lightgbm: readonly (readonly number[])[]
    /** null: the SHAP library has no splits on a category. */
    readonly shap: readonly (readonly number[])[] | null
  }[]
}

const golden: Golden = JSON.parse(readFileSync(new URL('../../../data/golden/shap.json', import.meta.url), 'utf8'))

test.each(golden.cases)('$name: equal to LightGBM and to the SHAP library within 1e-9 (data/golden/shap.json)', one => {
  const trees = one.trees.map(treeFromLists)
  const values = Float32Array.from(one.rows.flatMap(row => row.map(value => value ?? Number.NaN)))
  const matrix = { rowCount: one.rows.length, features: one.features, values }
  const ensemble = { trees, base: 0 }
  const shap = treeShap(ensemble, matrix)
  const width = one.features.length
  expect(Math.abs(treeBaseValue(ensemble) - one.base_value)).toBeLessThan(1e-9)
  for (const library of [one.lightgbm, ...(one.shap === null ? [] : [one.shap])]) {
    const distances = library.flatMap((row, r) => row.map((value, f) => Math.abs(shap[r * width + f] - value)))
    expect(distances).toHaveLength(shap.length)
    expect(Math.max(...distances)).toBeLessThan(1e-9)
  }
})
