/**
 * A fitted ensemble of trees and its prediction. Arithmetic is float32 exactly as onnxruntime's TreeEnsembleRegressor does
 * it at one thread: leaf values added in tree order, the base last. So margins are equal bit by bit.
 *
 * A node is the index i into parallel arrays, root first, every parent before its children:
 *
 *   feature[i] < 0            leaf with value[i]
 *   category[i] = 0           x <= threshold[i] goes left
 *   category[i] = 1           a code goes left that is one of codes[codeStart[i]] to codes[codeStart[i + 1] - 1]
 *   missingLeft[i] = 1        NaN goes left, else right
 */
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'

export interface Tree {
  /** -1 for a leaf. */
  readonly feature: Int32Array
  /** 0 at leaves and categories. */
  readonly threshold: Float32Array
  readonly category: Uint8Array
  /** One more than there are nodes, never falling: where each node's codes begin; none but a category has any. */
  readonly codeStart: Uint32Array
  /** Rising within a node; none: only missing values can go left. */
  readonly codes: Float32Array
  readonly missingLeft: Uint8Array
  readonly left: Int32Array
  readonly right: Int32Array
  /** Log-odds added by a leaf, shrinkage inside; 0 at inner nodes. */
  readonly value: Float32Array
  /** Loss reduction of the split; 0 at leaves. */
  readonly gain: Float64Array
  /** Training rows that reached the node. */
  readonly cover: Uint32Array
}

export interface TreeEnsemble {
  readonly trees: readonly Tree[]
  /** Log-odds before any tree, a float32 value. */
  readonly base: number
}

/** The codes of every node as a tree keeps them. */
export function packCodes(codesOfNode: readonly (readonly number[])[]): Pick<Tree, 'codeStart' | 'codes'> {
  const codeStart = new Uint32Array(codesOfNode.length + 1)
  codesOfNode.forEach((codes, node) => {
    codeStart[node + 1] = codeStart[node] + codes.length
  })
  return { codeStart, codes: Float32Array.from(codesOfNode.flat()) }
}

/** Index of the leaf that the row at `values[offset ...]` falls into. */
export function findLeaf(tree: Tree, values: Float32Array, offset: number): number {
  const { feature, threshold, category, missingLeft, left, right } = tree
  let node = 0
  while (feature[node] >= 0) {
    const x = values[offset + feature[node]]
    let goesLeft: boolean
    if (Number.isNaN(x)) goesLeft = missingLeft[node] === 1
    else goesLeft = category[node] === 1 ? hasCode(tree, node, x) : x <= threshold[node]
    node = goesLeft ? left[node] : right[node]
  }
  return node
}

/** Whether `x` is one of the codes that go left. Sets are small (category-split.ts). */
function hasCode({ codeStart, codes }: Tree, node: number, x: number): boolean {
  for (let i = codeStart[node], end = codeStart[node + 1]; i < end; i++) if (codes[i] === x) return true
  return false
}

/** Rows that go through all trees while they are in the cache. */
const BLOCK = 1024

/** Log-odds of every row of `matrix`; each is a float32 value. */
export function predictMargins(ensemble: TreeEnsemble, matrix: FeatureMatrix): Float64Array {
  const sums = new Float32Array(matrix.rowCount)
  for (let start = 0; start < matrix.rowCount; start += BLOCK) {
    const end = Math.min(start + BLOCK, matrix.rowCount)
    for (const tree of ensemble.trees) addTreeInto(sums, tree, matrix, { start, end })
  }
  const margins = new Float64Array(matrix.rowCount)
  for (let row = 0; row < sums.length; row++) margins[row] = Math.fround(sums[row] + ensemble.base)
  return margins
}

/** Adds the tree's value to the sum of each row from start to end - 1: findLeaf, with the tree's arrays looked up once. */
export function addTreeInto(
  sums: Float32Array | Float64Array,
  tree: Tree,
  { values, features }: FeatureMatrix,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  const { feature, threshold, category, codeStart, codes, missingLeft, left, right, value } = tree
  const width = features.length
  for (let row = start; row < end; row++) {
    let node = 0
    for (let f = feature[0]; f >= 0; f = feature[node]) {
      const x = values[row * width + f]
      // A missing value compares as false; where it goes left, it is turned round.
      let goesLeft = x <= threshold[node]
      if (category[node] === 1) {
        let i = codeStart[node]
        const end = codeStart[node + 1]
        while (i < end && codes[i] !== x) i++
        goesLeft = i < end
      }
      if (missingLeft[node] === 1 && Number.isNaN(x)) goesLeft = true
      node = goesLeft ? left[node] : right[node]
    }
    sums[row] += value[node]
  }
}
