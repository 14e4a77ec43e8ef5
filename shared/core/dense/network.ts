/**
 * A feed-forward network with one output: design columns → ReLU layers → log-odds, forward and backward for one row at a
 * time. All parameters are one vector, so that an optimiser needs to know nothing of layers:
 *
 *   [ weights inputs x h1 | biases h1 | weights h1 x h2 | biases h2 | … | weights h x 1 | bias ]
 *
 * Weights are stored by input (row-major [inputs x outputs], as ONNX MatMul reads them), so an input that is 0 costs nothing.
 */
import type { Random } from '../math/random.ts'
import { type CompactDesign, NO_COLUMN } from './design.ts'

export interface Layer {
  readonly inputs: number
  readonly outputs: number
  /** Where its weights begin in the parameters; its biases follow them. */
  readonly weights: number
  readonly biases: number
}

/** The layers from `inputs` columns over the hidden sizes to one output. */
export function makeLayers(inputs: number, hidden: readonly number[]): Layer[] {
  let offset = 0
  return [...hidden, 1].map((outputs, i) => {
    const layerInputs = i === 0 ? inputs : hidden[i - 1]
    const layer = { inputs: layerInputs, outputs, weights: offset, biases: offset + layerInputs * outputs }
    offset = layer.biases + outputs
    return layer
  })
}

export function parameterCount(layers: readonly Layer[]): number {
  const last = layers[layers.length - 1]
  return last.biases + last.outputs
}

/** Glorot's uniform start, biases included, as scikit-learn's MLPClassifier has it. */
export function startParameters(layers: readonly Layer[], random: Random): Float64Array {
  const parameters = new Float64Array(parameterCount(layers))
  for (const { inputs, outputs, weights, biases } of layers) {
    const bound = Math.sqrt(6 / (inputs + outputs))
    for (let i = weights; i < biases + outputs; i++) parameters[i] = bound * (2 * random.uniform() - 1)
  }
  return parameters
}

export interface NetworkPass {
  /** Log-odds of a row; its activations stay for addGradient. */
  margin(parameters: Float64Array, row: number): number
  /** Adds d loss / d parameters of the row that margin was last asked for; `residual` is d loss / d margin. */
  addGradient(gradient: Float64Array, parameters: Float64Array, row: number, residual: number): void
}

/** Both directions through the network over the rows of `design`, with buffers of their own. */
export function makePass(design: CompactDesign, layers: readonly Layer[]): NetworkPass {
  const activations = layers.map(layer => new Float64Array(layer.outputs))
  const deltas = layers.map(layer => new Float64Array(layer.outputs))
  const [first] = layers
  const last = layers.length - 1

  return {
    margin(parameters, row) {
      multiplyDesignInto(activations[0], { design, row, parameters, layer: first })
      for (let l = 0; l < last; l++) {
        rectify(activations[l])
        multiplyInto(activations[l + 1], { values: activations[l], parameters, layer: layers[l + 1] })
      }
      return activations[last][0]
    },
    addGradient(gradient, parameters, row, residual) {
      deltas[last][0] = residual
      for (let l = last; l > 0; l--) {
        addOuterInto(gradient, { values: activations[l - 1], delta: deltas[l], layer: layers[l] })
        backInto(deltas[l - 1], { activations: activations[l - 1], delta: deltas[l], parameters, layer: layers[l] })
      }
      addDesignOuterInto(gradient, { design, row, delta: deltas[0], layer: first })
    },
  }
}

function rectify(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0
}

interface LayerStep {
  readonly parameters: Float64Array
  readonly layer: Layer
}

/** out = values x weights + biases; biases last, as ONNX adds them. */
function multiplyInto(out: Float64Array, { values, parameters, layer }: LayerStep & { values: Float64Array }): void {
  out.fill(0)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value !== 0) addScaledInto(out, parameters, layer.weights + i * layer.outputs, value)
  }
  addScaledInto(out, parameters, layer.biases, 1)
}

interface DesignRow {
  readonly design: CompactDesign
  readonly row: number
  readonly layer: Layer
}

function multiplyDesignInto(
  out: Float64Array,
  { design, row, parameters, layer }: DesignRow & { parameters: Float64Array },
): void {
  const { numberCount, numbers, slotCount, active } = design
  out.fill(0)
  for (let j = 0; j < numberCount; j++) {
    addScaledInto(out, parameters, layer.weights + j * layer.outputs, numbers[row * numberCount + j])
  }
  for (let slot = row * slotCount, end = slot + slotCount; slot < end; slot++) {
    if (active[slot] !== NO_COLUMN) addScaledInto(out, parameters, layer.weights + active[slot] * layer.outputs, 1)
  }
  addScaledInto(out, parameters, layer.biases, 1)
}

/** out += factor x the block of `from` that begins at `offset`. */
function addScaledInto(out: Float64Array, from: Float64Array, offset: number, factor: number): void {
  for (let o = 0; o < out.length; o++) out[o] += factor * from[offset + o]
}

/** gradient's block at `offset` += factor x delta. */
function addToBlock(gradient: Float64Array, offset: number, delta: Float64Array, factor: number): void {
  for (let o = 0; o < delta.length; o++) gradient[offset + o] += factor * delta[o]
}

function addOuterInto(
  gradient: Float64Array,
  { values, delta, layer }: { values: Float64Array; delta: Float64Array; layer: Layer },
): void {
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0) addToBlock(gradient, layer.weights + i * layer.outputs, delta, values[i])
  }
  addToBlock(gradient, layer.biases, delta, 1)
}

function addDesignOuterInto(
  gradient: Float64Array,
  { design, row, delta, layer }: DesignRow & { delta: Float64Array },
): void {
  const { numberCount, numbers, slotCount, active } = design
  for (let j = 0; j < numberCount; j++) {
    addToBlock(gradient, layer.weights + j * layer.outputs, delta, numbers[row * numberCount + j])
  }
  for (let slot = row * slotCount, end = slot + slotCount; slot < end; slot++) {
    if (active[slot] !== NO_COLUMN) addToBlock(gradient, layer.weights + active[slot] * layer.outputs, delta, 1)
  }
  addToBlock(gradient, layer.biases, delta, 1)
}

/** What reaches the inputs of a layer; nothing where ReLU was at 0. */
function backInto(
  out: Float64Array,
  { activations, delta, parameters, layer }: LayerStep & { activations: Float64Array; delta: Float64Array },
): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0
    if (activations[i] > 0) {
      const block = layer.weights + i * layer.outputs
      for (let o = 0; o < delta.length; o++) sum += parameters[block + o] * delta[o]
    }
    out[i] = sum
  }
}
