/**
 * Grows one tree leaf-wise: always the leaf whose split gains most is split next. Buffers are made once per ensemble
 * (makeGrower) and reused for every tree; nothing is allocated per row. The work on rows is the shards' (shard.ts).
 *
 * The smaller child's histogram is built from its rows; the larger one's is parent - smaller, in the parent's buffer.
 */
import type { BinnedMatrix } from './bin.ts'
import type { Direction } from './constrained-split.ts'
import type { Crew } from './crew.ts'
import type { JointColumns } from './joint-columns.ts'
import { type Kernels, SLOTS_PER_COLUMN } from './kernels/kernels.ts'
import { type Bounds, leafStep, ruleOf, UNBOUNDED } from './leaf-rule.ts'
import { NodeList } from './node-list.ts'
import { type BeginStep, type ForestRows, NO_LEAF, type ShardRows, type Step } from './shard.ts'
import { type LeafSums, makeSplitSearch, type Split, type SplitOptions } from './split.ts'
import type { Tree } from './tree.ts'

export interface GrowOptions extends SplitOptions {
  /** Most leaves of a tree. >= 2. */
  readonly leaves: number
  /** Most splits on any path. >= 1. */
  readonly maxDepth: number
  /** Shrinks every leaf value. 0 < learningRate <= 1. */
  readonly learningRate: number
}

/** A leaf of the tree being grown; its place in the list of leaves is its number in the shards. */
interface GrowingLeaf extends LeafSums {
  readonly node: number
  readonly depth: number
  /** Of the split that made it (split.ts). */
  readonly extraL2: number
  histogram: Float64Array
  split: Split | undefined
}

export interface GrownTree {
  readonly tree: Tree
  /** Leaf l of the shards has value forest.leafValues[l]. */
  readonly leafCount: number
}

export interface GrowParts {
  readonly kernels: Kernels
  readonly binned: BinnedMatrix
  readonly joint: JointColumns
  readonly forest: ForestRows
  readonly shards: readonly ShardRows[]
  readonly crew: Crew
  /** Per feature. */
  readonly directions: readonly Direction[]
}

export interface Grower {
  /** Grows on all rows, or on the sample in leaf 0 of the shards, looking at `candidates` (feature indices, rising) only. */
  grow(candidates: Uint32Array, begin: Pick<BeginStep, 'leaves' | 'sampled'>): GrownTree
}

export function makeGrower(parts: GrowParts, options: GrowOptions): Grower {
  const { kernels, binned, joint, forest, shards, crew } = parts
  const { firstSlots, firstFeatureSlot } = joint
  const findBestSplit = makeSplitSearch(kernels, { features: binned.features, firstSlots }, options, parts.directions)
  const histograms: Float64Array[] = []
  const histogramOf = (leaf: number) => {
    histograms[leaf] ??= kernels.memory.float64(2 * forest.slotCount)
    return histograms[leaf]
  }
  const countRows = (leaf: number) => shards.reduce((sum, { starts, ends }) => sum + ends[leaf] - starts[leaf], 0)
  /** Has a step carried out and writes the histogram of the leaf that it sums. */
  const sumInto = (out: Float64Array, step: Step) => {
    shards[0].histogram = out
    crew.run(step)
    for (let s = 1; s < shards.length; s++) addInto(out, shards[s].histogram)
    joint.spread(out)
  }

  return {
    grow(candidates, begin) {
      const nodes = new NodeList(2 * options.leaves - 1)
      const seek = (leaf: GrowingLeaf): void => {
        leaf.split = leaf.depth < options.maxDepth ? findBestSplit(leaf.histogram, leaf, candidates) : undefined
      }
      const histogram = histogramOf(0)
      sumInto(histogram, { kind: 'begin', ...begin })
      const rowCount = countRows(0)
      const whole = { ...totalOf(histogram), rowCount, scales: forest.scales, bounds: UNBOUNDED }
      const start = { node: nodes.add(rowCount), depth: 0, extraL2: 0, histogram, split: undefined }
      const root: GrowingLeaf = { ...start, ...whole }
      seek(root)
      const leaves = [root]
      while (leaves.length < options.leaves) {
        const at = pickLeaf(leaves)
        const parent = leaves[at]
        if (!parent?.split) break
        const newLeaf = leaves.length
        markLeft(forest.goesLeft, parent.split)
        const part = { kind: 'part', leaf: at, newLeaf, feature: parent.split.feature } as const
        // By hessian, for rows are not counted yet: sums and rows then take one step, and threads meet half as often.
        const leftIsSmaller = 2 * parent.split.leftHessian <= parent.hessian
        const isLast = newLeaf + 1 === options.leaves
        const sums = histogramOf(newLeaf)
        if (isLast) crew.run({ ...part, summed: NO_LEAF })
        else sumInto(sums, { ...part, summed: leftIsSmaller ? at : newLeaf })
        const counts = { left: countRows(at), right: countRows(newLeaf) }
        const missingSeen = parent.histogram[2 * firstSlots[parent.split.feature] + 1] > 0
        const made = nodes.split(parent.node, parent.split, binned, { ...counts, missingSeen })
        const [left, right] = childrenOf(parent, parent.split, { counts, nodes: made, options })
        leaves[at] = left
        leaves.push(right)
        if (isLast) break
        const [smaller, larger] = leftIsSmaller ? [left, right] : [right, left]
        smaller.histogram = sums
        kernels.subtractHistogram(larger.histogram, smaller.histogram, firstFeatureSlot)
        seek(left)
        seek(right)
      }
      leaves.forEach((leaf, l) => {
        forest.leafValues[l] = nodes.setValue(leaf.node, leafValue(leaf, options))
      })
      return { tree: nodes.finish(), leafCount: leaves.length }
    },
  }
}

/** Place of the leaf whose split gains most, the earliest of equals; -1 when none can be split. */
function pickLeaf(leaves: readonly GrowingLeaf[]): number {
  let best = -1
  let bestGain = Number.NEGATIVE_INFINITY
  for (let l = 0; l < leaves.length; l++) {
    const { split } = leaves[l]
    if (split && split.gain > bestGain) {
      best = l
      bestGain = split.gain
    }
  }
  return best
}

/** The sums over all codes of any one column: here the first. */
function totalOf(histogram: Float64Array): { gradient: number; hessian: number } {
  let gradient = 0
  let hessian = 0
  for (let slot = 0; slot < SLOTS_PER_COLUMN; slot++) {
    gradient += histogram[2 * slot]
    hessian += histogram[2 * slot + 1]
  }
  return { gradient, hessian }
}

function markLeft(goesLeft: Uint8Array, split: Split): void {
  goesLeft.fill(0)
  if (split.set) for (const bin of split.set) goesLeft[bin] = 1
  else goesLeft.fill(1, 1, split.bin + 1)
  goesLeft[0] = split.missingLeft ? 1 : 0
}

/** Both begin with the parent's histogram; the smaller one gets its own. */
function childrenOf(
  parent: GrowingLeaf,
  split: Split,
  { counts, nodes, options }: { readonly counts: Sides; readonly nodes: Sides; readonly options: GrowOptions },
): [GrowingLeaf, GrowingLeaf] {
  const { histogram, scales } = parent
  const { leftGradient, leftHessian, extraL2 } = split
  const rest = { depth: parent.depth + 1, extraL2, histogram, scales, split: undefined }
  const left = { rowCount: counts.left, gradient: leftGradient, hessian: leftHessian }
  const right = {
    rowCount: counts.right,
    gradient: parent.gradient - leftGradient,
    hessian: parent.hessian - leftHessian,
  }
  const rule = ruleOf(parent, options, extraL2)
  const steps = [left, right].map(side => leafStep(side.gradient, side.hessian, rule))
  const [leftBounds, rightBounds] = partBounds(parent.bounds, steps, split.direction)
  return [
    { ...rest, ...left, node: nodes.left, bounds: leftBounds },
    { ...rest, ...right, node: nodes.right, bounds: rightBounds },
  ]
}

interface Sides {
  readonly left: number
  readonly right: number
}

/** Where sides are ordered, neither may later cross the middle of their values (LightGBM's "basic" method). */
function partBounds(bounds: Bounds, [left, right]: readonly number[], direction: Direction): [Bounds, Bounds] {
  if (direction === 0) return [bounds, bounds]
  const middle = (left + right) / 2
  const below = { ...bounds, high: Math.min(bounds.high, middle) }
  const above = { ...bounds, low: Math.max(bounds.low, middle) }
  return direction === 1 ? [below, above] : [above, below]
}

/** The step that minimises the second-order loss of the leaf, shrunk by the learning rate. */
function leafValue(leaf: GrowingLeaf, options: GrowOptions): number {
  const { gradient, hessian, scales, extraL2 } = leaf
  const step = leafStep(gradient, hessian, ruleOf(leaf, options, extraL2))
  return options.learningRate * step * (scales.hessian / scales.gradient)
}

function addInto(out: Float64Array, other: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] += other[i]
}
