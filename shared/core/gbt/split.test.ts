import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { binMatrix } from './bin.ts'
import { referenceKernels } from './kernels/reference.ts'
import { webAssemblyKernels } from './kernels/webassembly.ts'
import { UNBOUNDED } from './leaf-rule.ts'
import { makeSplitSearch, type SplitOptions } from './split.ts'

const OPTIONS: SplitOptions = {
  l1: 0,
  l2: 0,
  minLeafHessian: 0,
  minLeafRows: 1,
  minGain: 0,
  categoryL2: 0,
  categorySmoothing: 0,
  categoryGroupRows: 1,
}
const NUMBER: FeatureSpec = { name: 'x', kind: 'number' }
const COLOUR: FeatureSpec = { name: 'c', kind: 'category', levels: ['r', 'g', 'b', 'y'], hasOther: false }

/** Bins one feature and sums the gradients `gradientOf` and hessians of 1/4 of `rows` (default: all). */
function sumsOf(spec: FeatureSpec, values: Float32Array, gradientOf: (x: number) => number, rows?: readonly number[]) {
  const binned = binMatrix({ rowCount: values.length, features: [spec], values }, 256)
  const scales = { gradient: 2 ** 30, hessian: 2 ** 30 }
  const byRow = Array.from(values, x => Math.round(gradientOf(x) * scales.gradient))
  const histogram = new Float64Array(2 * binned.features[0].binCount)
  const leaf = { gradient: 0, hessian: 0, rowCount: 0, scales, bounds: UNBOUNDED }
  for (const row of rows ?? byRow.keys()) {
    const slot = 2 * binned.columns[0][row]
    histogram[slot] += byRow[row]
    histogram[slot + 1] += scales.hessian / 4
    leaf.gradient += byRow[row]
    leaf.hessian += scales.hessian / 4
    leaf.rowCount++
  }
  return { binned, histogram, leaf }
}

/** Searches the leaf of all rows, or of `rows`, with both sets of kernels: they must find the same. */
function search(
  spec: FeatureSpec,
  values: Float32Array,
  gradientOf: (x: number) => number,
  options = OPTIONS,
  rows?: readonly number[],
) {
  const { binned, histogram, leaf } = sumsOf(spec, values, gradientOf, rows)
  const [split, again] = [referenceKernels, webAssemblyKernels()].map(kernels => {
    const own = kernels.memory.float64(histogram.length)
    own.set(histogram)
    return makeSplitSearch(kernels, { features: binned.features, firstSlots: Uint32Array.of(0) }, options)(
      own,
      leaf,
      Uint32Array.of(0),
    )
  })
  expect(again).toEqual(split)
  return { split, binned }
}

test('a planted split is found for every bin', () => {
  const values = Float32Array.from({ length: 20 }, (_, i) => i)
  for (let planted = 1; planted < 20; planted++) {
    const { split } = search(NUMBER, values, x => (x < planted ? 0.5 : -0.5))
    expect(split).toMatchObject({ feature: 0, bin: planted })
    expect(split).not.toHaveProperty('set')
  }
})

test('a planted code is found for every category', () => {
  const values = Float32Array.from({ length: 40 }, (_, i) => 1 + (i % 4))
  for (let planted = 1; planted <= 4; planted++) {
    const { split } = search(COLOUR, values, code => (code === planted ? 0.5 : -0.1))
    expect(split).toMatchObject({ set: Uint8Array.of(planted), missingLeft: false })
  }
})

test('missing values learn their direction, also when they are all that differs', () => {
  const values = Float32Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? Number.NaN : i))
  const like = (low: boolean) => search(NUMBER, values, x => ((Number.isNaN(x) ? low : x < 20) ? 0.5 : -0.5)).split
  expect(like(true)?.missingLeft).toBe(true)
  expect(like(false)?.missingLeft).toBe(false)
  const alone = search(NUMBER, values, x => (Number.isNaN(x) ? 0.5 : -0.5))
  expect(alone.split).toMatchObject({ missingLeft: false, bin: alone.binned.features[0].binCount - 1 })
  const codes = Float32Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? Number.NaN : 1 + (i % 4)))
  expect(search(COLOUR, codes, x => (Number.isNaN(x) ? 0.5 : -0.5)).split).toMatchObject({
    set: new Uint8Array(0),
    missingLeft: true,
  })
})

test('across empty bins the highest threshold wins', () => {
  // Values 2..7 exist elsewhere in the table but not in this leaf: thresholds 2 to 7 part its rows alike.
  const values = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
  const { split } = search(NUMBER, values, x => (x < 5 ? 0.5 : -0.5), OPTIONS, [0, 1, 8, 9])
  expect(split?.bin).toBe(8)
})

test('the best split of random leaves is the best of all candidates counted from the rows (naive twin)', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.boolean(), fc.constantFrom(0, 0.5, 4), (seed, category, l2) => {
      const random = makeRandom(seed)
      const spec = category ? COLOUR : NUMBER
      const values = Float32Array.from({ length: 60 }, () =>
        random.uniform() < 0.2 ? Number.NaN : random.integer(1, category ? 4 : 9),
      )
      const options = { ...OPTIONS, l2, minLeafRows: 5 }
      const byRow = values.map(() => random.uniform() - 0.5)
      let row = 0
      const { split } = search(spec, values, () => byRow[row++], options)
      expect(split?.gain ?? 0).toBeCloseTo(naiveBestGain(values, byRow, category, options), 6)
    }),
    { numRuns: 200 },
  )
})

/** Gain by the formula, over every subset that one node of a tree can send left. */
function naiveBestGain(
  values: Float32Array,
  gradients: Float32Array,
  category: boolean,
  options: SplitOptions,
): number {
  const score = (rows: number[]) =>
    rows.reduce((sum, row) => sum + gradients[row], 0) ** 2 / (rows.length / 4 + options.l2)
  const all = Array.from(values, (_, row) => row)
  const distinct = [...new Set(values)].filter(x => !Number.isNaN(x))
  let best = 0
  for (const cut of [...distinct, 0]) {
    for (const missingLeft of [true, false]) {
      const left = all.filter(row =>
        Number.isNaN(values[row]) ? missingLeft : category ? values[row] === cut : values[row] <= cut,
      )
      const right = all.filter(row => !left.includes(row))
      if (left.length < options.minLeafRows || right.length < options.minLeafRows) continue
      best = Math.max(best, score(left) + score(right) - score(all))
    }
  }
  return best
}

test('limits hold: rows, hessian and gain', () => {
  const values = Float32Array.from({ length: 20 }, (_, i) => i)
  const planted = (x: number) => (x < 2 ? 0.5 : -0.5)
  expect(search(NUMBER, values, planted, { ...OPTIONS, minLeafRows: 5 }).split?.bin).toBe(5)
  expect(search(NUMBER, values, planted, { ...OPTIONS, minLeafHessian: 2 }).split?.bin).toBe(8)
  expect(search(NUMBER, values, planted, { ...OPTIONS, minGain: 1e6 }).split).toBeUndefined()
  expect(search(NUMBER, new Float32Array(20).fill(3), planted).split).toBeUndefined()
})
