import { expect, test } from 'vitest'
import { makeRandom } from '../math/random.ts'
import type { CompactDesign } from './design.ts'
import { makeLayers, makePass, parameterCount, startParameters } from './network.ts'

/** Two numbers and two slots: columns 2 and 3 are one feature, column 4 another. */
const design: CompactDesign = {
  rowCount: 3,
  width: 5,
  numberCount: 2,
  numbers: Float64Array.of(0.5, -1.5, 2, 0.25, -0.75, 1),
  slotCount: 2,
  active: Int32Array.of(2, -1, 3, 4, -1, 4),
}
const dense = [
  [0.5, -1.5, 1, 0, 0],
  [2, 0.25, 0, 1, 1],
  [-0.75, 1, 0, 0, 1],
]

test.each([[[3]], [[4, 2]]])('hidden %j: the margin is what multiplying the layers out gives', hidden => {
  const layers = makeLayers(5, hidden)
  const parameters = startParameters(layers, makeRandom(1))
  const pass = makePass(design, layers)
  dense.forEach((row, r) => {
    const naive = layers.reduce((values: number[], { outputs, weights, biases }, l) => {
      const inputs = l === 0 ? values : values.map(value => Math.max(0, value))
      return Array.from({ length: outputs }, (_, o) =>
        inputs.reduce((sum, x, i) => sum + x * parameters[weights + i * outputs + o], parameters[biases + o]),
      )
    }, row)
    expect(pass.margin(parameters, r)).toBeCloseTo(naive[0], 12)
  })
})

test.each([[[3]], [[4, 2]]])('hidden %j: the gradient is that of finite differences', hidden => {
  const layers = makeLayers(5, hidden)
  const parameters = startParameters(layers, makeRandom(2))
  const pass = makePass(design, layers)
  const residuals = [1, -0.5, 2]
  const weighted = (at: Float64Array) => residuals.reduce((sum, r, row) => sum + r * pass.margin(at, row), 0)
  const gradient = new Float64Array(parameterCount(layers))
  residuals.forEach((residual, row) => {
    pass.margin(parameters, row)
    pass.addGradient(gradient, parameters, row, residual)
  })
  parameters.forEach((value, i) => {
    const moved = (by: number) => weighted(parameters.with(i, value + by))
    expect(gradient[i]).toBeCloseTo((moved(1e-6) - moved(-1e-6)) / 2e-6, 6)
  })
})

test('parameters are laid out without gaps, weights before the biases of their layer', () => {
  expect(makeLayers(5, [4, 2])).toEqual([
    { inputs: 5, outputs: 4, weights: 0, biases: 20 },
    { inputs: 4, outputs: 2, weights: 24, biases: 32 },
    { inputs: 2, outputs: 1, weights: 34, biases: 36 },
  ])
  expect(parameterCount(makeLayers(5, [4, 2]))).toBe(37)
})
