import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSession } from '../../adapters/onnx/session.ts'
import { makeRandom } from '../math/random.ts'
import { RUNTIMES } from '../model/family.conformance.ts'
import { probabilitiesFromMargins } from '../model/score.ts'
import { exportModel } from '../onnx/export.ts'
import { graphFromTrees } from '../onnx/from-trees.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { type BoostOptions, DEFAULT_BOOST, fitTrees } from './boost.ts'
import { scanConstrained } from './constrained-split.ts'
import { FOUND, LEAF } from './kernels/kernels.ts'
import { scanThresholds } from './kernels/reference.ts'
import { UNBOUNDED } from './leaf-rule.ts'
import { predictMargins } from './tree.ts'

test('without penalty, bounds and direction it finds what the kernels find, bit by bit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.boolean(),
      fc.constantFrom(0, 2 ** 30),
      (seed, missingLeft, l2) => {
        const random = makeRandom(seed)
        const binCount = random.integer(2, 20)
        const histogram = new Float64Array(2 * binCount)
        const leaf = new Float64Array(LEAF.length)
        for (let bin = 0; bin < binCount; bin++) {
          const rows = random.integer(0, 9)
          histogram[2 * bin] = random.integer(-1000, 1000) * rows * 2 ** 10
          histogram[2 * bin + 1] = rows * 2 ** 28
          leaf[LEAF.gradient] += histogram[2 * bin]
          leaf[LEAF.hessian] += histogram[2 * bin + 1]
          leaf[LEAF.rowCount] += rows
        }
        leaf[LEAF.l2] = l2
        leaf[LEAF.minRows] = 3
        leaf[LEAF.rowsPerHessian] = leaf[LEAF.rowCount] / leaf[LEAF.hessian]
        const scan = { histogram, slot: 0, binCount, missingLeft, leaf }
        const [own, theirs] = [new Float64Array(FOUND.length), new Float64Array(FOUND.length)]
        const bin = scanConstrained({ ...scan, found: own }, { l1: 0, l2, ...UNBOUNDED }, 0)
        expect(bin).toBe(scanThresholds({ ...scan, found: theirs }))
        expect(own).toEqual(theirs)
      },
    ),
    { numRuns: 500 },
  )
})

const FEATURES: readonly FeatureSpec[] = [
  { name: 'up', kind: 'number', monotone: 'increasing' },
  { name: 'down', kind: 'number', monotone: 'decreasing' },
  { name: 'free', kind: 'number' },
  { name: 'c', kind: 'category', levels: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], hasOther: true },
]

/** Labels that go against both directions as often as with them. */
function waves(seed: number, rowCount: number, features: readonly FeatureSpec[]) {
  const random = makeRandom(seed)
  const values = new Float32Array(rowCount * 4)
  const labels = new Uint8Array(rowCount)
  for (let row = 0; row < rowCount; row++) {
    const [up, down, free] = [random.normal(), random.normal(), random.normal()]
    const code = random.integer(1, 8)
    const gaps = [up, down, free, code].map(value => (random.uniform() < 0.1 ? Number.NaN : value))
    values.set(gaps, row * 4)
    const margin = 2 * Math.sin(3 * up + free) + Math.sin(4 * down) * ((code % 3) - 1)
    labels[row] = random.uniform() < 1 / (1 + Math.exp(-margin)) ? 1 : 0
  }
  return { matrix: { rowCount, features, values }, labels }
}

const OPTIONS: BoostOptions = { ...DEFAULT_BOOST, trees: 25, leaves: 12, earlyStoppingRounds: 0, categoryGroupRows: 20 }

/** Rows that are alike but for one number, which rises. */
function risingRows(seed: number, feature: number) {
  const { matrix } = waves(seed, 1, FEATURES)
  const random = makeRandom(seed)
  const steps = Float32Array.from({ length: 200 }, () => 2 * random.normal()).sort()
  const rows = new Float32Array(steps.length * 4)
  steps.forEach((value, row) => {
    rows.set(matrix.values, row * 4)
    rows[row * 4 + feature] = value
  })
  return { rowCount: steps.length, features: FEATURES, values: rows }
}

/** The largest step against the direction; at most 0 where it is kept. */
function worstStep(answers: ArrayLike<number>, sign: number): number {
  let worst = Number.NEGATIVE_INFINITY
  for (let row = 1; row < answers.length; row++) worst = Math.max(worst, -sign * (answers[row] - answers[row - 1]))
  return worst
}

test('raising a number never moves the margin against its direction, in our predictor and on both runtimes', async () => {
  const seeds = fc.record({ data: fc.integer({ min: 0, max: 1e6 }), row: fc.integer({ min: 0, max: 1e6 }) })
  await fc.assert(
    fc.asyncProperty(seeds, fc.constantFrom(0, 1.5), fc.boolean(), async (seed, l1, drawn) => {
      const options = { ...OPTIONS, l1, ...(drawn ? { rowFraction: 0.7, columnFraction: 0.6 } : {}) }
      const ensemble = fitTrees(waves(seed.data, 500, FEATURES), options, { seed: 1 })
      const file = exportModel({ features: FEATURES, body: name => graphFromTrees(ensemble, name), metadata: {} })
      for (const [feature, sign] of [
        [0, 1],
        [1, -1],
      ]) {
        for (let row = 0; row < 5; row++) {
          const rows = risingRows(seed.row + row, feature)
          const margins = predictMargins(ensemble, rows)
          expect(worstStep(margins, sign)).toBeLessThanOrEqual(0)
          if (row > 0) continue
          for (const { runtime } of RUNTIMES) {
            const answers = await (await openSession(file, runtime)).run(rows.values, rows.rowCount)
            expect(answers).toEqual(probabilitiesFromMargins(margins))
            expect(worstStep(answers, sign)).toBeLessThanOrEqual(0)
          }
        }
      }
    }),
    { numRuns: 15 },
  )
})

test('without directions the same rows are fitted against them, and an ensemble with them still uses the numbers', () => {
  const free = FEATURES.map(spec => (spec.kind === 'number' ? { name: spec.name, kind: spec.kind } : spec))
  const fit = (features: readonly FeatureSpec[]) => fitTrees(waves(3, 2000, features), OPTIONS, { seed: 1 })
  const rows = risingRows(5, 0)
  expect(worstStep(predictMargins(fit(free), rows), 1)).toBeGreaterThan(0.1)
  const margins = predictMargins(fit(FEATURES), rows)
  expect(margins[margins.length - 1]).toBeGreaterThan(margins[0])
})
