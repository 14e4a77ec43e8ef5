import { expect, test } from 'vitest'
import golden from '../../../data/golden/mlp.json' with { type: 'json' }
import { makeRandom } from '../math/random.ts'
import { rocAuc } from '../metrics/ranking.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { DEFAULT_MLP, fitMlp, maskedDeviation, predictMlp } from './mlp.ts'

const features: FeatureSpec[] = golden.features.map(feature =>
  typeof feature === 'string'
    ? { name: feature, kind: 'number' }
    : { name: feature.name, kind: 'category', levels: feature.levels, hasOther: false },
)
const cells = golden.rows.map(row => row.split(' ').map(Number))
const all: LabelledMatrix = {
  matrix: {
    rowCount: cells.length,
    features,
    values: Float32Array.from(cells.flatMap(row => row.slice(0, features.length))),
  },
  labels: Uint8Array.from(cells, row => row[features.length]),
}
const range = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, i) => from + i)
const train = selectLabelledRows(all, range(0, golden.train_rows))
const heldOut = selectLabelledRows(all, range(golden.train_rows, cells.length))
const { l2, batch_rows: batchRows, epochs, learning_rate: learningRate } = golden.options
const options = { ...DEFAULT_MLP, l2, batchRows, epochs, learningRate, earlyStoppingEpochs: 0 }

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test.each(golden.fits)(
  'hidden layers $hidden: the mean ROC-AUC of three seeds is within 0.003 of scikit-learn’s (data/golden/mlp.json)',
  ({ hidden, roc_auc }) => {
    const scores = [1, 2, 3].map(seed => {
      const own = { ...options, hiddenUnits: hidden[0], secondHiddenUnits: hidden[1] ?? 0 }
      return rocAuc(predictMlp(fitMlp(train, own, { seed }), heldOut.matrix), heldOut.labels)
    })
    expect(Math.abs(mean(scores) - mean(roc_auc))).toBeLessThan(0.003)
    // What a straight line reaches on these rows: the network has to have learned the products.
    expect(mean(scores)).toBeGreaterThan(golden.logistic_roc_auc + 0.1)
  },
  60_000,
)

const some = selectLabelledRows(all, range(0, 800))
const other = selectLabelledRows(all, range(800, 1600))

test('with a validation part it keeps the best epoch, stops soon after, and that many epochs alone repeat it', () => {
  const seen: number[] = []
  // Far too large a step: the network overfits within few epochs.
  const eager = { ...DEFAULT_MLP, learningRate: 0.03, l2: 0, earlyStoppingEpochs: 4 }
  const onProgress = (done: number) => seen.push(done)
  const model = fitMlp(some, eager, { seed: 5, validation: other, onProgress })
  expect(seen.at(-1)).toBe(model.epochs + 4)
  expect(model.epochs).toBeLessThan(40)
  const again = fitMlp(some, { ...eager, epochs: model.epochs, earlyStoppingEpochs: 0 }, { seed: 5 })
  expect(again.parameters).toEqual(model.parameters)
})

test('the order of the rows changes no bit, another seed does', () => {
  const order = range(0, 800)
  makeRandom(1).shuffleInto(order)
  const short = { ...DEFAULT_MLP, epochs: 3 }
  const model = fitMlp(some, short, { seed: 5 })
  expect(fitMlp(selectLabelledRows(some, order), short, { seed: 5 }).parameters).toEqual(model.parameters)
  expect(fitMlp(some, short, { seed: 6 }).parameters).not.toEqual(model.parameters)
})

test('a strong penalty leaves no weights: the answer is the rate alone', () => {
  const model = fitMlp(some, { ...DEFAULT_MLP, l2: 1e6, learningRate: 0.01 }, { seed: 5 })
  const rate = mean([...some.labels])
  for (const margin of predictMlp(model, other.matrix).subarray(0, 20)) {
    expect(margin).toBeCloseTo(Math.log(rate / (1 - rate)), 1)
  }
})

test('a feature that the labels do not follow moves the log-odds by far the least', () => {
  // The rows follow a x b, d and f; e is noise.
  const [a, b, , d, e, f] = maskedDeviation(fitMlp(train, { ...options, epochs: 40 }, { seed: 1 }), train.matrix)
  expect(e).toBeLessThan(0.25 * Math.min(a, b, d, f))
})

test('only constant columns, one row, huge numbers: finite answers', () => {
  const number: FeatureSpec = { name: 'n', kind: 'number' }
  const tables = [
    { values: new Float32Array(10).fill(7), labels: Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0, 0) },
    { values: Float32Array.of(3), labels: Uint8Array.of(1) },
    { values: Float32Array.of(-3e38, 0, 3e38), labels: Uint8Array.of(0, 1, 1) },
    { values: new Float32Array(4).fill(Number.NaN), labels: Uint8Array.of(0, 1, 0, 1) },
  ]
  for (const { values, labels } of tables) {
    const matrix = { rowCount: values.length, features: [number], values }
    const model = fitMlp({ matrix, labels }, { ...DEFAULT_MLP, epochs: 5 }, { seed: 1 })
    expect([...predictMlp(model, matrix)].every(Number.isFinite)).toBe(true)
  }
})
