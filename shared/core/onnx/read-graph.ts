/**
 * An .onnx file back as the plain values of graph.ts: `decodeModel(encodeModel(graph))` is `graph`. It reads what
 * encodeModel writes; an attribute or element type that graph.ts does not have is refused.
 */
import {
  type Attribute,
  ELEMENT_TYPE,
  type Graph,
  type Initializer,
  ML_DOMAIN,
  type Node,
  type ValueInfo,
} from './graph.ts'
import {
  bytesOf,
  corrupt,
  type Field,
  float32Values,
  float64Values,
  floatOf,
  floatsOf,
  int64Values,
  intOf,
  intsOf,
  readFields,
  stringOf,
} from './protobuf-reader.ts'

/** A message whose fields are looked up by number. */
class Message {
  readonly #fields: readonly Field[]

  constructor(bytes: Uint8Array) {
    this.#fields = readFields(bytes)
  }

  all(number: number): Field[] {
    return this.#fields.filter(field => field.number === number)
  }

  /** The last one, as protobuf has it for a field that is not repeated. */
  one(number: number, what: string): Field {
    const found = this.maybe(number)
    if (found === undefined) throw corrupt(`${what} is absent`)
    return found
  }

  maybe(number: number): Field | undefined {
    return this.#fields.findLast(field => field.number === number)
  }

  messages(number: number): Message[] {
    return this.all(number).map(field => new Message(bytesOf(field)))
  }

  text(number: number): string {
    const field = this.maybe(number)
    return field === undefined ? '' : stringOf(field)
  }
}

export function decodeModel(bytes: Uint8Array): Graph {
  const model = new Message(bytes)
  const graph = new Message(bytesOf(model.one(7, 'the graph')))
  return {
    name: graph.text(2),
    inputs: graph.messages(11).map(readValueInfo),
    outputs: graph.messages(12).map(readValueInfo),
    nodes: graph.messages(1).map(readNode),
    initializers: graph.messages(5).map(readInitializer),
    metadata: Object.fromEntries(model.messages(14).map(entry => [entry.text(1), entry.text(2)])),
  }
}

function readNode(node: Message): Node {
  const domain = node.text(7)
  if (domain !== '' && domain !== ML_DOMAIN) throw corrupt(`a node has domain "${domain}"; allowed: "", "${ML_DOMAIN}"`)
  const attributes = node
    .messages(5)
    .map((attribute): [string, Attribute] => [attribute.text(1), readAttribute(attribute)])
  return {
    op: node.text(4),
    inputs: node.all(1).map(stringOf),
    outputs: node.all(2).map(stringOf),
    ...(domain === '' ? {} : { domain }),
    ...(attributes.length === 0 ? {} : { attributes: Object.fromEntries(attributes) }),
  }
}

function readAttribute(attribute: Message): Attribute {
  const name = attribute.text(1)
  const type = intOf(attribute.one(20, `the type of attribute ${name}`))
  switch (type) {
    case 1:
      return { kind: 'float', value: floatOf(attribute.one(2, `attribute ${name}`)) }
    case 2:
      return { kind: 'int', value: intOf(attribute.one(3, `attribute ${name}`)) }
    case 3:
      return { kind: 'string', value: stringOf(attribute.one(4, `attribute ${name}`)) }
    case 6:
      return { kind: 'floats', value: joined(attribute.all(7).map(floatsOf)) }
    case 7:
      return { kind: 'ints', value: attribute.all(8).flatMap(intsOf) }
    case 8:
      return { kind: 'strings', value: attribute.all(9).map(stringOf) }
    default:
      throw corrupt(`attribute ${name} has type ${type}; allowed: 1, 2, 3, 6, 7, 8`)
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  return parts.length === 1 ? parts[0] : Float32Array.from(parts.flatMap(part => [...part]))
}

function readInitializer(tensor: Message): Initializer {
  const name = tensor.text(8)
  const shape = tensor.all(1).flatMap(intsOf)
  const type = elementType(intOf(tensor.one(2, `the type of ${name}`)))
  if (type !== 'float' && type !== 'double' && type !== 'int64') {
    throw corrupt(`${name} holds ${type} values; allowed: float, double, int64`)
  }
  const raw = bytesOf(tensor.one(9, `the values of ${name}`))
  const values = type === 'float' ? float32Values(raw) : type === 'double' ? float64Values(raw) : int64Values(raw)
  const size = shape.reduce((product, dimension) => product * dimension, 1)
  if (values.length !== size) throw corrupt(`${name} has ${values.length} values for shape [${shape.join(', ')}]`)
  return { name, type, shape, values }
}

function readValueInfo(info: Message): ValueInfo {
  const name = info.text(1)
  const tensor = new Message(
    bytesOf(new Message(bytesOf(info.one(2, `the type of ${name}`))).one(1, `the type of ${name}`)),
  )
  const shape = new Message(bytesOf(tensor.one(2, `the shape of ${name}`)))
  return {
    name,
    type: elementType(intOf(tensor.one(1, `the element type of ${name}`))),
    shape: shape.messages(1).map(dimension => {
      const size = dimension.maybe(1)
      return size === undefined ? dimension.text(2) : intOf(size)
    }),
  }
}

function elementType(code: number): ValueInfo['type'] {
  const found = Object.entries(ELEMENT_TYPE).find(([, value]) => value === code)
  if (found === undefined) throw corrupt(`element type ${code}; allowed: ${Object.values(ELEMENT_TYPE).join(', ')}`)
  return found[0] as ValueInfo['type']
}

/** Columns of `features`: the one wide input of model.onnx, or one per input of model.portable.onnx. */
export function featureCountOf({ inputs }: Graph): number {
  return inputs.reduce((sum, { name, shape }) => {
    const width = shape[1]
    if (shape.length !== 2 || typeof width !== 'number') throw corrupt(`input ${name} is not of shape [N, width]`)
    return sum + width
  }, 0)
}
