/**
 * Logistic regression as standard ONNX operators in double. Inputs are float32 and the steps are those of design.ts, so
 * the result differs from our own prediction by the order of additions only, far below float32.
 */
import type { LogisticModel } from '../dense/logistic.ts'
import { type GraphPart, type Initializer, MARGIN, type Node } from './graph.ts'

const DOUBLE = { kind: 'int', value: 11 } as const

/** Nodes from the float [N,F] value called `features` to MARGIN. */
export function graphFromLogistic(model: LogisticModel, features: string): GraphPart {
  const nodes: Node[] = []
  const initializers: Initializer[] = []
  const constant = (
    name: string,
    type: Initializer['type'],
    shape: number[],
    values: number[] | Float64Array,
  ): string => {
    initializers.push({ name, type, shape, values })
    return name
  }
  const add = (op: string, inputs: string[], output: string, attributes?: Node['attributes']): string => {
    nodes.push(attributes ? { op, inputs, outputs: [output], attributes } : { op, inputs, outputs: [output] })
    return output
  }
  const gather = (kind: string, indices: number[]): string =>
    add('Gather', [features, constant(`/${kind}_index`, 'int64', [indices.length], indices)], `/${kind}_raw`, {
      axis: { kind: 'int', value: 1 },
    })

  // fitDesign orders the columns: numbers, levels, missing. The blocks are joined in the same order.
  const blocks: string[] = []
  const numbers = model.columns.filter(column => column.kind === 'number')
  if (numbers.length > 0) {
    const row = [1, numbers.length]
    const raw = gather(
      'number',
      numbers.map(column => column.feature),
    )
    const missing = add('IsNaN', [raw], '/number_missing')
    const mean = numbers.map(column => column.mean)
    const known = add('Where', [missing, constant('/mean_float', 'float', row, mean), raw], '/number_known')
    const wide = add('Cast', [known], '/number', { to: DOUBLE })
    const centred = add('Sub', [wide, constant('/mean', 'double', row, mean)], '/centred')
    blocks.push(
      add(
        'Div',
        [
          centred,
          constant(
            '/scale',
            'double',
            row,
            numbers.map(column => column.scale),
          ),
        ],
        '/standardised',
      ),
    )
  }
  const levels = model.columns.filter(column => column.kind === 'level')
  if (levels.length > 0) {
    const raw = gather(
      'level',
      levels.map(column => column.feature),
    )
    const codes = constant(
      '/code',
      'float',
      [1, levels.length],
      levels.map(column => column.code),
    )
    blocks.push(add('Cast', [add('Equal', [raw, codes], '/level_is')], '/level', { to: DOUBLE }))
  }
  const missing = model.columns.filter(column => column.kind === 'missing')
  if (missing.length > 0) {
    const raw = gather(
      'missing',
      missing.map(column => column.feature),
    )
    blocks.push(add('Cast', [add('IsNaN', [raw], '/missing_is')], '/missing', { to: DOUBLE }))
  }
  const intercept = constant('/intercept', 'double', [1, 1], [model.intercept])
  const weights = constant('/coefficients', 'double', [model.columns.length, 1], model.coefficients)
  const design = add('Concat', blocks, '/design', { axis: { kind: 'int', value: 1 } })
  add('Add', [add('MatMul', [design, weights], '/product'), intercept], MARGIN)
  return { nodes, initializers }
}
