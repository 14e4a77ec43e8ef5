import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import { rocAuc } from '../metrics/ranking.ts'
import { type LabelledMatrix, selectLabelledRows } from '../preprocess/labelled-matrix.ts'
import { type BoostOptions, DEFAULT_BOOST, fitTrees } from './boost.ts'
import { gainImportance } from './importance.ts'
import type { Kernels } from './kernels/kernels.ts'
import { referenceKernels } from './kernels/reference.ts'
import { webAssemblyKernels } from './kernels/webassembly.ts'
import { predictMargins, type TreeEnsemble } from './tree.ts'

/** Labels from a known rule: an interaction, a category and missing values that matter; `noise` is not used by it. */
export function planted(seed: number, rowCount: number): LabelledMatrix {
  const random = makeRandom(seed)
  const values = new Float32Array(rowCount * 4)
  const labels = new Uint8Array(rowCount)
  for (let row = 0; row < rowCount; row++) {
    const x = random.uniform() < 0.1 ? Number.NaN : random.normal()
    const y = random.normal()
    const code = random.integer(1, 3)
    values.set([x, y, code, random.normal()], row * 4)
    const margin = (Number.isNaN(x) ? 2 : 2 * Math.sign(x) * Math.sign(y)) + (code === 2 ? 1.5 : -0.5)
    labels[row] = random.uniform() < 1 / (1 + Math.exp(-margin)) ? 1 : 0
  }
  const features = [
    { name: 'x', kind: 'number' },
    { name: 'y', kind: 'number' },
    { name: 'c', kind: 'category', levels: ['a', 'b', 'c'], hasOther: false },
    { name: 'noise', kind: 'number' },
  ] as const
  return { matrix: { rowCount, features, values }, labels }
}

const options = (changed: Partial<BoostOptions>): BoostOptions => ({
  ...DEFAULT_BOOST,
  trees: 60,
  leaves: 8,
  ...changed,
})
const train = planted(1, 4000)
const test1 = planted(2, 4000)
const scoreOf = (changed: Partial<BoostOptions>, validation?: LabelledMatrix) => {
  const ensemble = fitTrees(train, options(changed), { seed: 5, ...(validation ? { validation } : {}) })
  return { ensemble, auc: rocAuc(predictMargins(ensemble, test1.matrix), test1.labels) }
}

test('boosting learns an interaction, a category and a missing value near to what the truth reaches', () => {
  const { matrix, labels } = test1
  const truth = Array.from(labels, (_, row) => {
    const [x, y, code] = matrix.values.subarray(row * 4)
    return (Number.isNaN(x) ? 2 : 2 * Math.sign(x) * Math.sign(y)) + (code === 2 ? 1.5 : -0.5)
  })
  const best = rocAuc(truth, labels)
  expect(scoreOf({}).auc).toBeGreaterThan(best - 0.015)
})

test('the unused column matters least', () => {
  const gains = gainImportance(scoreOf({}).ensemble, 4)
  expect(gains[3]).toBe(Math.min(...gains))
})

test('one leaf-wise tree of two leaves is the best stump: its gain is the largest in the first tree of any size', () => {
  const stump = scoreOf({ trees: 1, leaves: 2 }).ensemble.trees[0]
  const larger = scoreOf({ trees: 1, leaves: 8 }).ensemble.trees[0]
  expect(stump.feature).toHaveLength(3)
  expect(stump.gain[0]).toBe(larger.gain[0])
  expect(stump.threshold[0]).toBe(larger.threshold[0])
})

test('limits of a tree hold: leaves, depth and rows per leaf', () => {
  const { trees } = scoreOf({ leaves: 12, maxDepth: 3, minLeafRows: 100 }).ensemble
  for (const tree of trees) {
    const depth = new Uint8Array(tree.feature.length)
    tree.feature.forEach((feature, node) => {
      if (feature >= 0) {
        depth[tree.left[node]] = depth[node] + 1
        depth[tree.right[node]] = depth[node] + 1
        expect(tree.cover[tree.left[node]] + tree.cover[tree.right[node]]).toBe(tree.cover[node])
      } else {
        // Rows per side are estimated from hessians while searching, so a leaf may fall short of the limit a little.
        expect(tree.cover[node]).toBeGreaterThan(50)
      }
    })
    expect(Math.max(...depth)).toBeLessThanOrEqual(3)
    expect((tree.feature.length + 1) / 2).toBeLessThanOrEqual(8)
  }
})

test('the same seed gives the same trees and another seed others, where rows and columns are drawn', () => {
  const draw = { rowFraction: 0.7, columnFraction: 0.5 }
  const fit = (seed: number) => fitTrees(train, options(draw), { seed })
  expect(fit(1)).toEqual(fit(1))
  expect(fit(1)).not.toEqual(fit(2))
})

test('early stopping cuts at the size with the lowest validation loss, and never looks at training rows', () => {
  const validation = planted(3, 2000)
  const { ensemble } = scoreOf({ trees: 400, leaves: 31, earlyStoppingRounds: 20, learningRate: 0.3 }, validation)
  expect(ensemble.trees.length).toBeGreaterThan(3)
  expect(ensemble.trees.length).toBeLessThan(200)
  const whole = fitTrees(train, options({ trees: ensemble.trees.length, leaves: 31, learningRate: 0.3 }), { seed: 5 })
  expect(ensemble.trees).toEqual(whole.trees)
})

test('without early stopping all trees are kept, whatever the validation part says', () => {
  const changed = { trees: 40, leaves: 31, learningRate: 0.5, earlyStoppingRounds: 0 }
  expect(scoreOf(changed, planted(3, 500)).ensemble).toEqual(scoreOf(changed).ensemble)
})

test('rows out of the sample get their scores by walking the tree: full rows with either path agree', () => {
  // With a row fraction of (n - 1) / n nearly every row is drawn, so the model must come out close to the one with all.
  const all = scoreOf({}).auc
  expect(scoreOf({ rowFraction: 3999 / 4000 }).auc).toBeCloseTo(all, 2)
})

test('nothing to learn gives an ensemble without trees whose base is the log-odds of the rate', () => {
  const matrix = {
    rowCount: 100,
    features: [{ name: 'x', kind: 'number' }] as const,
    values: new Float32Array(100).fill(1),
  }
  const ensemble = fitTrees(
    { matrix, labels: Uint8Array.from({ length: 100 }, (_, i) => (i < 20 ? 1 : 0)) },
    options({}),
    { seed: 1 },
  )
  expect(ensemble.trees).toEqual([])
  expect(ensemble.base).toBe(Math.fround(Math.log(0.25)))
})

test('a row of a whole weight is that many rows: the same base and the same margins to within rounding', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), seed => {
      const random = makeRandom(seed)
      const { matrix, labels } = planted(seed, 300)
      // Few distinct values, so that both have the same bins.
      const once = { matrix: { ...matrix, values: matrix.values.map(value => Math.round(2 * value)) }, labels }
      const weights = Float64Array.from(labels, () => random.integer(1, 5))
      const rows = Uint32Array.from([...weights].flatMap((weight, row) => Array.from({ length: weight }, () => row)))
      // Rows per leaf would count differently.
      const changed = options({ trees: 8, leaves: 6, minLeafRows: 0 })
      const byWeight = fitTrees({ ...once, weights }, changed, { seed: 1 })
      const byRows = fitTrees(selectLabelledRows(once, rows), changed, { seed: 1 })
      expect(byWeight.base).toBe(byRows.base)
      const expected = predictMargins(byRows, once.matrix)
      predictMargins(byWeight, once.matrix).forEach((margin, row) => {
        expect(Math.abs(margin - expected[row])).toBeLessThan(1e-5)
      })
    }),
    { numRuns: 25 },
  )
})

test('progress is told after every tree', () => {
  const seen: number[] = []
  fitTrees(train, options({ trees: 3 }), { seed: 1, onProgress: (done, most) => seen.push(done, most) })
  expect(seen).toEqual([1, 3, 2, 3, 3, 3])
})

test.each([
  ['plain', {}],
  ['drawn', { rowFraction: 0.7, columnFraction: 0.5, leaves: 12, l2: 2 }],
] as const)('%s: both sets of kernels give the same trees bit by bit', (_, changed) => {
  const fit = (kernels: Kernels) => fitTrees(train, options(changed), { seed: 5, kernels })
  expect(fit(webAssemblyKernels())).toEqual(fit(referenceKernels))
})

test('a change that should change no tree changes no byte', () => {
  const digest = (rowCount: number, changed: Partial<BoostOptions>) =>
    sha256(fitTrees(planted(1, rowCount), options(changed), { seed: 5 }))
  expect(digest(4000, {})).toBe('940d13ad715fe339f28e9b69b71996b4b905ab7c819b4d326a9e1388d21f3436')
  expect(digest(3000, { rowFraction: 0.7, columnFraction: 0.5, leaves: 12, l2: 2 })).toBe(
    '955b0525d6ff4c7f60d374850c1ab3242623995472265b6312caa0ba3f0232d2',
  )
  expect(digest(20_000, { leaves: 31, l2: 0, trees: 30 })).toBe(
    '6450f576f0141207baee7a68c197b871222166e0af988394eeac4e97e944d25c',
  )
})

function sha256({ base, trees }: TreeEnsemble): string {
  const hash = createHash('sha256').update(Float32Array.of(base))
  for (const tree of trees) {
    // Then a node had one code, in the threshold's place.
    const threshold = tree.threshold.map((value, node) => {
      return tree.category[node] === 1
        ? (tree.codes.subarray(...tree.codeStart.subarray(node, node + 2))[0] ?? 0)
        : value
    })
    hash.update(tree.feature).update(threshold).update(tree.category).update(tree.missingLeft)
    hash.update(tree.left).update(tree.right).update(tree.value).update(tree.gain).update(tree.cover)
  }
  return hash.digest('hex')
}

test('coarser units give nearly the same scores, from the same kernels on either side', () => {
  const fit = (kernels: Kernels) => fitTrees(train, options({ quantised: true }), { seed: 5, kernels })
  const quantised = fit(webAssemblyKernels())
  expect(quantised).toEqual(fit(referenceKernels))
  expect(rocAuc(predictMargins(quantised, test1.matrix), test1.labels)).toBeCloseTo(scoreOf({}).auc, 3)
})
