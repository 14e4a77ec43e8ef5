/**
 * The work on rows while trees grow, for one range of rows. Several shards may work at the same time, each on its own
 * range: all sums are of integers, so their total does not depend on how the rows are shared out.
 *
 *   rows, one slice per leaf:   [ leaf 2 | leaf 0 | leaf 3 | leaf 1 ]
 *   a split parts its slice in place, keeping the order on both sides
 */
import type { Kernels, Records } from './kernels/kernels.ts'
import type { Scales } from './objective.ts'

/** What all shards share. Everything crosses threads: plain data over shared memory. */
export interface ForestRows {
  readonly rowCount: number
  readonly records: Records
  /** Bins of each feature. */
  readonly columns: readonly Uint8Array[]
  /** Log-odds so far, added up in float32 as the exported model does. */
  readonly scores: Float32Array
  readonly labels: Uint8Array
  readonly weights: Float32Array | undefined
  readonly scales: Scales
  /** Pairs of sums in a histogram. */
  readonly slotCount: number
  /** By leaf; what the finished tree adds to the scores of its rows. */
  readonly leafValues: Float64Array
  /** By bin, of the split that is being made: 1 goes left. */
  readonly goesLeft: Uint8Array
}

export interface ShardRows {
  /** Rows first to first + count - 1 are this shard's. */
  readonly first: number
  readonly count: number
  readonly rows: Uint32Array
  readonly scratch: Uint32Array
  /** Leaf l has rows[starts[l]] to rows[ends[l] - 1]. */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** Where the next sums go. */
  histogram: Float64Array
  /** Room for packed sums; empty in the exact mode. */
  readonly packed: Float64Array
}

/** Adds the values of the last tree's `leaves` to the scores, renews the derivatives, and sums all rows, in leaf 0. */
export interface BeginStep {
  readonly kind: 'begin'
  readonly leaves: number
  /** The rows of leaf 0 have been drawn and placed. */
  readonly sampled: boolean
}

/** Parts `leaf` by its bins of `feature`: rows that go right become `newLeaf`. Then sums one of the two. */
export interface PartStep {
  readonly kind: 'part'
  readonly leaf: number
  readonly newLeaf: number
  readonly feature: number
  /** `leaf`, `newLeaf` or NO_LEAF. */
  readonly summed: number
}

export const NO_LEAF = -1

export type Step = BeginStep | PartStep

export function makeShardRows(
  kernels: Kernels,
  range: { readonly first: number; readonly count: number },
  {
    leaves,
    slotCount,
    packedSlots,
  }: { readonly leaves: number; readonly slotCount: number; readonly packedSlots: number },
): ShardRows {
  const { memory } = kernels
  return {
    ...range,
    rows: memory.uint32(range.count + 1),
    scratch: memory.uint32(range.count + 1),
    starts: memory.uint32(leaves),
    ends: memory.uint32(leaves),
    histogram: memory.float64(2 * slotCount),
    packed: memory.float64(packedSlots),
  }
}

/** Carries out one step on one shard. */
export function runStep(kernels: Kernels, forest: ForestRows, shard: ShardRows, step: Step): void {
  if (step.kind === 'begin') {
    begin(kernels, forest, shard, step)
    sumHistogram(kernels, forest, shard, 0)
    return
  }
  part(kernels, forest, shard, step)
  if (step.summed !== NO_LEAF) sumHistogram(kernels, forest, shard, step.summed)
}

function begin(kernels: Kernels, forest: ForestRows, shard: ShardRows, { leaves, sampled }: BeginStep): void {
  const { rows, starts, ends, first, count } = shard
  for (let leaf = 0; leaf < leaves; leaf++) {
    const slice = { rows, start: starts[leaf], end: ends[leaf] }
    kernels.addToScores(forest.scores, slice, forest.leafValues[leaf])
  }
  kernels.computeDerivatives({
    records: forest.records,
    scores: forest.scores,
    labels: forest.labels,
    weights: forest.weights,
    start: first,
    end: first + count,
    gradientScale: forest.scales.gradient,
    hessianScale: forest.scales.hessian,
  })
  // A sample has been written to rows, starts and ends by who drew it.
  if (!sampled) {
    kernels.numberRows(rows, first, count)
    starts[0] = 0
    ends[0] = count
  }
}

function part(kernels: Kernels, forest: ForestRows, shard: ShardRows, { leaf, newLeaf, feature }: PartStep): void {
  const { rows, scratch, starts, ends } = shard
  const slice = { rows, start: starts[leaf], end: ends[leaf] }
  const middle = starts[leaf] + kernels.partition(slice, scratch, forest.columns[feature], forest.goesLeft)
  starts[newLeaf] = middle
  ends[newLeaf] = ends[leaf]
  ends[leaf] = middle
}

function sumHistogram(kernels: Kernels, forest: ForestRows, shard: ShardRows, leaf: number): void {
  const { histogram, packed, rows, starts, ends } = shard
  const slice = { rows, start: starts[leaf], end: ends[leaf] }
  if (packed.length > 0) kernels.sumHistogramPacked(histogram, packed, forest.records, slice)
  else kernels.sumHistogram(histogram, forest.records, slice)
}
