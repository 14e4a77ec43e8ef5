import { expect, test } from 'vitest'
import { sigmoid } from '../math/sigmoid.ts'
import { logLoss } from '../metrics/probability.ts'
import { averagePrecision, rocAuc } from '../metrics/ranking.ts'
import { labelledRows } from '../model/family.conformance.ts'
import { DEFAULT_BOOST, fitTrees } from './boost.ts'
import { makeStopper, type StoppingMetric } from './early-stopping.ts'
import { predictMargins } from './tree.ts'

const train = labelledRows(1, 1500)
const validation = labelledRows(2, 600)
const options = { ...DEFAULT_BOOST, trees: 120, leaves: 12, learningRate: 0.3 }
const whole = fitTrees(train, { ...options, earlyStoppingRounds: 0 }, { seed: 1 })

const METRICS = {
  log_loss: (margins: Float64Array) => -logLoss(margins.map(sigmoid), validation.labels),
  roc_auc: (margins: Float64Array) => rocAuc(margins, validation.labels),
  average_precision: (margins: Float64Array) => averagePrecision(margins, validation.labels),
}
const names = Object.keys(METRICS) as (keyof typeof METRICS)[]

/** By predicting anew at every size: the first best size that nothing beat within `patience` more trees. */
function naiveSize(score: (margins: Float64Array) => number, patience: number): number {
  const scoreAt = (size: number) =>
    score(predictMargins({ trees: whole.trees.slice(0, size), base: whole.base }, validation.matrix))
  let best = { size: 0, score: scoreAt(0) }
  for (let size = 1; size <= whole.trees.length && size - best.size <= patience; size++) {
    const reached = scoreAt(size)
    if (reached > best.score) best = { size, score: reached }
  }
  return best.size
}

test.each(names)('%s: the ensemble is cut where the metric was best (naive twin)', earlyStoppingMetric => {
  for (const earlyStoppingRounds of [3, 25]) {
    const stopping = { ...options, earlyStoppingMetric, earlyStoppingRounds }
    const { trees } = fitTrees(train, stopping, { seed: 1, validation })
    expect(trees).toEqual(whole.trees.slice(0, naiveSize(METRICS[earlyStoppingMetric], earlyStoppingRounds)))
    expect(trees.length).toBeGreaterThan(1)
    expect(trees.length).toBeLessThan(whole.trees.length)
  }
})

test('the metrics choose different sizes: the order goes on improving after the probabilities have become too sure', () => {
  const sizeOf = (earlyStoppingMetric: StoppingMetric) => {
    const sure = { ...options, learningRate: 0.5, leaves: 31, minLeafRows: 1, l2: 0, earlyStoppingMetric }
    return fitTrees(train, sure, { seed: 1, validation }).trees.length
  }
  expect(sizeOf('roc_auc')).toBeGreaterThan(sizeOf('log_loss'))
})

test('a tree that changes nothing is not better: of equal scores the fewest trees are kept', () => {
  const [first] = whole.trees
  const flat = { ...first, value: new Float32Array(first.value.length) }
  const stopper = makeStopper(validation, 0, { earlyStoppingRounds: 3, earlyStoppingMetric: 'roc_auc' })
  expect([stopper.add(first), stopper.add(flat), stopper.add(flat), stopper.add(flat)]).toEqual([
    false,
    false,
    false,
    true,
  ])
  expect(stopper.bestSize()).toBe(1)
})
