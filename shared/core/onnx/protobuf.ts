/**
 * The part of Protocol Buffers that ONNX files need: a writer that grows one buffer. Field order is the caller's, so the
 * same calls give the same bytes. Repeated numbers are packed; every reader accepts that form.
 */

const WIRE_VARINT = 0
const WIRE_LENGTH = 2
const WIRE_FIXED32 = 5

export class ProtobufWriter {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  int(field: number, value: number): this {
    this.#tag(field, WIRE_VARINT)
    return this.#varint(value)
  }

  float(field: number, value: number): this {
    this.#tag(field, WIRE_FIXED32)
    this.#reserve(4)
    this.#view.setFloat32(this.#length, value, true)
    this.#length += 4
    return this
  }

  string(field: number, text: string): this {
    return this.bytes(field, new TextEncoder().encode(text))
  }

  bytes(field: number, bytes: Uint8Array): this {
    this.#tag(field, WIRE_LENGTH)
    this.#varint(bytes.length)
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  /** A nested message, built by `build`. */
  message(field: number, build: (writer: ProtobufWriter) => void): this {
    const writer = new ProtobufWriter()
    build(writer)
    return this.bytes(field, writer.finish())
  }

  packedInts(field: number, values: ArrayLike<number>): this {
    const packed = new ProtobufWriter()
    for (let i = 0; i < values.length; i++) packed.#varint(values[i])
    return this.bytes(field, packed.finish())
  }

  packedFloats(field: number, values: ArrayLike<number>): this {
    const packed = new Uint8Array(values.length * 4)
    const view = new DataView(packed.buffer)
    for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true)
    return this.bytes(field, packed)
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire)
  }

  /** Negative numbers take ten bytes, as int64 in two's complement. */
  #varint(value: number): this {
    if (!Number.isSafeInteger(value)) throw new RangeError(`protobuf integer ${value} is not a safe integer`)
    this.#reserve(10)
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value))
      while (rest >= 0x80n) {
        this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80
        rest >>= 7n
      }
      this.#bytes[this.#length++] = Number(rest)
      return this
    }
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
    return this
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}
