/**
 * Gradient boosting with the logistic loss: each tree is fitted to the derivatives at the scores so far. With a validation
 * part, boosting stops when it has not become better for a while, and the ensemble is cut at the best size.
 */
import { deriveSeed, makeRandom, type Random } from '../math/random.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { binMatrix } from './bin.ts'
import type { Direction } from './constrained-split.ts'
import { ALONE, type CrewPlan } from './crew.ts'
import { makeStopper, type StoppingOptions } from './early-stopping.ts'
import { type GrowOptions, type GrowParts, makeGrower } from './grow.ts'
import { makeJointColumns } from './joint-columns.ts'
import { type Kernels, SLOTS_PER_COLUMN } from './kernels/kernels.ts'
import { openKernels } from './kernels/open-kernels.ts'
import { baseScore, chooseScales } from './objective.ts'
import { type ForestRows, makeShardRows, type ShardRows } from './shard.ts'
import { addTreeInto, type Tree, type TreeEnsemble } from './tree.ts'

export interface BoostOptions extends GrowOptions, StoppingOptions {
  /** Most trees. >= 1. */
  readonly trees: number
  /** Bins per feature, the one for missing values counted. 3 to 256. */
  readonly maxBins: number
  /** Share of rows each tree is grown on, drawn without replacement. 0 < rowFraction <= 1. */
  readonly rowFraction: number
  /** Share of features each tree may use. 0 < columnFraction <= 1. */
  readonly columnFraction: number
  /** Sums derivatives in coarser units, both at once, which is faster; absent: no. */
  readonly quantised?: boolean
}

export const DEFAULT_BOOST: BoostOptions = Object.freeze({
  trees: 500,
  leaves: 31,
  maxDepth: 64,
  learningRate: 0.1,
  l1: 0,
  l2: 1,
  minLeafHessian: 1e-3,
  minLeafRows: 20,
  minGain: 0,
  categoryL2: 10,
  categorySmoothing: 10,
  categoryGroupRows: 100,
  maxBins: 256,
  rowFraction: 1,
  columnFraction: 1,
  earlyStoppingRounds: 50,
  earlyStoppingMetric: 'log_loss',
})

export interface BoostContext {
  readonly seed: number
  /** Rows that decide when to stop; never trained on. */
  readonly validation?: LabelledMatrix
  /** Called after each tree with the trees done and the most there can be. */
  readonly onProgress?: (done: number, most: number) => void
  /** Default: the fastest this machine has. The trees do not depend on it. */
  readonly kernels?: Kernels
  /** Default: this thread. The trees do not depend on it. */
  readonly crew?: CrewPlan
}

export function fitTrees(data: LabelledMatrix, options: BoostOptions, context: BoostContext): TreeEnsemble {
  const { matrix } = data
  const kernels = context.kernels ?? openKernels()
  const forest = makeForest(kernels, data, options, context.crew ?? ALONE)
  const { forest: rows, shards } = forest
  const base = baseScore(data.labels, data.weights)
  rows.scores.fill(base)
  const drawRows = makeRowDraw(makeRandom(deriveSeed(context.seed, 'rows')), matrix.rowCount, options.rowFraction)
  const columnRandom = makeRandom(deriveSeed(context.seed, 'columns'))
  const drawColumns = makeColumnDraw(columnRandom, matrix.features.length, options.columnFraction)
  const stopper =
    context.validation && options.earlyStoppingRounds > 0 ? makeStopper(context.validation, base, options) : undefined
  const grower = makeGrower(forest, options)
  const trees: Tree[] = []
  let leaves = 0
  try {
    while (trees.length < options.trees) {
      const sample = drawRows()
      if (sample) placeSample(shards, sample)
      const { tree, leafCount } = grower.grow(drawColumns(), { leaves, sampled: sample !== undefined })
      // No split passes the limits. With all rows and columns the next tree would find the same, so this is the end.
      if (leafCount === 1 && options.rowFraction === 1 && options.columnFraction === 1) break
      trees.push(tree)
      // Rows out of the sample are in no leaf: all rows walk the tree.
      if (sample) addTreeInto(rows.scores, tree, matrix, { start: 0, end: matrix.rowCount })
      else leaves = leafCount
      context.onProgress?.(trees.length, options.trees)
      if (stopper?.add(tree)) break
    }
  } finally {
    forest.crew.close()
  }
  return { trees: stopper ? trees.slice(0, stopper.bestSize()) : trees, base }
}

/** Bins the rows and lays out everything that the shards work on. */
function makeForest(
  kernels: Kernels,
  { matrix, labels, weights }: LabelledMatrix,
  options: BoostOptions,
  plan: CrewPlan,
): GrowParts {
  const { memory } = kernels
  const { rowCount } = matrix
  const quantised = options.quantised ?? false
  const binned = binMatrix(matrix, options.maxBins, kernels)
  const joint = makeJointColumns(binned, kernels)
  const own = { labels: memory.uint8(rowCount), weights: weights && memory.float32(rowCount) }
  own.labels.set(labels)
  if (weights) own.weights?.set(weights)
  const forest: ForestRows = {
    ...own,
    rowCount,
    records: joint.records,
    columns: binned.columns,
    scores: memory.float32(rowCount),
    scales: chooseScales(rowCount, weights, quantised),
    slotCount: joint.slotCount,
    leafValues: memory.float64(options.leaves),
    goesLeft: memory.uint8(256),
  }
  const packedSlots = quantised ? SLOTS_PER_COLUMN * joint.records.width : 0
  const count = plan.shardsFor(rowCount)
  const shards = Array.from({ length: count }, (_, s) => {
    const first = Math.floor((s * rowCount) / count)
    const range = { first, count: Math.floor(((s + 1) * rowCount) / count) - first }
    return makeShardRows(kernels, range, { leaves: options.leaves, slotCount: joint.slotCount, packedSlots })
  })
  const directions = matrix.features.map(directionOf)
  return { kernels, binned, joint, forest, shards, directions, crew: plan.open(kernels, forest, shards) }
}

function directionOf(spec: FeatureSpec): Direction {
  if (spec.kind === 'category' || spec.monotone === undefined) return 0
  return spec.monotone === 'increasing' ? 1 : -1
}

/** Each call draws ceil(share x count) rows, rising; undefined: all of them. */
function makeRowDraw(random: Random, count: number, share: number): () => Uint32Array | undefined {
  return () => (share < 1 ? random.sample(count, Math.ceil(share * count)) : undefined)
}

/** Puts each drawn row into leaf 0 of its shard. */
function placeSample(shards: readonly ShardRows[], sample: Uint32Array): void {
  let next = 0
  for (const { rows, starts, ends, first, count } of shards) {
    const start = next
    while (next < sample.length && sample[next] < first + count) next++
    rows.set(sample.subarray(start, next))
    starts[0] = 0
    ends[0] = next - start
  }
}

/** Each call draws ceil(share x count) of 0..count-1, rising; all of them are made once. */
function makeColumnDraw(random: Random, count: number, share: number): () => Uint32Array {
  if (share < 1) return () => random.sample(count, Math.ceil(share * count))
  const all = new Uint32Array(count)
  for (let i = 0; i < count; i++) all[i] = i
  return () => all
}
