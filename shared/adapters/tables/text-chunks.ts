/**
 * A text file as pieces of text: UTF-8 without its byte order mark, every line ended by "\n". What is no text (other
 * encodings, NUL bytes) is refused here with its line, so that the parsers see only text.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { TextDecoder } from 'node:util'
import { AppError } from '../../core/errors.ts'
import { whyUnreadable } from '../files/why-unreadable.ts'
import type { TableProblems } from './table-problems.ts'

/** Called after each piece of a file. */
export type ReadProgress = (bytesRead: number, totalBytes: number, linesRead: number) => void

export interface TextSource {
  readonly path: string
  /** The file's content where it lies on no disk; `path` then only names it. */
  readonly bytes?: Uint8Array
  readonly problems: TableProblems
  readonly onProgress?: ReadProgress
  /** Awaited before more of the file is read: the rows that were whole by then are in the builder. */
  readonly beforeMore?: () => Promise<void>
}

/** What a reader of rows is given. */
export interface TableSource extends TextSource {
  /** Rows after these are not looked at. */
  readonly maxRows?: number
}

const CHUNK_BYTES = 256 * 1024

export async function* textChunks(source: TextSource): AsyncGenerator<string> {
  const { path, bytes: content, problems, onProgress, beforeMore } = source
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const totalBytes = content?.length ?? (await sizeOf(path))
  let bytesRead = 0
  let line = 1
  let heldReturn = ''
  for await (const bytes of content === undefined ? readBytes(path) : piecesOf(content)) {
    const text = decode(decoder, bytes)
    if (text === undefined) throw problems.failure({ line: line + linesBeforeBadUtf8(bytes) }, NO_UTF8)
    const nul = text.indexOf('\0')
    if (nul !== -1) throw problems.failure({ line: line + countLines(text.slice(0, nul)) }, NUL_BYTE)
    line += countLines(text)
    bytesRead += bytes.length
    onProgress?.(bytesRead, totalBytes, line - 1)
    // A "\r" at the end of a piece may belong to the "\n" that starts the next one.
    const joined = heldReturn + text
    heldReturn = joined.endsWith('\r') ? '\r' : ''
    const whole = heldReturn === '' ? joined : joined.slice(0, -1)
    yield whole.includes('\r') ? whole.replaceAll('\r\n', '\n') : whole
    await beforeMore?.()
  }
  if (decode(decoder, undefined) === undefined) throw problems.failure({ line }, NO_UTF8)
  if (heldReturn !== '') yield heldReturn
}

const NO_UTF8 = { code: 'not_utf8', message: 'is no UTF-8 text; save the file as UTF-8' }
const NUL_BYTE = { code: 'not_text', message: 'has a NUL byte; allowed: text' }

/** undefined when the bytes are no UTF-8. Without bytes: the end of the file. */
function decode(decoder: TextDecoder, bytes: Uint8Array | undefined): string | undefined {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
  } catch {
    return undefined
  }
}

/** Full lines before the first that is no UTF-8. No byte of a longer character is a line feed, so lines stand alone. */
function linesBeforeBadUtf8(bytes: Uint8Array): number {
  // The piece may start inside a character that the piece before began.
  const isInside = (byte: number) => (byte & 0xc0) === 0x80
  let start = [0, 1, 2, 3].find(at => !isInside(bytes[at])) ?? 0
  for (let lines = 0; start < bytes.length; lines++) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline + 1
    if (decode(new TextDecoder('utf-8', { fatal: true }), bytes.subarray(start, end)) === undefined) return lines
    start = end
  }
  return 0
}

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    throw unreadable(path, error)
  }
}

function* piecesOf(content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += CHUNK_BYTES) yield content.subarray(at, at + CHUNK_BYTES)
}

async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK_BYTES })
  } catch (error) {
    // What a consumer throws does not come by here: it ends the generator instead.
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): AppError {
  return new AppError('INVALID_TABLE', `${path}: ${whyUnreadable(error)}`, { cause: error })
}
