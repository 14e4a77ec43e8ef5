/**
 * The reading side of protobuf.ts: one message as its list of fields. Every length is checked against the bytes there are,
 * so a damaged file ends in MODEL_CORRUPT, never in a hang, and never allocates more than it holds.
 */
import { AppError } from '../errors.ts'

export interface Field {
  readonly number: number
  readonly wire: number
  /** Of a varint its own bytes; of a string, message or packed list what its length counts. */
  readonly payload: Uint8Array
}

const WIRE_VARINT = 0
const WIRE_FIXED64 = 1
const WIRE_LENGTH = 2
const WIRE_FIXED32 = 5

/** 64 bits in groups of seven. */
const MOST_VARINT_BYTES = 10

export function corrupt(problem: string, cause?: unknown): AppError {
  return new AppError('MODEL_CORRUPT', `the ONNX model cannot be read: ${problem}`, { cause })
}

/** The fields of a message in the order of the file; unknown ones too. */
export function readFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  let position = 0
  while (position < bytes.length) {
    const tagEnd = varintEnd(bytes, position)
    const tag = varint(bytes, position, tagEnd)
    const [number, wire] = [Math.floor(tag / 8), tag % 8]
    if (number === 0) throw corrupt(`byte ${position} begins a field of number 0; allowed: 1 and above`)
    const { start, end } = payloadRange(bytes, tagEnd, wire)
    if (end > bytes.length) throw corrupt(`a field of ${end - start} bytes begins ${bytes.length - start} from the end`)
    fields.push({ number, wire, payload: bytes.subarray(start, end) })
    position = end
  }
  return fields
}

function payloadRange(bytes: Uint8Array, start: number, wire: number): { start: number; end: number } {
  switch (wire) {
    case WIRE_VARINT:
      return { start, end: varintEnd(bytes, start) }
    case WIRE_FIXED64:
      return { start, end: start + 8 }
    case WIRE_FIXED32:
      return { start, end: start + 4 }
    case WIRE_LENGTH: {
      const lengthEnd = varintEnd(bytes, start)
      return { start: lengthEnd, end: lengthEnd + varint(bytes, start, lengthEnd) }
    }
    default:
      throw corrupt(`wire type ${wire} at byte ${start}; allowed: 0, 1, 2, 5`)
  }
}

/** Where the varint at `start` ends. */
function varintEnd(bytes: Uint8Array, start: number): number {
  const last = Math.min(bytes.length, start + MOST_VARINT_BYTES)
  for (let i = start; i < last; i++) {
    if (bytes[i] < 0x80) return i + 1
  }
  throw corrupt(`the integer at byte ${start} does not end`)
}

/** Two's complement of 64 bits, as int64 has it. */
function varint(bytes: Uint8Array, start: number, end: number): number {
  // Up to seven groups are below 2^49, exact in float64.
  if (end - start <= 7) {
    let value = 0
    for (let i = end - 1; i >= start; i--) value = value * 0x80 + (bytes[i] & 0x7f)
    return value
  }
  let value = 0n
  for (let i = end - 1; i >= start; i--) value = (value << 7n) | BigInt(bytes[i] & 0x7f)
  const signed = Number(BigInt.asIntN(64, value))
  if (!Number.isSafeInteger(signed)) throw corrupt(`the integer at byte ${start} is beyond 2^53`)
  return signed
}

export function intOf(field: Field): number {
  expectWire(field, WIRE_VARINT)
  return varint(field.payload, 0, field.payload.length)
}

export function floatOf(field: Field): number {
  expectWire(field, WIRE_FIXED32)
  return viewOf(field.payload).getFloat32(0, true)
}

export function bytesOf(field: Field): Uint8Array {
  expectWire(field, WIRE_LENGTH)
  return field.payload
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function stringOf(field: Field): string {
  try {
    return UTF8.decode(bytesOf(field))
  } catch (cause) {
    throw corrupt(`field ${field.number} is no UTF-8 text`, cause)
  }
}

/** The integers of a packed list, or the one integer of an unpacked entry. */
export function intsOf(field: Field): number[] {
  if (field.wire === WIRE_VARINT) return [intOf(field)]
  const bytes = bytesOf(field)
  const values: number[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = varintEnd(bytes, start)
    values.push(varint(bytes, start, end))
    start = end
  }
  return values
}

/** The floats of a packed list, or the one float of an unpacked entry. */
export function floatsOf(field: Field): Float32Array {
  if (field.wire === WIRE_FIXED32) return Float32Array.of(floatOf(field))
  return float32Values(bytesOf(field))
}

/** Little-endian float32 values, wherever in memory they begin. */
export function float32Values(bytes: Uint8Array): Float32Array {
  const view = viewOf(bytes)
  return Float32Array.from({ length: countOf(bytes, 4) }, (_, i) => view.getFloat32(4 * i, true))
}

export function float64Values(bytes: Uint8Array): Float64Array {
  const view = viewOf(bytes)
  return Float64Array.from({ length: countOf(bytes, 8) }, (_, i) => view.getFloat64(8 * i, true))
}

export function int64Values(bytes: Uint8Array): number[] {
  const view = viewOf(bytes)
  return Array.from({ length: countOf(bytes, 8) }, (_, i) => {
    const value = Number(view.getBigInt64(8 * i, true))
    if (!Number.isSafeInteger(value)) throw corrupt(`integer ${i} of a tensor is beyond 2^53`)
    return value
  })
}

function countOf(bytes: Uint8Array, width: number): number {
  if (bytes.length % width !== 0) throw corrupt(`a list of ${width}-byte numbers takes ${bytes.length} bytes`)
  return bytes.length / width
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function expectWire({ number, wire }: Field, wanted: number): void {
  if (wire !== wanted) throw corrupt(`field ${number} has wire type ${wire}; allowed: ${wanted}`)
}
