/** What a rule saw when it chose the threshold: its figure at every threshold, on the validation part. */
import type { ThresholdChoice, ThresholdRule } from '../metrics/choose-threshold.ts'
import { type Canvas, SHARE_AXIS } from './canvas.ts'
import { type Html, html } from './html.ts'
import { count, decimal, percent, thresholdText } from './number-text.ts'
import { figureHtml } from './page.ts'

interface RuleText {
  readonly name: string
  /** What is highest, or lowest, at the chosen threshold. */
  readonly aim: string
}

const RULES: Readonly<Record<ThresholdRule, RuleText>> = {
  f1: { name: 'F1', aim: 'the highest F1' },
  youden: { name: 'Youden’s J', aim: 'the highest true positive rate less false positive rate' },
  cost: { name: 'cost per row', aim: 'the lowest cost of mistakes' },
}

/** undefined: no rule chose it, or the part had rows of one class only. */
export function thresholdRuleFigure(canvas: Canvas, choice: ThresholdChoice | undefined): Html | undefined {
  if (choice === undefined || choice.rule === 'fixed' || choice.figures === null) return undefined
  const { name, aim } = RULES[choice.rule]
  const { costs, figures } = choice
  const weighed = costs
    ? ` A false positive costs ${count(costs.false_positive)}, a false negative ${count(costs.false_negative)}.`
    : ''
  return figureHtml({
    title: `Chosen for ${aim}: ${thresholdText(choice.threshold)}`,
    text: html`${capitalised(name)} at every threshold on the validation part, ${decimal(figures[choice.rule])} at the chosen one (precision ${percent(figures.precision)}, recall ${percent(figures.recall)}).${weighed}`,
    picture: ruleChart(canvas, choice, choice.rule),
  })
}

function ruleChart({ plot, draw }: Canvas, { curve, threshold, figures }: ThresholdChoice, rule: ThresholdRule): Html {
  const points = curve.map(point => ({ x: point.threshold, y: point[rule] ?? 0 }))
  const chosen = { x: threshold, y: figures?.[rule] ?? 0 }
  const top = Math.max(...points.map(({ y }) => y), chosen.y, Number.MIN_VALUE)
  const low = Math.min(0, ...points.map(({ y }) => y))
  const { name } = RULES[rule]
  const side = threshold > 0.8 ? 'end' : threshold < 0.2 ? 'start' : 'middle'
  return draw({
    label: `${name} at every threshold of the validation part; at the chosen threshold, ${thresholdText(threshold)}, it is ${decimal(chosen.y)}`,
    height: 270,
    marginLeft: 40,
    x: { ...SHARE_AXIS, label: 'threshold', labelAnchor: 'center' },
    y: { domain: [low, top * 1.1], ticks: 5, label: name, labelArrow: 'none', grid: true },
    marks: [
      plot.ruleX([threshold], { stroke: 'var(--ink)' }),
      plot.line(points, { x: 'x', y: 'y', curve: 'step-before', stroke: 'var(--first)', strokeWidth: 2 }),
      plot.dot([chosen], { x: 'x', y: 'y', r: 4, fill: 'var(--first)', stroke: 'var(--paper)', strokeWidth: 1.5 }),
      plot.text([chosen], {
        x: 'x',
        y: 'y',
        dx: side === 'end' ? -8 : side === 'start' ? 8 : 0,
        // Below is room: under a hill, and under the bottom of a valley unless it touches the axis.
        dy: chosen.y - low > 0.12 * (top - low) ? 15 : -15,
        textAnchor: side,
        text: () => `${thresholdText(threshold)}: ${decimal(chosen.y)}`,
        fill: 'var(--ink)',
        stroke: 'var(--paper)',
        strokeWidth: 4,
        paintOrder: 'stroke',
      }),
    ],
  })
}

function capitalised(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}`
}
