import { expect, test } from 'vitest'
import { makeAdam } from './adam.ts'

test('two steps are those of the algorithm worked out by hand', () => {
  const step = makeAdam(1, 0.1)
  const x = Float64Array.of(1)
  step(x, Float64Array.of(4))
  // After one step mean / (1 - 0.9) = 4 and sqrt(square / (1 - 0.999)) = 4: the step is the rate.
  expect(x[0]).toBeCloseTo(0.9, 7)
  step(x, Float64Array.of(-2))
  // mean = 0.9 x 0.4 - 0.2 = 0.16 over 1 - 0.81; square = 0.999 x 0.016 + 0.004 = 0.019984 over 1 - 0.998001.
  expect(x[0]).toBeCloseTo(0.9 - (0.1 * (0.16 / 0.19)) / Math.sqrt(0.019984 / 0.001999), 7)
})
