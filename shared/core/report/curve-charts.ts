/** The pictures of a ranking: ROC, precision and recall, gain, lift, and what each threshold does. */

import { precisionRecallPoints, rocPoints } from '../metrics/curves.ts'
import { gainPoints, gainTable } from '../metrics/gain.ts'
import type { RankingCurve } from '../metrics/ranking.ts'
import { bestF1, type ConfusionRates, thinThresholdCurve, thresholdCurve } from '../metrics/threshold.ts'
import { type Canvas, SHARE_AXIS } from './canvas.ts'
import type { Html } from './html.ts'
import { labelSpots } from './label-spot.ts'
import { decimal, percent, thresholdText } from './number-text.ts'

/** Text over lines stays readable on a ground of the page's colour. */
const ON_PAPER = { stroke: 'var(--paper)', strokeWidth: 4, paintOrder: 'stroke' } as const
const CURVE = { stroke: 'var(--first)', strokeWidth: 2 } as const
const GUIDE = { stroke: 'var(--muted)', strokeDasharray: '4 4' } as const
const HEIGHT = 270

/** The threshold in use, and what it does. */
export interface ChosenThreshold {
  readonly threshold: number
  readonly rates: ConfusionRates
}

const BOTH_ENDS = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
]

export function rocChart(canvas: Canvas, curve: RankingCurve, chosen: ChosenThreshold): Html {
  const { plot } = canvas
  const { falsePositiveRate, recall } = chosen.rates
  return canvas.draw({
    label: `ROC curve; at threshold ${thresholdText(chosen.threshold)} true positive rate ${percent(recall)}, false positive rate ${percent(falsePositiveRate)}`,
    height: HEIGHT,
    x: { ...SHARE_AXIS, label: 'false positive rate', labelAnchor: 'center' },
    y: { ...SHARE_AXIS, label: 'true positive rate' },
    marks: [
      plot.line(BOTH_ENDS, { x: 'x', y: 'y', ...GUIDE }),
      plot.text([{ x: 0.86, y: 0.77 }], { x: 'x', y: 'y', text: () => 'chance', fill: 'var(--muted)', ...ON_PAPER }),
      plot.line(rocPoints(curve), { x: 'x', y: 'y', ...CURVE }),
      ...chosenDot(canvas, { x: falsePositiveRate, y: recall }, chosen.threshold),
    ],
  })
}

export function precisionRecallChart(canvas: Canvas, curve: RankingCurve, chosen: ChosenThreshold): Html {
  const { plot } = canvas
  const base = curve.positives / (curve.positives + curve.negatives)
  const { precision, recall } = chosen.rates
  return canvas.draw({
    label: `Precision against recall; at threshold ${thresholdText(chosen.threshold)} precision ${percent(precision)}, recall ${percent(recall)}; base rate ${percent(base)}`,
    height: HEIGHT,
    x: { ...SHARE_AXIS, label: 'recall', labelAnchor: 'center' },
    y: { ...SHARE_AXIS, label: 'precision' },
    marks: [
      plot.ruleY([base], GUIDE),
      plot.text([{ x: 0.01, y: base }], {
        x: 'x',
        y: 'y',
        dy: base > 0.1 ? 10 : -10,
        textAnchor: 'start',
        text: () => `base rate ${decimal(base, 2)}`,
        fill: 'var(--muted)',
        ...ON_PAPER,
      }),
      plot.line(precisionRecallPoints(curve), { x: 'x', y: 'y', curve: 'step-before', ...CURVE }),
      ...chosenDot(canvas, { x: recall, y: precision }, chosen.threshold),
    ],
  })
}

/** Where the threshold in use stands on a curve; nothing where a rate is not there. */
function chosenDot(
  { plot }: Canvas,
  { x, y }: { readonly x: number | null; readonly y: number | null },
  threshold: number,
) {
  if (x === null || y === null) return []
  const isRight = x > 0.55
  const place = { x: 'x', y: 'y' }
  return [
    plot.dot([{ x, y }], { ...place, r: 4, fill: 'var(--first)', stroke: 'var(--paper)', strokeWidth: 1.5 }),
    plot.text([{ x, y }], {
      ...place,
      dx: isRight ? -9 : 9,
      dy: y < 0.1 ? -12 : 12,
      textAnchor: isRight ? 'end' : 'start',
      text: () => `threshold ${thresholdText(threshold)}`,
      fill: 'var(--ink)',
      ...ON_PAPER,
    }),
  ]
}

export function gainChart(canvas: Canvas, curve: RankingCurve): Html {
  const { plot } = canvas
  const base = curve.positives / (curve.positives + curve.negatives)
  const perfect = [
    { x: 0, y: 0 },
    { x: base, y: 1 },
    { x: 1, y: 1 },
  ]
  const guideText = { x: 'x', y: 'y', fill: 'var(--muted)', ...ON_PAPER } as const
  return canvas.draw({
    label: `Gain: ${gainTable(curve)
      .map(step => `the first ${percent(step.share, 0)} of the rows hold ${percent(step.gain, 0)} of the positives`)
      .join(', ')}`,
    height: HEIGHT,
    x: { ...SHARE_AXIS, label: 'share of rows, highest score first', labelAnchor: 'center' },
    y: { ...SHARE_AXIS, label: 'share of positives found' },
    marks: [
      plot.line(BOTH_ENDS, { x: 'x', y: 'y', ...GUIDE }),
      plot.line(perfect, { x: 'x', y: 'y', ...GUIDE, strokeDasharray: '1 3' }),
      plot.text([{ x: 0.86, y: 0.77 }], { ...guideText, text: () => 'random' }),
      // Left of the line there is room for the word only where the positives are not few.
      ...(base < 0.2
        ? []
        : [plot.text([{ x: 0.02, y: 0.93 }], { ...guideText, textAnchor: 'start', text: () => 'perfect' })]),
      plot.line(gainPoints(curve), { x: 'x', y: 'y', ...CURVE }),
    ],
  })
}

export function liftChart(canvas: Canvas, curve: RankingCurve): Html {
  const { plot } = canvas
  const steps = gainTable(curve)
  const top = Math.max(...steps.map(step => step.lift))
  return canvas.draw({
    marginRight: 26,
    label: `Lift: ${steps.map(step => `${decimal(step.lift, 1)} in the first ${percent(step.share, 0)}`).join(', ')}`,
    height: HEIGHT,
    x: { ...SHARE_AXIS, grid: false, label: 'share of rows, highest score first', labelAnchor: 'center' },
    y: { domain: [0, top * 1.12], ticks: 5, label: 'lift', labelArrow: 'none', grid: true },
    marks: [
      plot.ruleY([1], GUIDE),
      plot.text([{ x: 0, y: 1 }], {
        x: 'x',
        y: 'y',
        dx: 4,
        dy: 10,
        textAnchor: 'start',
        text: () => 'random',
        fill: 'var(--muted)',
        ...ON_PAPER,
      }),
      plot.line(steps, { x: 'share', y: 'lift', ...CURVE }),
      plot.dot(steps, { x: 'share', y: 'lift', r: 3, fill: 'var(--first)' }),
      plot.text(steps, {
        x: 'share',
        y: 'lift',
        dx: 8,
        dy: -8,
        text: step => decimal(step.lift, 1),
        fill: 'var(--ink)',
        ...ON_PAPER,
      }),
    ],
  })
}

const LINES = [
  { key: 'precision', color: 'var(--first)', dashes: undefined },
  { key: 'recall', color: 'var(--second)', dashes: '7 3' },
  { key: 'f1', color: 'var(--third)', dashes: '2 2' },
] as const

export function thresholdChart(canvas: Canvas, curve: RankingCurve, { threshold }: ChosenThreshold): Html {
  const { plot } = canvas
  const points = thresholdCurve(curve)
  const best = bestF1(points)
  const drawn = thinThresholdCurve(points)
  const spots = labelSpots(
    LINES.map(({ key }) => drawn.map(point => ({ x: point.threshold, y: point[key] }))),
    threshold,
  )
  return canvas.draw({
    label: `Precision, recall and F1 at every threshold; F1 is highest, ${decimal(best?.f1, 2)}, at threshold ${thresholdText(best?.threshold ?? Number.NaN)}`,
    height: HEIGHT,
    marginTop: 24,
    x: { ...SHARE_AXIS, label: 'threshold', labelAnchor: 'center' },
    y: { ...SHARE_AXIS, label: null },
    marks: [
      plot.ruleX([threshold], { stroke: 'var(--ink)' }),
      plot.text([{ x: threshold, y: 1 }], {
        x: 'x',
        y: 'y',
        dy: -12,
        textAnchor: threshold > 0.8 ? 'end' : threshold < 0.2 ? 'start' : 'middle',
        text: () => `in use: ${thresholdText(threshold)}`,
        fill: 'var(--ink)',
      }),
      ...LINES.map(({ key, color, dashes }) =>
        plot.line(drawn, {
          x: 'threshold',
          y: key,
          curve: 'step-before',
          stroke: color,
          strokeWidth: 2,
          ...(dashes === undefined ? {} : { strokeDasharray: dashes }),
        }),
      ),
      ...LINES.map(({ key, color }, i) =>
        plot.text([spots[i]], { x: 'x', y: 'y', text: () => (key === 'f1' ? 'F1' : key), fill: color, ...ON_PAPER }),
      ),
    ],
  })
}
