import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { binMatrix } from './bin.ts'
import { type CategoryOptions, makeCategorySearch } from './category-split.ts'
import { FOUND, LEAF } from './kernels/kernels.ts'
import { UNBOUNDED } from './leaf-rule.ts'

const SCALE = 2 ** 30
const NOTHING: CategoryOptions = { categoryL2: 0, categorySmoothing: 0, categoryGroupRows: 1 }

interface Sums {
  readonly gradient: number
  readonly hessian: number
  readonly rows: number
}

/** Searches sums by bin (0 is missing), missing values on both sides in turn; hessians are a quarter per row. */
function search(bins: readonly Sums[], options: Partial<CategoryOptions> = {}, minRows = 1) {
  const histogram = Float64Array.from(bins.flatMap(({ gradient, hessian }) => [gradient, hessian]))
  const total = totalOf(bins)
  const leaf = new Float64Array(LEAF.length)
  leaf[LEAF.gradient] = total.gradient
  leaf[LEAF.hessian] = total.hessian
  leaf[LEAF.rowCount] = total.rows
  leaf[LEAF.minRows] = minRows
  leaf[LEAF.rowsPerHessian] = total.rows / total.hessian
  const found = new Float64Array(FOUND.length)
  found[FOUND.score] = total.gradient ** 2 / total.hessian
  const categories = makeCategorySearch({ ...NOTHING, ...options })
  let split: { readonly bins: Set<number>; readonly missingLeft: boolean } | undefined
  for (const missingLeft of [false, true]) {
    const scan = { histogram, slot: 0, binCount: bins.length, missingLeft, leaf, found }
    if (categories.improve(scan, { l1: 0, l2: 0, ...UNBOUNDED }, SCALE))
      split = { bins: new Set(categories.best()), missingLeft }
  }
  return { split, score: found[FOUND.score], extraL2: categories.extraL2() }
}

function totalOf(bins: readonly Sums[]): Sums {
  const sum = (key: keyof Sums) => bins.reduce((all, bin) => all + bin[key], 0)
  return { gradient: sum('gradient'), hessian: sum('hessian'), rows: sum('rows') }
}

const BIN = fc.record({ mean: fc.integer({ min: -40, max: 40 }), rows: fc.integer({ min: 0, max: 40 }) })
const toSums = ({ mean, rows }: { mean: number; rows: number }): Sums => ({
  gradient: (mean / 100) * rows * SCALE,
  hessian: (rows * SCALE) / 4,
  rows,
})

test('without smoothing and penalty the set is the best of all subsets (brute force)', () => {
  fc.assert(
    fc.property(fc.array(BIN, { minLength: 6, maxLength: 11 }), written => {
      const bins = written.map(toSums)
      const total = totalOf(bins)
      if (total.rows === 0) return
      let best = total.gradient ** 2 / total.hessian
      for (let subset = 1; subset < (1 << bins.length) - 1; subset++) {
        const left = totalOf(bins.filter((_, bin) => (subset >> bin) & 1))
        const right = totalOf(bins.filter((_, bin) => !((subset >> bin) & 1)))
        if (left.rows === 0 || right.rows === 0) continue
        best = Math.max(best, left.gradient ** 2 / left.hessian + right.gradient ** 2 / right.hessian)
      }
      const { score } = search(bins)
      expect(Math.abs(score - best)).toBeLessThanOrEqual(1e-9 * best)
    }),
    { numRuns: 300 },
  )
})

test('limits hold: rows on both sides, rows of a code that goes left, rows between two sets, length of a set', () => {
  const bins = (count: number, rowsOf: (i: number) => number) =>
    [{ mean: 0, rows: 0 }, ...Array.from({ length: count }, (_, i) => ({ mean: i - count, rows: rowsOf(i) }))].map(
      toSums,
    )
  // Twelve codes of 50 rows, falling gradients: the first would go left.
  expect(
    search(
      bins(12, () => 50),
      {},
      120,
    ).split?.bins.size,
  ).toBeGreaterThanOrEqual(3)
  expect(
    search(
      bins(12, () => 50),
      {},
      400,
    ).split,
  ).toBeUndefined()
  const rare = search(
    bins(12, i => (i === 0 ? 9 : 50)),
    { categorySmoothing: 10 },
  ).split
  expect(rare?.bins.has(1)).toBe(false)
  const grouped = search(
    bins(12, () => 50),
    { categoryGroupRows: 150 },
  ).split
  expect((grouped?.bins.size ?? 0) % 3).toBe(0)
  expect(search(bins(200, () => 50)).split?.bins.size).toBeLessThanOrEqual(32)
})

test('the penalty of a set is told, and there is none where one code stands against the rest', () => {
  const codes = (count: number) => Array.from({ length: count + 1 }, (_, i) => toSums({ mean: 9 * i, rows: 30 }))
  expect(search(codes(12), { categoryL2: 7 }).extraL2).toBe(7)
  expect(search(codes(4), { categoryL2: 7 })).toMatchObject({ extraL2: 0, split: { bins: { size: 1 } } })
})

test('missing values go to the side they are like, also when they are all that differs', () => {
  const mean = (i: number) => (i === 0 ? -30 : i < 4 ? -30 : 30)
  const like = Array.from({ length: 9 }, (_, i) => toSums({ mean: mean(i), rows: 40 }))
  expect(search(like).split).toEqual({ bins: new Set([1, 2, 3]), missingLeft: true })
  const alone = Array.from({ length: 9 }, (_, i) => toSums({ mean: i === 0 ? 30 : -1, rows: 40 }))
  expect(search(alone).split).toEqual({ bins: new Set(), missingLeft: true })
})

test('no set names the bin that the rarest codes share, and codes it has not seen go right', () => {
  const levels = Array.from({ length: 400 }, (_, i) => `${i}`)
  const spec: FeatureSpec = { name: 'c', kind: 'category', levels, hasOther: false }
  const random = makeRandom(1)
  const values = Float32Array.from({ length: 5000 }, () => 1 + Math.floor(400 * random.uniform() ** 2))
  const binned = binMatrix({ rowCount: values.length, features: [spec], values }, 20)
  const { binCount } = binned.features[0]
  const bins = Array.from({ length: binCount }, () => ({ gradient: 0, hessian: 0, rows: 0 }))
  values.forEach((value, row) => {
    const bin = bins[binned.columns[0][row]]
    bin.gradient += (value % 3) - 1 + (value > 50 ? 5 : 0)
    bin.hessian += 0.25
    bin.rows++
  })
  expect(bins[binCount - 1].rows).toBeGreaterThan(100)
  const { split } = search(bins.slice(0, binCount - 1))
  expect(Math.max(...(split?.bins ?? []))).toBeLessThan(binCount - 1)
})
