/** Split by split against LightGBM (data/golden/trees.json): the same bin codes into both give the same first trees. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rocAuc } from '../metrics/ranking.ts'
import { selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix, FeatureSpec } from '../preprocess/preprocessor.ts'
import { DEFAULT_BOOST, fitTrees } from './boost.ts'
import { predictMargins, type Tree } from './tree.ts'

/** [feature, largest code or list of codes that goes left, left, right], or the value of a leaf. */
type Structure = number | [number, number | number[], Structure, Structure]

interface GoldenCase {
  readonly name: string
  readonly leaves: number
  readonly l1: number
  readonly l2: number
  /** Per feature: 1, the answer must not fall while it rises; empty: all are free. */
  readonly directions: readonly number[]
  /** Features that are categories. */
  readonly categories: readonly number[]
  /** Per feature, one character per row: code 0 is "0", code 1 is "1", ... */
  readonly codes: readonly string[]
  readonly labels: string
  readonly trees: readonly Structure[]
}

const GOLDEN = join(import.meta.dirname, '../../../data/golden/trees.json')
interface Ranking {
  /** The first rows are trained on, the others judged. */
  readonly train: number
  readonly leaves: number
  readonly rounds: number
  /** Feature 0 is a category of 40 codes. */
  readonly codes: readonly string[]
  readonly labels: string
  /** LightGBM's, with sets of codes and with one code against the rest. */
  readonly roc_auc: { readonly sets: number; readonly single_codes: number }
}

const { cases, ranking } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as {
  readonly cases: readonly GoldenCase[]
  readonly ranking: Ranking
}

function matrixOf(codes: readonly string[], categories: readonly number[]): FeatureMatrix {
  const width = codes.length
  const rowCount = codes[0].length
  const values = new Float32Array(width * rowCount)
  codes.forEach((column, f) => {
    // A category's codes begin at 1.
    const first = 48 - (categories.includes(f) ? 1 : 0)
    for (let row = 0; row < rowCount; row++) values[row * width + f] = column.charCodeAt(row) - first
  })
  const features = codes.map((column, f): FeatureSpec => {
    if (!categories.includes(f)) return { name: `f${f}`, kind: 'number' }
    return { name: `f${f}`, kind: 'category', levels: [...new Set(column)].sort(), hasOther: false }
  })
  return { rowCount, features, values }
}

function fitCase({ codes, labels, leaves, l1, l2, trees, categories, directions }: GoldenCase) {
  const matrix = matrixOf(codes, categories)
  const features = matrix.features.map((spec, f): FeatureSpec => {
    if (spec.kind === 'category' || !directions[f]) return spec
    return { ...spec, monotone: directions[f] > 0 ? 'increasing' : 'decreasing' }
  })
  const data = { matrix: { ...matrix, features }, labels: Uint8Array.from(labels, Number) }
  const options = { ...DEFAULT_BOOST, trees: trees.length, leaves, l1, l2, earlyStoppingRounds: 0 }
  return fitTrees(data, options, { seed: 1 })
}

const isLeaf = (structure: Structure): structure is number => typeof structure === 'number'

/** Features and thresholds only. */
function shapeOf(structure: Structure): unknown {
  if (isLeaf(structure)) return 'leaf'
  const [feature, code, left, right] = structure
  return [feature, code, shapeOf(left), shapeOf(right)]
}

function leavesOf(structure: Structure): number[] {
  return isLeaf(structure) ? [structure] : [...leavesOf(structure[2]), ...leavesOf(structure[3])]
}

/** Our tree in the golden file's form. `shift` is added to each leaf. */
function structureOf(tree: Tree, shift: number, node = 0): Structure {
  if (tree.feature[node] < 0) return tree.value[node] + shift
  const child = (at: number) => structureOf(tree, shift, at)
  const codes = Array.from(tree.codes.subarray(tree.codeStart[node], tree.codeStart[node + 1]), code => code - 1)
  const left = tree.category[node] === 1 ? codes : Math.floor(tree.threshold[node])
  return [tree.feature[node], left, child(tree.left[node]), child(tree.right[node])]
}

test.each(cases)('LightGBM 4.7.0 grows the same trees on $name', golden => {
  const ensemble = fitCase(golden)
  golden.trees.forEach((expected, i) => {
    // LightGBM keeps the base in the leaves of its first tree.
    const own = structureOf(ensemble.trees[i], i === 0 ? ensemble.base : 0)
    expect(shapeOf(own), `tree ${i}`).toEqual(shapeOf(expected))
    const values = leavesOf(expected)
    leavesOf(own).forEach((value, leaf) => {
      expect(Math.abs(value - values[leaf]), `tree ${i}, leaf ${leaf}`).toBeLessThan(1e-6)
    })
  })
})

test('a category of 40 codes is learnt as well as by LightGBM: held-out ROC-AUC within 0.002, above single codes', () => {
  const { train, leaves, rounds, codes, labels, roc_auc } = ranking
  const all = { matrix: matrixOf(codes, [0]), labels: Uint8Array.from(labels, Number) }
  const rows = Uint32Array.from(labels, (_, row) => row)
  const options = { ...DEFAULT_BOOST, trees: rounds, leaves, l2: 0, earlyStoppingRounds: 0 }
  const ensemble = fitTrees(selectLabelledRows(all, rows.subarray(0, train)), options, { seed: 1 })
  const heldOut = selectLabelledRows(all, rows.subarray(train))
  const own = rocAuc(predictMargins(ensemble, heldOut.matrix), heldOut.labels)
  expect(Math.abs(own - roc_auc.sets)).toBeLessThan(0.002)
  expect(own).toBeGreaterThan(roc_auc.single_codes + 0.01)
})
