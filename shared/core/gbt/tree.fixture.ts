/** Trees from plain lists, one entry per node, as tests and golden files have them. */
import { packCodes, type Tree } from './tree.ts'

export interface TreeLists {
  readonly feature: readonly number[]
  readonly threshold: readonly number[]
  /** The codes that go left, for a category; absent for all: there is none. */
  readonly codes?: readonly (readonly number[] | null)[]
  readonly missingLeft: readonly number[]
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly value: readonly number[]
  readonly cover: readonly number[]
}

export function treeFromLists(lists: TreeLists): Tree {
  const codes = lists.feature.map((_, node) => lists.codes?.[node] ?? null)
  return {
    feature: Int32Array.from(lists.feature),
    threshold: Float32Array.from(lists.threshold, (value, node) => (codes[node] === null ? value : 0)),
    category: Uint8Array.from(codes, own => (own === null ? 0 : 1)),
    ...packCodes(codes.map(own => own ?? [])),
    missingLeft: Uint8Array.from(lists.missingLeft),
    left: Int32Array.from(lists.left),
    right: Int32Array.from(lists.right),
    value: Float32Array.from(lists.value),
    gain: new Float64Array(lists.feature.length),
    cover: Uint32Array.from(lists.cover),
  }
}
