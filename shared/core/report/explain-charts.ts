/** The pictures of an explanation that are bars, dots and lines: mean |SHAP|, permutation importance, partial dependence. */
import type { FeatureExplanation } from '../explain/shap-summary.ts'
import { namesOnTheLeft } from './bar-charts.ts'
import type { Canvas } from './canvas.ts'
import type { Html } from './html.ts'
import { decimal, percent, shortened } from './number-text.ts'

const ROW_FRAME = { marginTop: 8, marginBottom: 8, marginRight: 52 } as const

export function meanShapChart({ plot, draw }: Canvas, features: readonly FeatureExplanation[]): Html {
  const rows = features.map(({ name, mean_abs_shap }, row) => ({ row, name, value: mean_abs_shap ?? 0 }))
  const top = Math.max(...rows.map(({ value }) => value), Number.MIN_VALUE)
  return draw({
    label: `Mean absolute SHAP value: ${rows.map(({ name, value }) => `${name} ${decimal(value)}`).join(', ')}`,
    height: 20 + 22 * rows.length,
    ...ROW_FRAME,
    ...namesOnTheLeft(rows.map(({ name }) => name)),
    x: { domain: [0, top], axis: null },
    marks: [
      plot.barX(rows, { x: 'value', y: 'row', fill: 'var(--first)', rx: 2 }),
      plot.text(rows, { x: 'value', y: 'row', dx: 5, textAnchor: 'start', text: textOf, fill: 'var(--ink)' }),
    ],
  })
}

function textOf({ value }: { readonly value: number }): string {
  return decimal(value)
}

/** Dots with one standard deviation to either side. */
export function permutationChart({ plot, draw }: Canvas, features: readonly FeatureExplanation[]): Html {
  const rows = features.flatMap(({ name, roc_auc_drop: drop }, row) =>
    drop === null
      ? []
      : [{ row, name, value: drop.mean, low: drop.mean - drop.deviation, high: drop.mean + drop.deviation }],
  )
  const low = Math.min(0, ...rows.map(row => row.low))
  const high = Math.max(...rows.map(row => row.high), low + Number.MIN_VALUE)
  return draw({
    label: `Drop in ROC-AUC when a feature is shuffled: ${rows.map(({ name, value }) => `${name} ${decimal(value, 4)}`).join(', ')}`,
    height: 20 + 22 * rows.length,
    ...ROW_FRAME,
    ...namesOnTheLeft(rows.map(({ name }) => name)),
    x: { domain: [low, high], axis: null },
    marks: [
      plot.ruleX([0], { stroke: 'var(--line)' }),
      plot.ruleY(rows, { y: 'row', x1: 'low', x2: 'high', stroke: 'var(--first)', strokeWidth: 2 }),
      plot.dot(rows, { y: 'row', x: 'value', fill: 'var(--first)', r: 4 }),
      plot.text(rows, {
        x: 'high',
        y: 'row',
        dx: 8,
        textAnchor: 'start',
        text: ({ value }: { readonly value: number }) => decimal(value, 4),
        fill: 'var(--ink)',
      }),
    ],
  })
}

/** The range of probabilities that all pictures of partial dependence share, so that their heights compare. */
export type ProbabilityRange = readonly [low: number, high: number]

export function probabilityRange(features: readonly FeatureExplanation[]): ProbabilityRange {
  const all = features.flatMap(feature => (feature.partial_dependence ?? []).map(({ probability }) => probability))
  if (all.length === 0) return [0, 1]
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const air = Math.max(0.1 * (high - low), 0.005)
  return [Math.max(0, low - air), Math.min(1, high + air)]
}

const SMALL_HEIGHT = 170
/** Levels that a picture has room for. */
const MOST_LEVELS = 8

/** A line over the values of a number, or a dot for each level of a category. */
export function dependenceChart(canvas: Canvas, feature: FeatureExplanation, range: ProbabilityRange): Html {
  return feature.kind === 'number' ? numberDependence(canvas, feature, range) : levelDependence(canvas, feature, range)
}

function labelOf({ name, partial_dependence: points = [] }: FeatureExplanation): string {
  const said = points.map(({ value, probability }) => `${valueText(value)} ${percent(probability)}`)
  return `Mean probability by ${name}: ${said.join(', ')}`
}

function valueText(value: number | string | null): string {
  return value === null ? 'missing' : String(value)
}

function numberDependence({ plot, draw }: Canvas, feature: FeatureExplanation, range: ProbabilityRange): Html {
  const points = feature.partial_dependence ?? []
  // As the model reads it: between neighbouring float64 numbers near 0 an axis finds no step for its ticks.
  const known = points
    .filter(({ value }) => value !== null)
    .map(({ value, probability }) => ({ value: Math.fround(Number(value)), probability }))
  const missing = points.filter(({ value }) => value === null)
  const isAlone = known.length === 0
  return draw({
    label: labelOf(feature),
    height: SMALL_HEIGHT,
    marginTop: 12,
    marginLeft: 40,
    x: { label: null, ticks: 5, ...(isAlone ? { axis: null, domain: [0, 1] } : {}) },
    y: { domain: [...range], ticks: 4, tickFormat: (share: number) => percent(share, 0), label: null, grid: true },
    marks: [
      plot.line(known, { x: 'value', y: 'probability', stroke: 'var(--first)', strokeWidth: 2 }),
      plot.dot(known, { x: 'value', y: 'probability', fill: 'var(--first)', r: 2.5 }),
      plot.ruleY(missing, { y: 'probability', stroke: 'var(--second)', strokeDasharray: '4 4' }),
      plot.text(missing, {
        y: 'probability',
        frameAnchor: 'right',
        dy: -7,
        text: () => 'missing',
        fill: 'var(--second)',
        stroke: 'var(--paper)',
        strokeWidth: 4,
      }),
    ],
  })
}

function levelDependence({ plot, draw }: Canvas, feature: FeatureExplanation, range: ProbabilityRange): Html {
  const rows = (feature.partial_dependence ?? []).slice(0, MOST_LEVELS).map((point, row) => ({ row, ...point }))
  return draw({
    label: labelOf(feature),
    height: Math.max(90, 46 + 26 * rows.length),
    marginTop: 12,
    marginBottom: 30,
    marginRight: 46,
    ...namesOnTheLeft(rows.map(({ value }) => shortened(valueText(value), 20))),
    x: { domain: [...range], ticks: 4, tickFormat: (share: number) => percent(share, 0), label: null, grid: true },
    marks: [
      plot.dot(rows, { x: 'probability', y: 'row', fill: 'var(--first)', r: 4 }),
      plot.text(rows, {
        x: 'probability',
        y: 'row',
        dx: 8,
        textAnchor: 'start',
        text: ({ probability }: { readonly probability: number }) => percent(probability),
        fill: 'var(--ink)',
      }),
    ],
  })
}
