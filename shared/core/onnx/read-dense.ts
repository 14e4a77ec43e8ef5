/**
 * A dense model back from its ONNX file, as read.ts has it for trees: the constants of from-dense.ts by their names. How it
 * was fitted is not in the file.
 */
import type { DesignColumn } from '../dense/design.ts'
import type { LogisticModel } from '../dense/logistic.ts'
import type { MlpModel } from '../dense/mlp.ts'
import type { Initializer } from './graph.ts'
import { corrupt } from './protobuf-reader.ts'
import { decodeModel, featureCountOf } from './read-graph.ts'

/** What prediction needs of a logistic regression. */
export type LogisticParameters = Pick<LogisticModel, 'columns' | 'coefficients' | 'intercept'>
/** What prediction needs of a network. */
export type MlpParameters = Pick<MlpModel, 'columns' | 'hidden' | 'parameters'>

export function readLogistic(bytes: Uint8Array): LogisticParameters {
  const { columns, need } = readDesign(bytes)
  const coefficients = Float64Array.from(need('/coefficients').values, value => finite(value, 'a coefficient'))
  if (coefficients.length !== columns.length) {
    throw corrupt(`it has ${coefficients.length} coefficients for ${columns.length} columns`)
  }
  return { columns, coefficients, intercept: finite(need('/intercept').values[0], 'the intercept') }
}

export function readMlp(bytes: Uint8Array): MlpParameters {
  const { columns, need, names } = readDesign(bytes)
  const layerCount = names.filter(name => name.startsWith('/weights_')).length
  if (layerCount < 2) throw corrupt(`it has ${layerCount} layers of weights; allowed: 2 or more`)
  const sizes = [columns.length]
  const blocks: number[] = []
  for (let l = 0; l < layerCount; l++) {
    const [weights, biases] = [need(`/weights_${l}`).values, need(`/biases_${l}`).values]
    const outputs = l === layerCount - 1 ? 1 : biases.length
    if (outputs === 0 || biases.length !== outputs || weights.length !== sizes[l] * outputs) {
      throw corrupt(`layer ${l} has ${weights.length} weights and ${biases.length} biases for ${sizes[l]} inputs`)
    }
    sizes.push(outputs)
    // Read one by one: a call with all of them as arguments would overflow the stack.
    for (const list of [weights, biases]) for (let i = 0; i < list.length; i++) blocks.push(finite(list[i], 'a weight'))
  }
  return { columns, hidden: sizes.slice(1, -1), parameters: Float64Array.from(blocks) }
}

interface DesignFile {
  readonly columns: readonly DesignColumn[]
  readonly names: readonly string[]
  /** A constant of the file. */
  need(name: string): Initializer
}

function readDesign(bytes: Uint8Array): DesignFile {
  const graph = decodeModel(bytes)
  const featureCount = featureCountOf(graph)
  const tensors = new Map(graph.initializers.map(initializer => [initializer.name, initializer]))
  const need = (name: string): Initializer => {
    const found = tensors.get(name)
    if (found === undefined) throw corrupt(`it has no ${name}`)
    return found
  }
  /** One column per entry of the block's index; blocks without columns are not in the file. */
  const block = (kind: string, make: (feature: number, i: number) => DesignColumn): DesignColumn[] =>
    Array.from(tensors.get(`/${kind}_index`)?.values ?? [], (feature, i) => {
      if (!(feature >= 0 && feature < featureCount)) {
        throw corrupt(`${kind} ${i} reads feature ${feature} of ${featureCount}`)
      }
      return make(feature, i)
    })
  const columns = [
    ...block('number', (feature, i) => ({
      kind: 'number',
      feature,
      mean: finite(need('/mean').values[i], 'a mean'),
      scale: positive(need('/scale').values[i], 'a scale'),
    })),
    ...block('level', (feature, i) => ({ kind: 'level', feature, code: finite(need('/code').values[i], 'a code') })),
    ...block('missing', feature => ({ kind: 'missing', feature })),
  ]
  if (columns.length === 0) throw corrupt('its design has no columns')
  return { columns, names: [...tensors.keys()], need }
}

function finite(value: number | undefined, what: string): number {
  if (!Number.isFinite(value)) throw corrupt(`${what} is ${value ?? 'absent'}; allowed: finite numbers`)
  return value as number
}

function positive(value: number | undefined, what: string): number {
  const known = finite(value, what)
  if (!(known > 0)) throw corrupt(`${what} is ${known}; allowed: above 0`)
  return known
}
