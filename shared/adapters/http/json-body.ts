/**
 * Bytes of a request body → JSON value. JSON.parse does the work; only when it refuses is the text scanned again for the
 * place, because V8's own message sometimes leaves the position out and quotes the body.
 */
import { isUtf8 } from 'node:buffer'
import { AppError } from '../../core/errors.ts'

/** undefined for an empty body. Throws MALFORMED_JSON with line and column. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new AppError('MALFORMED_JSON', 'the body is not valid UTF-8')
  const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const text = bytes.toString('utf8', hasByteOrderMark ? 3 : 0)
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    const index = findJsonError(text)
    const before = text.slice(0, index)
    const line = before.split('\n').length
    const column = index - before.lastIndexOf('\n')
    const message = `the body is not JSON: line ${line}, column ${column}: ${whatIsWrong(text, index)}`
    throw new AppError('MALFORMED_JSON', message)
  }
}

/** A sentence that quotes nothing of the body. */
function whatIsWrong(text: string, index: number): string {
  if (index >= text.length) return 'the text ends too early'
  if (/^-?(?:NaN|Infinity)/.test(text.slice(index, index + 9))) return 'NaN and Infinity are not JSON numbers'
  return 'unexpected character'
}

/** RFC 8259 section 6. */
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/**
 * The index of the first character that no JSON text can have there, or of the word or escape it belongs to; text.length
 * when the text ends too early. Linear and without recursion: neither ten megabytes nor a million open brackets hurt.
 */
export function findJsonError(text: string): number {
  const open: string[] = []
  let at = 0
  // What may come next: a value, a key (or, just after its bracket, the end), a colon, or what follows a value.
  let expected: 'value' | 'first-value' | 'key' | 'first-key' | 'colon' | 'rest' = 'value'
  for (;;) {
    while (isBlank(text.charCodeAt(at))) at++
    const char = text[at]
    if (char === undefined) return text.length
    const closes = (expected === 'rest' || expected.startsWith('first')) && char === open.at(-1)
    if (closes) {
      open.pop()
      at++
      expected = 'rest'
    } else if (expected === 'rest') {
      if (char !== ',' || open.length === 0) return at
      at++
      expected = open.at(-1) === '}' ? 'key' : 'value'
    } else if (expected === 'colon') {
      if (char !== ':') return at
      at++
      expected = 'value'
    } else if (expected === 'key' || expected === 'first-key') {
      const end = char === '"' ? scanString(text, at) : { stop: at, ok: false }
      if (!end.ok) return end.stop
      at = end.stop
      expected = 'colon'
    } else if (char === '{' || char === '[') {
      open.push(char === '{' ? '}' : ']')
      at++
      expected = char === '{' ? 'first-key' : 'first-value'
    } else {
      const end = scanScalar(text, at)
      if (!end.ok) return end.stop
      at = end.stop
      expected = 'rest'
    }
  }
}

/** Where a scan stopped: just behind the value when ok, else at the first wrong character. */
interface Scan {
  readonly stop: number
  readonly ok: boolean
}

function scanScalar(text: string, start: number): Scan {
  if (text[start] === '"') return scanString(text, start)
  for (const word of ['true', 'false', 'null']) {
    if (text.startsWith(word, start)) return { stop: start + word.length, ok: true }
  }
  NUMBER.lastIndex = start
  return NUMBER.test(text) ? { stop: NUMBER.lastIndex, ok: true } : { stop: start, ok: false }
}

function scanString(text: string, start: number): Scan {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return { stop: at + 1, ok: true }
    if (code < 0x20) return { stop: at, ok: false }
    if (code === 0x5c) {
      const length = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 6))?.[0].length
      if (length === undefined) return { stop: at, ok: false }
      at += length
    }
  }
  return { stop: text.length, ok: false }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
