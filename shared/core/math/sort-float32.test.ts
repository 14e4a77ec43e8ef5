import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeRandom } from './random.ts'
import { sortFloat32 } from './sort-float32.ts'

test('few and many numbers, of both signs, with zeros of both signs and infinities, come out as the engine sorts them', () => {
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true, maxLength: 40 }), fc.constantFrom(1, 60), (values, times) => {
      const many = Float32Array.from({ length: values.length * times }, (_, i) => values[i % values.length])
      expect(sortFloat32(many.slice())).toEqual(many.slice().sort())
    }),
  )
})

test('a hundred thousand normal numbers come out as the engine sorts them', () => {
  const random = makeRandom(1)
  const values = Float32Array.from({ length: 100_000 }, () => random.normal() * 10 ** random.integer(-30, 30))
  expect(sortFloat32(values.slice())).toEqual(values.slice().sort())
})
