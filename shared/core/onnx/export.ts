/**
 * The two ONNX files of a model version, made from one body (`features` → `margin`):
 *
 *   model.onnx            features float [N,F]                                   ─┐
 *   model.portable.onnx   one [N,1] input per column → codes, Concat → features  ─┴→ body → calibrator → probability [N,1]
 *
 * The calibrator, by default the sigmoid alone, runs in double and is rounded to float once, at the end: the float sigmoid of
 * onnxruntime is a polynomial whose last bits no other code can repeat. Names of inner values start with '/': a column may be
 * called anything but that and the output's name (contract.ts refuses both).
 */
import { type Calibrator, NO_CALIBRATION } from '../calibration/calibrator.ts'
import type { FeatureSpec } from '../preprocess/preprocessor.ts'
import { graphFromCalibrator, PROBABILITY } from './from-calibrator.ts'
import { encodeModel, type GraphPart, ML_DOMAIN, type Node } from './graph.ts'

export interface ExportOptions {
  readonly features: readonly FeatureSpec[]
  /** Given the name of a float [N,F] value: nodes from it to MARGIN (double [N,1]). */
  readonly body: (features: string) => GraphPart
  /** Default: none, the probability is the sigmoid of the margin. */
  readonly calibrator?: Calibrator
  readonly metadata: Readonly<Record<string, string>>
}

const FLOAT = { kind: 'int', value: 1 } as const

const OUTPUT = { name: 'probability', type: 'float', shape: ['N', 1] } as const

/** From float [N,F] `features` to the output. */
function fromFeatures({ body, calibrator = NO_CALIBRATION }: ExportOptions, features: string): GraphPart {
  const parts = [body(features), graphFromCalibrator(calibrator)]
  return {
    nodes: [
      ...parts.flatMap(part => part.nodes),
      { op: 'Cast', inputs: [PROBABILITY], outputs: [OUTPUT.name], attributes: { to: FLOAT } },
    ],
    initializers: parts.flatMap(part => part.initializers),
  }
}

/** Bytes of model.onnx: float32 `features [N,F]` (NaN = missing, categories as codes) to float32 `probability [N,1]`. */
export function exportModel(options: ExportOptions): Uint8Array {
  const { nodes, initializers } = fromFeatures(options, 'features')
  return encodeModel({
    name: 'treeline',
    inputs: [{ name: 'features', type: 'float', shape: ['N', options.features.length] }],
    outputs: [OUTPUT],
    nodes,
    initializers,
    metadata: options.metadata,
  })
}

/** Bytes of model.portable.onnx: one `[N,1]` input per raw column, float32 with NaN or string with "" for missing. */
export function exportPortableModel(options: ExportOptions): Uint8Array {
  const columns = options.features.map((spec, index) => encodeColumn(spec, index))
  const { nodes, initializers } = fromFeatures(options, '/features')
  return encodeModel({
    name: 'treeline_portable',
    inputs: options.features.map(({ name, kind }) => ({
      name,
      type: kind === 'number' ? 'float' : 'string',
      shape: ['N', 1],
    })),
    outputs: [OUTPUT],
    nodes: [
      ...columns.flatMap(column => column.nodes),
      {
        op: 'Concat',
        inputs: columns.map(column => column.output),
        outputs: ['/features'],
        attributes: { axis: { kind: 'int', value: 1 } },
      },
      ...nodes,
    ],
    initializers,
    metadata: options.metadata,
  })
}

/** Strings become the codes of preprocessor.ts; a value outside the levels is "other", or missing where there is none. */
function encodeColumn(spec: FeatureSpec, index: number): { output: string; nodes: Node[] } {
  if (spec.kind === 'number') return { output: spec.name, nodes: [] }
  const output = `/code_${index}`
  const codes = spec.levels.map((_, level) => level + 1)
  const encoder: Node = {
    op: 'LabelEncoder',
    domain: ML_DOMAIN,
    inputs: [spec.name],
    outputs: [output],
    attributes: {
      keys_strings: { kind: 'strings', value: [...spec.levels, ''] },
      values_floats: { kind: 'floats', value: [...codes, Number.NaN] },
      default_float: { kind: 'float', value: spec.hasOther ? spec.levels.length + 1 : Number.NaN },
    },
  }
  return { output, nodes: [encoder] }
}
