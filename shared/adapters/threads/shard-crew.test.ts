import { expect, test } from 'vitest'
import { DEFAULT_BOOST, fitTrees } from '../../core/gbt/boost.ts'
import { referenceKernels } from '../../core/gbt/kernels/reference.ts'
import { webAssemblyKernels } from '../../core/gbt/kernels/webassembly.ts'
import { makeRandom } from '../../core/math/random.ts'
import type { LabelledMatrix } from '../../core/preprocess/labelled-matrix.ts'
import { crewOnThreads } from './shard-crew.ts'

/** Numbers with missing values and a category; the label depends on an interaction. */
function table(rowCount: number): LabelledMatrix {
  const random = makeRandom(3)
  const values = new Float32Array(3 * rowCount)
  const labels = new Uint8Array(rowCount)
  for (let row = 0; row < rowCount; row++) {
    const x = random.uniform() < 0.1 ? Number.NaN : random.normal()
    const y = random.normal()
    values.set([x, y, random.integer(1, 3)], 3 * row)
    labels[row] = random.uniform() < (x * y > 0 ? 0.8 : 0.3) ? 1 : 0
  }
  const features = [
    { name: 'x', kind: 'number' },
    { name: 'y', kind: 'number' },
    { name: 'c', kind: 'category', levels: ['a', 'b', 'c'], hasOther: false },
  ] as const
  return { matrix: { rowCount, features, values }, labels }
}

const data = table(3001)
const OPTIONS = { ...DEFAULT_BOOST, trees: 12, leaves: 9 }
/** As many shards as threads, however few the rows, and all at work from the first step on. */
const crewOf = (threads: number) => ({ ...crewOnThreads(threads, { together: true }), shardsFor: () => threads })

test.each([
  ['exact', {}],
  ['with drawn rows', { rowFraction: 0.6, columnFraction: 0.7 }],
  ['quantised', { quantised: true }],
])('%s: two and three threads give the trees of one, on either kind of kernels', (_, changed) => {
  const options = { ...OPTIONS, ...changed }
  const alone = fitTrees(data, options, { seed: 1 })
  expect(alone.trees).toHaveLength(12)
  for (const threads of [2, 3]) {
    expect(fitTrees(data, options, { seed: 1, crew: crewOf(threads) })).toEqual(alone)
  }
  expect(fitTrees(data, options, { seed: 1, crew: crewOf(2), kernels: referenceKernels })).toEqual(alone)
})

test('weights reach every shard', () => {
  const weights = Float64Array.from(data.labels, (label, row) => 0.5 + label + (row % 3))
  const weighted = { ...data, weights }
  const alone = fitTrees(weighted, OPTIONS, { seed: 1, kernels: webAssemblyKernels() })
  expect(fitTrees(weighted, OPTIONS, { seed: 1, crew: crewOf(2) })).toEqual(alone)
  expect(alone).not.toEqual(fitTrees(data, OPTIONS, { seed: 1 }))
})

test('few rows stay on one thread, many are shared out to as many as are allowed', () => {
  expect(crewOnThreads(8).shardsFor(199_999)).toBe(1)
  expect(crewOnThreads(8).shardsFor(400_000)).toBe(4)
  expect(crewOnThreads(2).shardsFor(10_000_000)).toBe(2)
})

test('a worker that fails ends the fit with an error instead of a wait without end', () => {
  const plan = crewOnThreads(2, { together: true })
  const broken = {
    ...plan,
    shardsFor: () => 2,
    open: (...[kernels, forest, shards]: Parameters<typeof plan.open>) =>
      // The second shard's rows do not exist for the kernels.
      plan.open(kernels, forest, [shards[0], { ...shards[1], starts: undefined as never }]),
  }
  expect(() => fitTrees(data, OPTIONS, { seed: 1, crew: broken })).toThrow(/^a training thread failed: TypeError/)
})

test('until a worker has started, the caller does its steps: a fit that is over before then is right, too', () => {
  const alone = fitTrees(data, OPTIONS, { seed: 1 })
  const plan = { ...crewOnThreads(3), shardsFor: () => 3 }
  for (let fit = 0; fit < 3; fit++) expect(fitTrees(data, OPTIONS, { seed: 1, crew: plan })).toEqual(alone)
})

test('a worker that joins in the middle of a fit changes no tree', () => {
  const large = table(30_000)
  const options = { ...OPTIONS, trees: 60 }
  const plan = { ...crewOnThreads(2), shardsFor: () => 2 }
  expect(fitTrees(large, options, { seed: 1, crew: plan })).toEqual(fitTrees(large, options, { seed: 1 }))
})
