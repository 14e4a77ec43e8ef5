/**
 * SHAP values of trees in log-odds: exact, path-dependent (Lundberg et al., 2020, "From local explanations to global
 * understanding with explainable AI for trees"; what LightGBM's pred_contrib and the SHAP library's tree_path_dependent
 * give). A feature that is not known sends a row both ways, weighted by the training rows (covers) of each side.
 *
 * A leaf is a game of its own: with the known features S it pays  value x prod over i in S of [row passes i] x prod over
 * the others of share_i.  With o_i = 1 when the row passes, else 0, the Shapley value of feature i is
 *
 *   value x (o_i - share_i) x integral over t in [0, 1] of  prod over j != i of  (t o_j + (1 - t) share_j)
 *
 * (t is the chance that a feature came before i in a random order), a polynomial which Gauss-Legendre integrates exactly.
 * It depends on the row only through which features it passes, so it is computed once per (group of leaves, code).
 *
 * Everything is float64 over the float32 leaf values: per row, base value + SHAP values = the float64 sum of its leaves and
 * the ensemble's base, to within 1e-9. (predictMargins adds the same values in float32, so its margin differs by rounding.)
 */
import { gaussLegendre, type Quadrature } from '../math/gauss-legendre.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { decideAll } from './decisions.ts'
import { coverShare, type LeafGroup, type LongPath, leafGroups } from './leaf-group.ts'
import type { Tree, TreeEnsemble } from './tree.ts'

/** The log-odds that the values of every row are counted from: what the model says when nothing is known. */
export function treeBaseValue({ trees, base }: TreeEnsemble): number {
  return trees.reduce((sum, tree) => sum + expectedValue(tree), 0) + base
}

function expectedValue(tree: Tree): number {
  const expected = Float64Array.from(tree.value)
  for (let node = expected.length - 1; node >= 0; node--) {
    if (tree.feature[node] < 0) continue
    const [left, right] = [tree.left[node], tree.right[node]]
    expected[node] = coverShare(tree, node, left) * expected[left] + coverShare(tree, node, right) * expected[right]
  }
  return expected[0]
}

/** More bits put more leaves into a group, but make more codes to compute; 10 to 12 took about the same time. */
const MOST_CODE_BITS = 11

/** SHAP values of every row: [rowCount x features], row-major. */
export function treeShap(ensemble: TreeEnsemble, matrix: FeatureMatrix): Float64Array {
  const width = matrix.features.length
  const out = new Float64Array(matrix.rowCount * width)
  const columns = matrix.features.map((_, f) => columnOf(matrix, f))
  const games = new Games(matrix.rowCount)
  for (const tree of ensemble.trees) {
    const lanes = decideAll(tree, columns, matrix.rowCount)
    for (const part of leafGroups(tree, MOST_CODE_BITS)) {
      if (part.kind === 'group') games.addGroupInto(out, part, lanes, width)
      else games.addLongPathInto(out, part, lanes, width)
    }
  }
  return out
}

function columnOf({ rowCount, features, values }: FeatureMatrix, f: number): Float32Array {
  const column = new Float32Array(rowCount)
  for (let row = 0, i = f; row < rowCount; row++, i += features.length) column[row] = values[i]
  return column
}

/** The games of the leaves, one group after another, with the memory that they share. */
class Games {
  readonly #codes: Uint16Array
  /** SHAP values by code, as many as the group has features. */
  readonly #table = new Float64Array(MOST_CODE_BITS << MOST_CODE_BITS)
  /** Which group last wrote the table's values of a code. */
  readonly #writer = new Uint32Array(1 << MOST_CODE_BITS)
  #group = 0
  readonly #quadratures: Quadrature[] = []

  constructor(rowCount: number) {
    this.#codes = new Uint16Array(rowCount)
  }

  /** Adds the SHAP values of every row for the group's leaves. */
  addGroupInto(out: Float64Array, group: LeafGroup, lanes: readonly Uint8Array[], width: number): void {
    const codes = this.#codes
    codes.fill(0)
    for (const { lane, codes: byByte } of group.lanes) {
      const bytes = lanes[lane]
      for (let row = 0; row < codes.length; row++) codes[row] |= byByte[bytes[row]]
    }
    this.#group++
    const { features } = group
    const count = features.length
    const table = this.#table
    const writer = this.#writer
    for (let row = 0, base = 0; row < codes.length; row++, base += width) {
      const code = codes[row]
      const entry = code * count
      if (writer[code] !== this.#group) this.#writeEntry(group, code, entry)
      for (let e = 0; e < count; e++) out[base + features[e]] += table[entry + e]
    }
  }

  #writeEntry({ features, leaves }: LeafGroup, code: number, entry: number): void {
    this.#writer[code] = this.#group
    this.#table.fill(0, entry, entry + features.length)
    for (const { value, slots, shares, care, want } of leaves) {
      const passes = new Uint8Array(slots.length)
      for (let e = 0; e < slots.length; e++) passes[e] = (code & care[e]) === want[e] ? 1 : 0
      const values = this.#shapley(value, shares, passes)
      for (let e = 0; e < slots.length; e++) this.#table[entry + slots[e]] += values[e]
    }
  }

  /** Too many sets of passed features to keep them: each row is computed. */
  addLongPathInto(out: Float64Array, path: LongPath, lanes: readonly Uint8Array[], width: number): void {
    const { value, features, shares, conditions } = path
    const passes = new Uint8Array(features.length)
    for (let row = 0, base = 0; row < this.#codes.length; row++, base += width) {
      passes.fill(1)
      for (const { slot, lane, care, want } of conditions) if ((lanes[lane][row] & care) !== want) passes[slot] = 0
      const values = this.#shapley(value, shares, passes)
      for (let e = 0; e < features.length; e++) out[base + features[e]] += values[e]
    }
  }

  /** The Shapley values of one leaf, for a row that passes the features where `passes` is 1. */
  #shapley(value: number, shares: Float64Array, passes: Uint8Array): Float64Array {
    const count = shares.length
    const values = new Float64Array(count)
    // The integrand has degree count - 1.
    const size = (count + 1) >> 1
    this.#quadratures[size] ??= gaussLegendre(size)
    const { points, weights } = this.#quadratures[size]
    let failing = 0
    for (let q = 0; q < points.length; q++) {
      const t = points[q]
      let product = weights[q]
      for (let e = 0; e < count; e++) product *= passes[e] * t + (1 - t) * shares[e]
      // Without its own factor (1 - t) share, and times share, every failed feature has the same integral.
      failing += product / (1 - t)
      for (let e = 0; e < count; e++) if (passes[e] === 1) values[e] += product / (t + (1 - t) * shares[e])
    }
    for (let e = 0; e < count; e++) {
      values[e] = passes[e] === 1 ? value * (1 - shares[e]) * values[e] : -value * failing
    }
    return values
  }
}
