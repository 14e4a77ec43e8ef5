/**
 * From the bytes of a model.json to a ModelManifest. Every part that code reads is checked, so that a damaged file is
 * MODEL_CORRUPT with what is wrong, and never a TypeError in the middle of a request.
 */
import { AppError, quoteValue } from '../../core/errors.ts'
import { MANIFEST_FILE, type ModelManifest } from '../../core/model/manifest.ts'
import { isKey } from '../storage/storage.ts'

type Check = (value: unknown) => boolean

const isText: Check = value => typeof value === 'string'
const isObject: Check = value => typeof value === 'object' && value !== null && !Array.isArray(value)
const isListOf =
  (check: Check): Check =>
  value =>
    Array.isArray(value) && value.every(check)
const isMapOf =
  (check: Check): Check =>
  value =>
    isObject(value) && Object.values(value as object).every(check)

const isFeature: Check = value => {
  const feature = (value ?? {}) as Record<string, unknown>
  if (!isText(feature.name)) return false
  if (feature.kind === 'number') return true
  return feature.kind === 'category' && isListOf(isText)(feature.levels) && typeof feature.hasOther === 'boolean'
}

const isClass: Check = value => isText(value) || Number.isFinite(value)

const isFileRecord: Check = value => {
  const { sha256, bytes } = (value ?? {}) as Record<string, unknown>
  return (
    typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(bytes) && Number(bytes) >= 0
  )
}

const isNumber: Check = value => Number.isFinite(value)

const isCalibrator: Check = value => {
  const calibrator = (value ?? {}) as Record<string, unknown>
  if (calibrator.method === 'none') return true
  if (calibrator.method === 'platt') return isNumber(calibrator.slope) && isNumber(calibrator.intercept)
  const { margins, values } = calibrator
  if (calibrator.method !== 'isotonic' || !isListOf(isNumber)(margins) || !isListOf(isNumber)(values)) return false
  return (margins as unknown[]).length > 0 && (margins as unknown[]).length === (values as unknown[]).length
}

const FIELDS: readonly [name: keyof ModelManifest, check: Check, allowed: string][] = [
  ['id', isText, 'text'],
  ['name', isText, 'text'],
  ['created_at', isText, 'text'],
  ['git_sha', isText, 'text'],
  ['contract', isObject, 'an object'],
  ['family', isText, 'text'],
  ['features', isListOf(isFeature), 'a list of features'],
  ['classes', value => isListOf(isClass)(value) && (value as unknown[]).length === 2, 'a list of two classes'],
  ['threshold', value => typeof value === 'number' && value >= 0 && value <= 1, 'a number from 0 to 1'],
  ['calibration', value => value === undefined || isCalibrator(value), 'a calibrator with its numbers'],
  ['metrics', isObject, 'an object'],
  [
    'files',
    value => isMapOf(isFileRecord)(value) && Object.keys(value as object).every(isKey),
    'file names with SHA-256 and bytes',
  ],
  ['environment', isMapOf(isText), 'an object of texts'],
]

/** `version` is where the file was found; one that says otherwise is not that version's. */
export function parseManifest(version: string, bytes: Uint8Array): ModelManifest {
  const document = parseObject(version, bytes)
  if (document.schema_version !== 1) {
    const came = quoteValue(document.schema_version)
    throw corrupt(version, `has schema_version ${came}, and this Treeline reads 1; update Treeline`)
  }
  if (document.version !== version)
    throw corrupt(version, `says it is version ${quoteValue(document.version)}; restore it`)
  for (const [name, check, allowed] of FIELDS) {
    if (!check(document[name])) {
      throw corrupt(version, `has ${name} ${quoteValue(document[name])}, expected ${allowed}; restore it`)
    }
  }
  return document as unknown as ModelManifest
}

function parseObject(version: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isObject(document)) return document as Record<string, unknown>
  } catch {
    // Said below, the same for text that is JSON but no object.
  }
  throw corrupt(version, 'is not a JSON object; restore it')
}

function corrupt(version: string, what: string): AppError {
  return new AppError(
    'MODEL_CORRUPT',
    `model version ${version}: file ${MANIFEST_FILE} ${what} or promote another version`,
  )
}
