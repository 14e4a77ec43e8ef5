/**
 * Gradient boosting with the logistic loss: each tree is fitted to the derivatives at the scores so far. With a validation
 * part, boosting stops when its log loss has not improved for a while, and the ensemble is cut at the best size.
 */
import { deriveSeed, makeRandom, type Random } from '../math/random.ts'
import { sigmoid } from '../math/sigmoid.ts'
import { logLoss } from '../metrics/probability.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'
import { binMatrix } from './bin.ts'
import { type GrownTree, type GrowOptions, makeGrower } from './grow.ts'
import { baseScore, computeDerivativesInto, makeDerivatives } from './objective.ts'
import { findLeaf, type Tree, type TreeEnsemble } from './tree.ts'

export interface BoostOptions extends GrowOptions {
  /** Most trees. >= 1. */
  readonly trees: number
  /** Bins per feature, the one for missing values counted. 3 to 256. */
  readonly maxBins: number
  /** Share of rows each tree is grown on, drawn without replacement. 0 < rowFraction <= 1. */
  readonly rowFraction: number
  /** Share of features each tree may use. 0 < columnFraction <= 1. */
  readonly columnFraction: number
  /** Trees without a better validation log loss before boosting stops; 0 = never stop. >= 0. */
  readonly earlyStoppingRounds: number
}

export const DEFAULT_BOOST: BoostOptions = Object.freeze({
  trees: 500,
  leaves: 31,
  maxDepth: 64,
  learningRate: 0.1,
  l2: 1,
  minLeafHessian: 1e-3,
  minLeafRows: 20,
  minGain: 0,
  maxBins: 256,
  rowFraction: 1,
  columnFraction: 1,
  earlyStoppingRounds: 50,
})

export interface BoostContext {
  readonly seed: number
  /** Rows that decide when to stop; never trained on. */
  readonly validation?: LabelledMatrix
  /** Called after each tree with the trees done and the most there can be. */
  readonly onProgress?: (done: number, most: number) => void
}

export function fitTrees(
  { matrix, labels, weights }: LabelledMatrix,
  options: BoostOptions,
  context: BoostContext,
): TreeEnsemble {
  const binned = binMatrix(matrix, options.maxBins)
  const grower = makeGrower(binned, options)
  const base = baseScore(labels, weights)
  const scores = new Float64Array(matrix.rowCount).fill(base)
  const derivatives = makeDerivatives(matrix.rowCount, weights)
  const drawRows = makeDraw(makeRandom(deriveSeed(context.seed, 'rows')), matrix.rowCount, options.rowFraction)
  const columnRandom = makeRandom(deriveSeed(context.seed, 'columns'))
  const drawColumns = makeDraw(columnRandom, matrix.features.length, options.columnFraction)
  const stopper = context.validation && makeStopper(context.validation, base, options.earlyStoppingRounds)
  const trees: Tree[] = []
  while (trees.length < options.trees) {
    computeDerivativesInto(derivatives, scores, labels, weights)
    const grown = grower.grow(drawRows(), derivatives, drawColumns())
    // No split passes the limits. With all rows and columns the next tree would find the same, so this is the end.
    if (grown.leaves.length === 1 && options.rowFraction === 1 && options.columnFraction === 1) break
    trees.push(grown.tree)
    addToScores(scores, grown, matrix)
    context.onProgress?.(trees.length, options.trees)
    if (stopper?.add(grown.tree)) break
  }
  return { trees: stopper ? trees.slice(0, stopper.bestSize()) : trees, base }
}

/** Each call draws ceil(share x count) of 0..count-1, rising; all of them are made once. */
function makeDraw(random: Random, count: number, share: number): () => Uint32Array {
  if (share < 1) return () => random.sample(count, Math.ceil(share * count))
  const all = new Uint32Array(count)
  for (let i = 0; i < count; i++) all[i] = i
  return () => all
}

/** Adds the tree to every row's score: by leaf slices for the rows it was grown on, by walking it for the others. */
function addToScores(scores: Float64Array, { tree, leaves, rows }: GrownTree, matrix: FeatureMatrix): void {
  const grownOn = leaves.reduce((sum, leaf) => sum + leaf.end - leaf.start, 0)
  if (grownOn < matrix.rowCount) {
    for (let row = 0; row < matrix.rowCount; row++) {
      scores[row] += tree.value[findLeaf(tree, matrix.values, row * matrix.features.length)]
    }
    return
  }
  for (const leaf of leaves) {
    for (let i = leaf.start; i < leaf.end; i++) scores[rows[i]] += tree.value[leaf.node]
  }
}

/** Watches the validation log loss as trees are added. */
function makeStopper({ matrix, labels }: LabelledMatrix, base: number, patience: number) {
  const scores = new Float64Array(matrix.rowCount).fill(base)
  const lossOf = () => logLoss(scores.map(sigmoid), labels)
  let bestLoss = lossOf()
  let best = 0
  let size = 0
  return {
    /** Adds a tree; true when boosting should stop. */
    add(tree: Tree): boolean {
      for (let row = 0; row < matrix.rowCount; row++) {
        scores[row] += tree.value[findLeaf(tree, matrix.values, row * matrix.features.length)]
      }
      size++
      const loss = lossOf()
      if (loss < bestLoss) {
        bestLoss = loss
        best = size
      }
      return patience > 0 && size - best >= patience
    },
    bestSize: () => best,
  }
}
