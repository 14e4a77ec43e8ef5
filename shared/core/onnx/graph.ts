/**
 * ONNX models as plain values, and their bytes. Versions are fixed at what BigQuery ML's onnxruntime 1.12 reads: IR 8,
 * ai.onnx 17, ai.onnx.ml 3. Nothing here carries a clock or a revision: same graph, same bytes.
 * Field numbers are those of onnx.proto.
 */
import { ProtobufWriter } from './protobuf.ts'

const IR_VERSION = 8
const ONNX_OPSET = 17
const ONNX_ML_OPSET = 3
export const ML_DOMAIN = 'ai.onnx.ml'

/** The value every family's nodes end in: log-odds, double [N,1]. */
export const MARGIN = '/margin'

/** onnx.proto TensorProto.DataType. */
export const ELEMENT_TYPE = { float: 1, int64: 7, string: 8, bool: 9, double: 11 } as const
export type ElementType = keyof typeof ELEMENT_TYPE

/** A dimension is a number or a name (any size). */
export interface ValueInfo {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly (number | string)[]
}

export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'floats'; readonly value: ArrayLike<number> }
  | { readonly kind: 'ints'; readonly value: ArrayLike<number> }
  | { readonly kind: 'strings'; readonly value: readonly string[] }

export interface Node {
  readonly op: string
  /** '' is the standard domain. */
  readonly domain?: typeof ML_DOMAIN
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, Attribute>>
}

/** A constant tensor; int64 values must be safe integers. */
export interface Initializer {
  readonly name: string
  readonly type: 'float' | 'double' | 'int64'
  readonly shape: readonly number[]
  readonly values: ArrayLike<number>
}

/** Nodes and constants that go together, in an order in which each node's inputs exist. */
export interface GraphPart {
  readonly nodes: readonly Node[]
  readonly initializers: readonly Initializer[]
}

export interface Graph extends GraphPart {
  readonly name: string
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  /** Free text for people and tools that load the file elsewhere. */
  readonly metadata: Readonly<Record<string, string>>
}

/** The bytes of an .onnx file. */
export function encodeModel(graph: Graph): Uint8Array {
  const model = new ProtobufWriter()
  model.int(1, IR_VERSION).string(2, 'treeline')
  model.message(7, writer => writeGraph(writer, graph))
  model.message(8, writer => writer.string(1, '').int(2, ONNX_OPSET))
  model.message(8, writer => writer.string(1, ML_DOMAIN).int(2, ONNX_ML_OPSET))
  for (const [key, value] of Object.entries(graph.metadata))
    model.message(14, writer => writer.string(1, key).string(2, value))
  return model.finish()
}

function writeGraph(writer: ProtobufWriter, graph: Graph): void {
  for (const node of graph.nodes) writer.message(1, inner => writeNode(inner, node))
  writer.string(2, graph.name)
  for (const initializer of graph.initializers) writer.message(5, inner => writeInitializer(inner, initializer))
  for (const input of graph.inputs) writer.message(11, inner => writeValueInfo(inner, input))
  for (const output of graph.outputs) writer.message(12, inner => writeValueInfo(inner, output))
}

function writeNode(writer: ProtobufWriter, node: Node): void {
  for (const input of node.inputs) writer.string(1, input)
  for (const output of node.outputs) writer.string(2, output)
  writer.string(4, node.op)
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    writer.message(5, inner => writeAttribute(inner, name, attribute))
  }
  if (node.domain) writer.string(7, node.domain)
}

function writeAttribute(writer: ProtobufWriter, name: string, attribute: Attribute): void {
  writer.string(1, name)
  switch (attribute.kind) {
    case 'float':
      writer.float(2, attribute.value).int(20, 1)
      return
    case 'int':
      writer.int(3, attribute.value).int(20, 2)
      return
    case 'string':
      writer.string(4, attribute.value).int(20, 3)
      return
    case 'floats':
      writer.packedFloats(7, attribute.value).int(20, 6)
      return
    case 'ints':
      writer.packedInts(8, attribute.value).int(20, 7)
      return
    case 'strings':
      for (const text of attribute.value) writer.string(9, text)
      writer.int(20, 8)
  }
}

function writeInitializer(writer: ProtobufWriter, initializer: Initializer): void {
  const { shape, type, values } = initializer
  writer.packedInts(1, shape).int(2, ELEMENT_TYPE[type]).string(8, initializer.name)
  const width = type === 'float' ? 4 : 8
  const raw = new Uint8Array(values.length * width)
  const view = new DataView(raw.buffer)
  for (let i = 0; i < values.length; i++) {
    if (type === 'float') view.setFloat32(width * i, values[i], true)
    else if (type === 'double') view.setFloat64(width * i, values[i], true)
    else view.setBigInt64(width * i, BigInt(values[i]), true)
  }
  writer.bytes(9, raw)
}

function writeValueInfo(writer: ProtobufWriter, info: ValueInfo): void {
  writer.string(1, info.name)
  writer.message(2, type =>
    type.message(1, tensor => {
      tensor.int(1, ELEMENT_TYPE[info.type])
      tensor.message(2, shape => {
        for (const size of info.shape) {
          shape.message(1, dimension => {
            if (typeof size === 'number') dimension.int(1, size)
            else dimension.string(2, size)
          })
        }
      })
    }),
  )
}
