/**
 * Turns ajv's errors into sentences for the person who wrote the file: key path, what came, what is allowed. Works for
 * any schema; needs ajv's options `allErrors` and `verbose`.
 */
import type { ErrorObject } from 'ajv/dist/2020.js'
import { type Problem, quoteValue } from '../errors.ts'
import { nearestName } from './nearest-name.ts'

/** One problem per mistake, in the document's order of checking. `source` is the file's name. */
export function schemaProblems(errors: readonly ErrorObject[], document: unknown, source: string): Problem[] {
  const problems: Problem[] = []
  for (const error of errors) {
    // "if" only says that a branch failed, and the branch has its own errors.
    if (error.keyword === 'if' || isPartOfNameError(error, errors)) continue
    const segments = pathSegments(error.instancePath, document)
    if (error.keyword === 'additionalProperties') segments.push(error.params.additionalProperty)
    if (error.keyword === 'required') segments.push(error.params.missingProperty)
    const field = keyPath(segments)
    const subject = field === '' ? 'the document' : field
    problems.push({ field, code: error.keyword, message: `${source}: ${sentence(error, subject)}` })
  }
  return problems
}

/** The rules for a key's name fail one by one and then as `propertyNames`, which tells it once. */
function isPartOfNameError({ instancePath, data }: ErrorObject, errors: readonly ErrorObject[]): boolean {
  const isWhole = (other: ErrorObject) => other.keyword === 'propertyNames' && other.params.propertyName === data
  return typeof data === 'string' && errors.some(other => other.instancePath === instancePath && isWhole(other))
}

/** `features.plan_type.values[0]`; a key that is no plain word stands in brackets: `features["plan type"].type`. */
export function keyPath(segments: readonly (string | number)[]): string {
  let path = ''
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`
    else if (!/^[\p{L}_][\p{L}\p{N}_-]{0,59}$/u.test(segment)) path += `[${quoteValue(segment)}]`
    else path += path === '' ? segment : `.${segment}`
  }
  return path
}

/** A JSON pointer as keys and list positions; the document tells which a number is. */
function pathSegments(pointer: string, document: unknown): (string | number)[] {
  const segments: (string | number)[] = []
  let value: unknown = document
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    segments.push(Array.isArray(value) ? Number(key) : key)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }
  return segments
}

function sentence(error: ErrorObject, subject: string): string {
  const { keyword, params, data } = error
  switch (keyword) {
    case 'additionalProperties': {
      const allowed = Object.keys(error.parentSchema?.properties ?? {})
      const nearest = nearestName(params.additionalProperty, allowed)
      const hint = nearest === undefined ? '' : `did you mean "${nearest}"? `
      return `${subject} is not a known key; ${hint}allowed: ${allowed.join(', ')}`
    }
    case 'required':
      return `${subject} is absent; it is required`
    case 'type':
      return wrongType(subject, data, [params.type].flat())
    case 'enum':
      return `${subject} is ${quoteValue(data)}; allowed: ${params.allowedValues.join(', ')}`
    case 'uniqueItems':
      return `${subject} has ${quoteValue((data as unknown[])[params.i])} twice; allowed: distinct values`
    case 'propertyNames':
      return `${subject} has the name ${quoteValue(params.propertyName)}; allowed: ${rule(error.parentSchema?.propertyNames, 'another name')}`
    case 'minItems':
    case 'minProperties':
    case 'minLength':
      return `${subject} is empty; allowed: at least ${params.limit} ${unit(keyword)}`
    case 'pattern':
    case 'maxLength':
      return `${subject} is ${quoteValue(data)}; allowed: ${rule(error.parentSchema, error.message ?? keyword)}`
    default:
      return `${subject} is ${quoteValue(data)}; it ${error.message}`
  }
}

function unit(keyword: 'minItems' | 'minProperties' | 'minLength'): string {
  return { minItems: 'item', minProperties: 'key', minLength: 'character' }[keyword]
}

/** What a pattern means in words: the description beside it, because a regular expression is no sentence. */
function rule(schema: unknown, otherwise: string): string {
  const text = typeof schema === 'object' && schema !== null ? Reflect.get(schema, 'description') : undefined
  return typeof text === 'string' ? text : otherwise
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
}

function wrongType(subject: string, value: unknown, types: readonly string[]): string {
  const allowed = types.map(type => TYPE_NAMES[type] ?? type).join(' or ')
  // YAML reads an unquoted 1 or true as no string.
  const isScalar = typeof value === 'number' || typeof value === 'boolean'
  const hint = types.includes('string') && isScalar ? `; quote it: "${value}"` : ''
  return `${subject} is ${quoteValue(value)}; allowed: ${allowed}${hint}`
}
