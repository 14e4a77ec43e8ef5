import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../core/errors.ts'
import { sampleManifest } from './model-store.conformance.ts'
import { parseManifest } from './parse-manifest.ts'

const VERSION = '20261121.abc1234.1'
const manifest = sampleManifest(VERSION, { 'model.onnx': { sha256: 'ab'.repeat(32), bytes: 3 } })
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

function problemOf(bytes: Uint8Array): string {
  try {
    parseManifest(VERSION, bytes)
    return 'none'
  } catch (error) {
    if (error instanceof AppError && error.code === 'MODEL_CORRUPT') return error.message
    throw error
  }
}

test('a manifest comes back as it was written, with fields a later Treeline may have added', () => {
  expect(parseManifest(VERSION, encode({ ...manifest, added_later: 1 }))).toEqual({ ...manifest, added_later: 1 })
})

test.each([
  { method: 'none' },
  { method: 'platt', slope: 0.5, intercept: -1 },
  { method: 'isotonic', margins: [-1, 1], values: [0.1, 0.9] },
])('the calibrator $method is read', calibration => {
  expect(parseManifest(VERSION, encode({ ...manifest, calibration })).calibration).toEqual(calibration)
})

test('another schema_version says which this Treeline reads', () => {
  expect(problemOf(encode({ ...manifest, schema_version: 2 }))).toBe(
    `model version ${VERSION}: file model.json has schema_version 2, and this Treeline reads 1; update Treeline or promote another version`,
  )
})

test.each<[string, object]>([
  ['says it is version "20261121.abc1234.2"', { version: '20261121.abc1234.2' }],
  ['has threshold "0.5", expected a number from 0 to 1', { threshold: '0.5' }],
  ['has threshold 1.5, expected a number from 0 to 1', { threshold: 1.5 }],
  ['has features a list, expected a list of features', { features: [{ name: 'a', kind: 'category' }] }],
  ['has features absent, expected a list of features', { features: undefined }],
  ['has classes a list, expected a list of two classes', { classes: [1] }],
  ['has files an object, expected file names', { files: { 'model.onnx': { sha256: 'short', bytes: 3 } } }],
  ['has files an object, expected file names', { files: { '../model.onnx': { sha256: 'ab'.repeat(32), bytes: 3 } } }],
  ['has files an object, expected file names', { files: { 'model.onnx': null } }],
  ['has contract null, expected an object', { contract: null }],
  ['has calibration null, expected a calibrator', { calibration: null }],
  ['has calibration an object, expected a calibrator', { calibration: { method: 'platt', slope: 1 } }],
  [
    'has calibration an object, expected a calibrator',
    { calibration: { method: 'isotonic', margins: [1], values: [] } },
  ],
])('a manifest that %s is refused by its name (%#)', (what, change) => {
  const message = problemOf(encode({ ...manifest, ...change }))
  expect(message).toContain(`model version ${VERSION}: file model.json ${what}`)
  expect(message).toMatch(/restore it or promote another version$/)
})

test.each([
  ['nothing', new Uint8Array(0)],
  ['a list', encode([])],
  ['null', encode(null)],
  ['no UTF-8', Uint8Array.from([0x7b, 0xff, 0x7d])],
])('%s is refused as no JSON object', (_, bytes) => {
  expect(problemOf(bytes)).toContain('file model.json is not a JSON object')
})

test('whatever one field is replaced with, the answer is a manifest or MODEL_CORRUPT, never another error', () => {
  const field = fc.constantFrom(...Object.keys(manifest))
  fc.assert(fc.property(field, fc.jsonValue(), (name, value) => void problemOf(encode({ ...manifest, [name]: value }))))
})

test('a file cut anywhere is refused', () => {
  const whole = encode(manifest)
  for (let length = 0; length < whole.length; length++) expect(problemOf(whole.slice(0, length))).not.toBe('none')
})

test('whatever one byte is changed to, the answer is a manifest or MODEL_CORRUPT', () => {
  const whole = encode(manifest)
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      problemOf(whole.with(at, value))
    }),
  )
})
