import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shortFloat32 } from './short-float32.ts'

const float32 = fc.float({ min: 0, max: 1, noNaN: true })

test('a probability prints as a person would write it', () => {
  for (const text of ['0', '1', '0.5', '0.83', '0.1', '0.999999', '0.0001', '0.0000001']) {
    expect(JSON.stringify(shortFloat32(Math.fround(Number(text))))).toBe(JSON.stringify(Number(text)))
  }
})

test('rounding to float32 gives every probability back, subnormal ones too', () => {
  fc.assert(
    fc.property(float32, value => Math.fround(shortFloat32(value)) === value),
    { numRuns: 2_000 },
  )
})

test('two different probabilities keep their order', () => {
  fc.assert(
    fc.property(float32, float32, (a, b) => Math.sign(shortFloat32(a) - shortFloat32(b)) === Math.sign(a - b)),
    { numRuns: 2_000 },
  )
})

test('neighbours among the float32 values stay apart', () => {
  const bits = new Int32Array(1)
  const float = new Float32Array(bits.buffer)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x3f7fffff }), n => {
      bits[0] = n
      const below = shortFloat32(float[0])
      bits[0] = n + 1
      return below < shortFloat32(float[0])
    }),
    { numRuns: 2_000 },
  )
})

test('from 0.001 up the text has at most ten places', () => {
  const property = fc.property(fc.float({ min: Math.fround(0.001), max: 1, noNaN: true }), value => {
    return /^\d(?:\.\d{1,10})?$/.test(String(shortFloat32(value)))
  })
  fc.assert(property, { numRuns: 2_000 })
})
