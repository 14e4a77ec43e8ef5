/**
 * The dense families as standard ONNX operators in double. Inputs are float32 and the steps are those of design.ts, so the
 * result differs from our own prediction by the order of additions only, far below float32.
 */
import type { DesignColumn } from '../dense/design.ts'
import type { LogisticModel } from '../dense/logistic.ts'
import type { MlpModel } from '../dense/mlp.ts'
import { makeLayers } from '../dense/network.ts'
import { type GraphPart, type Initializer, MARGIN, type Node } from './graph.ts'

const DOUBLE = { kind: 'int', value: 11 } as const
const COLUMN_AXIS = { axis: { kind: 'int', value: 1 } } as const

/** Nodes from the float [N,F] value called `features` to MARGIN. */
export function graphFromLogistic(model: LogisticModel, features: string): GraphPart {
  const graph = makeBuilder()
  const design = addDesign(graph, model.columns, features)
  const weights = graph.constant('/coefficients', 'double', [model.columns.length, 1], model.coefficients)
  const intercept = graph.constant('/intercept', 'double', [1, 1], [model.intercept])
  graph.add('Add', [graph.add('MatMul', [design, weights], '/product'), intercept], MARGIN)
  return graph
}

/** Nodes from the float [N,F] value called `features` to MARGIN: MatMul, Add and Relu for each layer. */
export function graphFromMlp({ columns, hidden, parameters }: MlpModel, features: string): GraphPart {
  const graph = makeBuilder()
  const layers = makeLayers(columns.length, hidden)
  let values = addDesign(graph, columns, features)
  layers.forEach(({ inputs, outputs, weights, biases }, l) => {
    const blocks = [
      graph.constant(`/weights_${l}`, 'double', [inputs, outputs], parameters.subarray(weights, biases)),
      graph.constant(`/biases_${l}`, 'double', [1, outputs], parameters.subarray(biases, biases + outputs)),
    ]
    const product = graph.add('MatMul', [values, blocks[0]], `/product_${l}`)
    const isLast = l === layers.length - 1
    const sum = graph.add('Add', [product, blocks[1]], isLast ? MARGIN : `/sum_${l}`)
    values = isLast ? sum : graph.add('Relu', [sum], `/hidden_${l}`)
  })
  return graph
}

interface Builder extends GraphPart {
  /** Both give the name of the value they make. */
  constant(name: string, type: Initializer['type'], shape: number[], values: ArrayLike<number>): string
  add(op: string, inputs: string[], output: string, attributes?: Node['attributes']): string
}

function makeBuilder(): Builder {
  const nodes: Node[] = []
  const initializers: Initializer[] = []
  return {
    nodes,
    initializers,
    constant(name, type, shape, values) {
      initializers.push({ name, type, shape, values })
      return name
    },
    add(op, inputs, output, attributes) {
      nodes.push(attributes ? { op, inputs, outputs: [output], attributes } : { op, inputs, outputs: [output] })
      return output
    },
  }
}

/** Adds the steps of design.ts and gives the name of the double [N,columns] value. */
function addDesign(graph: Builder, columns: readonly DesignColumn[], features: string): string {
  // fitDesign orders the columns: numbers, levels, missing. The blocks are joined in the same order.
  const blocks: string[] = []
  const gather = (kind: DesignColumn['kind'], own: readonly DesignColumn[]): string => {
    const indices = own.map(column => column.feature)
    const index = graph.constant(`/${kind}_index`, 'int64', [indices.length], indices)
    return graph.add('Gather', [features, index], `/${kind}_raw`, COLUMN_AXIS)
  }
  const numbers = columns.filter(column => column.kind === 'number')
  if (numbers.length > 0) {
    const row = [1, numbers.length]
    const means = numbers.map(column => column.mean)
    const scales = numbers.map(column => column.scale)
    const raw = gather('number', numbers)
    const missing = graph.add('IsNaN', [raw], '/number_missing')
    const mean = graph.constant('/mean_float', 'float', row, means)
    const known = graph.add('Where', [missing, mean, raw], '/number_known')
    const wide = graph.add('Cast', [known], '/number', { to: DOUBLE })
    const centred = graph.add('Sub', [wide, graph.constant('/mean', 'double', row, means)], '/centred')
    blocks.push(graph.add('Div', [centred, graph.constant('/scale', 'double', row, scales)], '/standardised'))
  }
  const levels = columns.filter(column => column.kind === 'level')
  if (levels.length > 0) {
    const codes = levels.map(column => column.code)
    const code = graph.constant('/code', 'float', [1, levels.length], codes)
    const matches = graph.add('Equal', [gather('level', levels), code], '/level_is')
    blocks.push(graph.add('Cast', [matches], '/level', { to: DOUBLE }))
  }
  const missing = columns.filter(column => column.kind === 'missing')
  if (missing.length > 0) {
    const isMissing = graph.add('IsNaN', [gather('missing', missing)], '/missing_is')
    blocks.push(graph.add('Cast', [isMissing], '/missing', { to: DOUBLE }))
  }
  return graph.add('Concat', blocks, '/design', COLUMN_AXIS)
}
