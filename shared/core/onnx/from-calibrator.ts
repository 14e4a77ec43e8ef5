/**
 * The calibrator as standard ONNX operators in double, each step rounded as calibrator.ts rounds it: no sum here depends on
 * its order. Isotonic counts the knots at or below the margin and looks its segment up, for that count is exact.
 */
import { type Calibrator, MOST_MARGIN } from '../calibration/calibrator.ts'
import { type IsotonicKnots, isotonicSegments } from '../calibration/isotonic.ts'
import type { PlattFit } from '../calibration/platt.ts'
import { type GraphPart, type Initializer, MARGIN, type Node } from './graph.ts'

/** The probability before it is rounded to float32: double [N,1]. */
export const PROBABILITY = '/probability'

const FLOAT = { kind: 'int', value: 1 } as const
const INT64 = { kind: 'int', value: 7 } as const
const DOUBLE = { kind: 'int', value: 11 } as const

/** Nodes from MARGIN to PROBABILITY. */
export function graphFromCalibrator(calibrator: Calibrator): GraphPart {
  if (calibrator.method === 'none') {
    return { nodes: [{ op: 'Sigmoid', inputs: [MARGIN], outputs: [PROBABILITY] }], initializers: [] }
  }
  // The Clip also keeps the two casts apart: onnxruntime 1.12 takes double → float → double for no change and drops both.
  const rounding: Node[] = [
    { op: 'Cast', inputs: [MARGIN], outputs: ['/margin_rounded'], attributes: { to: FLOAT } },
    { op: 'Clip', inputs: ['/margin_rounded', '/least_margin', '/most_margin'], outputs: ['/margin_finite'] },
    { op: 'Cast', inputs: ['/margin_finite'], outputs: ['/calibrator_margin'], attributes: { to: DOUBLE } },
  ]
  const bounds: Initializer[] = [
    { name: '/least_margin', type: 'float', shape: [], values: [-MOST_MARGIN] },
    { name: '/most_margin', type: 'float', shape: [], values: [MOST_MARGIN] },
  ]
  const { nodes, initializers } =
    calibrator.method === 'platt'
      ? graphFromPlatt(calibrator, '/calibrator_margin')
      : graphFromIsotonic(calibrator, '/calibrator_margin')
  return { nodes: [...rounding, ...nodes], initializers: [...bounds, ...initializers] }
}

function graphFromPlatt({ slope, intercept }: PlattFit, margin: string): GraphPart {
  return {
    initializers: [doubles('/platt_slope', [1, 1], [slope]), doubles('/platt_intercept', [1, 1], [intercept])],
    nodes: [
      { op: 'Mul', inputs: [margin, '/platt_slope'], outputs: ['/platt_product'] },
      { op: 'Add', inputs: ['/platt_product', '/platt_intercept'], outputs: ['/platt_margin'] },
      { op: 'Sigmoid', inputs: ['/platt_margin'], outputs: [PROBABILITY] },
    ],
  }
}

function graphFromIsotonic(knots: IsotonicKnots, margin: string): GraphPart {
  const segments = Object.entries(isotonicSegments(knots))
  const [low, start, slope, high] = ['low', 'start', 'slope', 'high'].map(name => `/isotonic_${name}`)
  return {
    initializers: [
      doubles('/isotonic_knots', [1, knots.margins.length], knots.margins),
      { name: '/isotonic_axis', type: 'int64', shape: [1], values: [1] },
      ...segments.map(([name, values]) => doubles(`/isotonic_${name}_table`, [values.length], values)),
    ],
    nodes: [
      { op: 'GreaterOrEqual', inputs: [margin, '/isotonic_knots'], outputs: ['/isotonic_is_above'] },
      { op: 'Cast', inputs: ['/isotonic_is_above'], outputs: ['/isotonic_above'], attributes: { to: FLOAT } },
      { op: 'ReduceSum', inputs: ['/isotonic_above', '/isotonic_axis'], outputs: ['/isotonic_count'] },
      { op: 'Cast', inputs: ['/isotonic_count'], outputs: ['/isotonic_segment'], attributes: { to: INT64 } },
      ...segments.map(([name]): Node => {
        return {
          op: 'Gather',
          inputs: [`/isotonic_${name}_table`, '/isotonic_segment'],
          outputs: [`/isotonic_${name}`],
        }
      }),
      { op: 'Sub', inputs: [margin, start], outputs: ['/isotonic_beyond'] },
      { op: 'Mul', inputs: ['/isotonic_beyond', slope], outputs: ['/isotonic_rise'] },
      { op: 'Add', inputs: [low, '/isotonic_rise'], outputs: ['/isotonic_line'] },
      { op: 'Min', inputs: ['/isotonic_line', high], outputs: [PROBABILITY] },
    ],
  }
}

function doubles(name: string, shape: readonly number[], values: ArrayLike<number>): Initializer {
  return { name, type: 'double', shape, values }
}
