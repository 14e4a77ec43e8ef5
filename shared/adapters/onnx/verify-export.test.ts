import { expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { DEFAULT_BOOST } from '../../core/gbt/boost.ts'
import { labelledRows } from '../../core/model/family.conformance.ts'
import { gbtFamily } from '../../core/model/family.ts'
import { probabilitiesFromMargins } from '../../core/model/score.ts'
import { exportModel, exportPortableModel } from '../../core/onnx/export.ts'
import { verifyExport } from './verify-export.ts'

const train = labelledRows(1, 800)
const matrix = labelledRows(2, 300).matrix
const fit = (trees: number) => gbtFamily.fit(train, { ...DEFAULT_BOOST, trees }, { seed: 1 })

function exported(model: ReturnType<typeof fit>) {
  const parts = {
    features: matrix.features,
    body: (features: string) => gbtFamily.toGraph(model, features),
    metadata: {},
  }
  const probabilities = probabilitiesFromMargins(gbtFamily.predict(model, matrix))
  return { model: exportModel(parts), portableModel: exportPortableModel(parts), heldOut: { matrix, probabilities } }
}

test('a faithful export passes with a difference of exactly 0', async () => {
  expect(await verifyExport(exported(fit(10)))).toEqual({ rows: 300, max_abs_difference: 0 })
})

test.each(['model', 'portableModel'] as const)('a %s of another training is refused', async file => {
  const trained = { ...exported(fit(10)), [file]: exported(fit(11))[file] }
  const failure = await verifyExport(trained).catch(error => error)
  expect(failure).toBeInstanceOf(AppError)
  expect(failure.code).toBe('EXPORT_MISMATCH')
  expect(failure.message).toContain('Nothing was registered')
})

test('of more than 100,000 held-out rows so many are run, evenly spaced', async () => {
  const model = exported(fit(2))
  const { matrix, probabilities } = model.heldOut
  const times = 400
  const values = new Float32Array(times * matrix.values.length)
  const answers = new Float32Array(times * probabilities.length)
  for (let i = 0; i < times; i++) {
    values.set(matrix.values, i * matrix.values.length)
    answers.set(probabilities, i * probabilities.length)
  }
  const heldOut = { matrix: { ...matrix, rowCount: times * matrix.rowCount, values }, probabilities: answers }
  expect(await verifyExport({ ...model, heldOut })).toEqual({ rows: 100_000, max_abs_difference: 0 })
})
