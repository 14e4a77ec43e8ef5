/**
 * Grows one tree leaf-wise: always the leaf whose split gains most is split next. Buffers are made once per ensemble
 * (makeGrower) and reused for every tree; nothing is allocated per row.
 *
 *   rows, one slice per leaf:   [ leaf 2 | leaf 0 | leaf 3 | leaf 1 ]
 *   a split parts its slice in place, keeping the order on both sides
 *
 * The smaller child's histogram is built from its rows; the larger one's is parent - smaller, in the parent's buffer.
 */
import type { BinnedMatrix } from './bin.ts'
import { buildHistogramInto, histogramLength, subtractHistogramInto } from './histogram.ts'
import type { Derivatives } from './objective.ts'
import { findBestSplit, type LeafSums, type Split, type SplitOptions } from './split.ts'
import type { Tree } from './tree.ts'

export interface GrowOptions extends SplitOptions {
  /** Most leaves of a tree. >= 2. */
  readonly leaves: number
  /** Most splits on any path. >= 1. */
  readonly maxDepth: number
  /** Shrinks every leaf value. 0 < learningRate <= 1. */
  readonly learningRate: number
}

/** A leaf of the tree being grown. */
interface GrowingLeaf extends LeafSums {
  node: number
  depth: number
  start: number
  end: number
  histogram: Float64Array
  split: Split | undefined
}

export interface GrownTree {
  readonly tree: Tree
  /** Slices of `rows` by leaf: every row of the sample is in exactly one. */
  readonly leaves: readonly { readonly node: number; readonly start: number; readonly end: number }[]
  readonly rows: Uint32Array
}

export interface Grower {
  /** Grows on the rows in `sample` (distinct indices), looking at `candidates` (feature indices, rising) only. */
  grow(sample: Uint32Array, derivatives: Derivatives, candidates: Uint32Array): GrownTree
}

export function makeGrower(binned: BinnedMatrix, options: GrowOptions): Grower {
  const length = histogramLength(binned)
  const histograms = Array.from({ length: options.leaves }, () => new Float64Array(length))
  const rows = new Uint32Array(binned.rowCount)
  const scratch = new Uint32Array(binned.rowCount)

  return {
    grow(sample, derivatives, candidates) {
      rows.set(sample)
      const nodes = new NodeList(2 * options.leaves - 1)
      const seek = (leaf: GrowingLeaf): void => {
        leaf.split =
          leaf.depth < options.maxDepth ? findBestSplit(leaf.histogram, binned, leaf, candidates, options) : undefined
      }
      const root: GrowingLeaf = {
        node: nodes.add(sample.length),
        depth: 0,
        start: 0,
        end: sample.length,
        ...sumDerivatives(sample, derivatives),
        histogram: histograms[0],
        split: undefined,
      }
      buildHistogramInto(root.histogram, binned, { rows, start: 0, end: sample.length }, derivatives)
      seek(root)
      const leaves = [root]
      while (leaves.length < options.leaves) {
        const parent = pickLeaf(leaves)
        if (!parent?.split) break
        const split = parent.split
        const middle = partition(binned, rows, scratch, parent, split)
        const [left, right] = nodes.split(parent, split, middle, binned)
        const spare = histograms[leaves.length]
        leaves[leaves.indexOf(parent)] = left
        leaves.push(right)
        if (leaves.length === options.leaves) break
        const [smaller, larger] = left.rowCount <= right.rowCount ? [left, right] : [right, left]
        smaller.histogram = spare
        buildHistogramInto(spare, binned, { rows, start: smaller.start, end: smaller.end }, derivatives)
        larger.histogram = parent.histogram
        subtractHistogramInto(larger.histogram, parent.histogram, spare)
        seek(left)
        seek(right)
      }
      for (const leaf of leaves) nodes.setValue(leaf, options)
      return { tree: nodes.finish(), leaves, rows }
    },
  }
}

/** The leaf whose split gains most, the earliest of equals. */
function pickLeaf(leaves: readonly GrowingLeaf[]): GrowingLeaf | undefined {
  let best: GrowingLeaf | undefined
  for (const leaf of leaves) {
    if (leaf.split && (!best?.split || leaf.split.gain > best.split.gain)) best = leaf
  }
  return best
}

function sumDerivatives(sample: Uint32Array, { gradients, hessians, scale }: Derivatives): LeafSums {
  let gradient = 0
  let hessian = 0
  for (const row of sample) {
    gradient += gradients[row]
    hessian += hessians[row]
  }
  return { gradient, hessian, rowCount: sample.length, scale }
}

/** Parts the leaf's slice of `rows` into left and right rows, stable; returns where the right ones begin. */
function partition(
  binned: BinnedMatrix,
  rows: Uint32Array,
  scratch: Uint32Array,
  leaf: GrowingLeaf,
  split: Split,
): number {
  const width = binned.features.length
  let left = leaf.start
  let right = 0
  for (let i = leaf.start; i < leaf.end; i++) {
    const row = rows[i]
    if (goesLeft(split, binned.bins[row * width + split.feature])) rows[left++] = row
    else scratch[right++] = row
  }
  rows.set(scratch.subarray(0, right), left)
  return left
}

function goesLeft(split: Split, bin: number): boolean {
  if (bin === 0) return split.missingLeft
  return split.category ? bin === split.bin : bin <= split.bin
}

/** The nodes of one tree while it grows: arrays of the largest size, cut at the end. */
class NodeList {
  #count = 0
  readonly #feature: Int32Array
  readonly #threshold: Float32Array
  readonly #category: Uint8Array
  readonly #missingLeft: Uint8Array
  readonly #left: Int32Array
  readonly #right: Int32Array
  readonly #value: Float32Array
  readonly #gain: Float64Array
  readonly #cover: Uint32Array

  constructor(most: number) {
    this.#feature = new Int32Array(most).fill(-1)
    this.#threshold = new Float32Array(most)
    this.#category = new Uint8Array(most)
    this.#missingLeft = new Uint8Array(most)
    this.#left = new Int32Array(most)
    this.#right = new Int32Array(most)
    this.#value = new Float32Array(most)
    this.#gain = new Float64Array(most)
    this.#cover = new Uint32Array(most)
  }

  add(rowCount: number): number {
    this.#cover[this.#count] = rowCount
    return this.#count++
  }

  /** Turns the parent's leaf node into a split and returns its two new leaves, histograms still to be filled. */
  split(parent: GrowingLeaf, split: Split, middle: number, binned: BinnedMatrix): [GrowingLeaf, GrowingLeaf] {
    const leftRows = middle - parent.start
    const rightRows = parent.end - middle
    const node = parent.node
    this.#feature[node] = split.feature
    this.#threshold[node] = thresholdOf(binned, split)
    this.#category[node] = split.category ? 1 : 0
    // Where no missing value was seen, one met later goes with the larger side.
    const missingSeen = parent.histogram[2 * binned.slotOffsets[split.feature] + 1] > 0
    this.#missingLeft[node] = (missingSeen ? split.missingLeft : leftRows > rightRows) ? 1 : 0
    this.#gain[node] = split.gain
    this.#left[node] = this.add(leftRows)
    this.#right[node] = this.add(rightRows)
    const { histogram, scale } = parent
    const rest = { depth: parent.depth + 1, histogram, scale, split: undefined }
    const left = { ...rest, node: this.#left[node], start: parent.start, end: middle, rowCount: leftRows }
    const right = { ...rest, node: this.#right[node], start: middle, end: parent.end, rowCount: rightRows }
    return [
      { ...left, gradient: split.leftGradient, hessian: split.leftHessian },
      { ...right, gradient: parent.gradient - split.leftGradient, hessian: parent.hessian - split.leftHessian },
    ]
  }

  /** The step that minimises the second-order loss of the leaf, shrunk: -rate x G / (H + l2). */
  setValue(leaf: GrowingLeaf, options: GrowOptions): void {
    this.#value[leaf.node] = (-options.learningRate * leaf.gradient) / (leaf.hessian + options.l2 * leaf.scale)
  }

  finish(): Tree {
    const cut = <T extends Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array>(array: T) =>
      array.slice(0, this.#count) as T
    return {
      feature: cut(this.#feature),
      threshold: cut(this.#threshold),
      category: cut(this.#category),
      missingLeft: cut(this.#missingLeft),
      left: cut(this.#left),
      right: cut(this.#right),
      value: cut(this.#value),
      gain: cut(this.#gain),
      cover: cut(this.#cover),
    }
  }
}

/** The largest finite float32: every known number is at or below it. */
const LARGEST = 3.4028234663852886e38

/** The value a row is compared with: a threshold, or a code (0, which no row has, when only missing values go left). */
function thresholdOf(binned: BinnedMatrix, split: Split): number {
  const feature = binned.features[split.feature]
  if (feature.kind === 'number') return split.bin === feature.binCount - 1 ? LARGEST : feature.thresholds[split.bin - 1]
  return split.bin === 0 ? 0 : feature.codes[split.bin - 1]
}
