/** The sections of a run's report, each from the input and the figures made once from the held-out rows. */
import { gainTable } from '../metrics/gain.ts'
import { barsOf, importanceChart } from './bar-charts.ts'
import { calibrationDecision } from './calibration-decision.ts'
import type { Canvas } from './canvas.ts'
import { gainChart, liftChart, precisionRecallChart, rocChart, thresholdChart } from './curve-charts.ts'
import { type Html, html } from './html.ts'
import { count, counted, decimal, percent, thresholdText, timeText } from './number-text.ts'
import { besideHtml, cellHtml, definitionsHtml, figureHtml, figuresHtml, type PageSection, tableHtml } from './page.ts'
import { reliabilityChart } from './reliability-chart.ts'
import { metricRows, type RunFigures, type RunReportInput } from './run-figures.ts'
import { thresholdRuleFigure } from './threshold-rule.ts'
import { FAMILY_TITLES, IMPORTANCE_KINDS } from './titles.ts'

const number = (name: string) => ({ name, isNumber: true })

export function qualitySection(input: RunReportInput): PageSection {
  const { metrics, crossValidation, threshold, judgedOn } = input
  const rows = metricRows(input).map(({ title, value, interval, definition }) => [title, value, interval, definition])
  const caption = `On ${counted(metrics.rows, judgedOn === undefined ? 'held-out row' : 'row')}${judgedOn === undefined ? '' : ` of ${judgedOn}`}, ${count(metrics.positives)} of them positive; classes at threshold ${thresholdText(threshold)}`
  const folds = crossValidation
    ? html`<p>${counted(crossValidation.folds, 'fold')} beside it: ROC-AUC ${decimal(crossValidation.roc_auc_mean, 4)} ± ${decimal(crossValidation.roc_auc_std, 4)}
(mean and standard deviation; ${crossValidation.roc_auc.map(value => decimal(value)).join(', ')}; families ${crossValidation.families.join(', ')}).</p>`
    : html``
  const columns = [
    { name: 'metric' },
    number('value'),
    number('95\u00a0% interval'),
    { name: 'what it is', isProse: true },
  ]
  return { title: 'How good it is', body: [tableHtml({ caption, columns, rows }), folds] }
}

export function rankingSection(
  canvas: Canvas,
  { threshold, metrics }: RunReportInput,
  { curve, rates }: RunFigures,
): PageSection {
  const title = 'Ranking'
  if (curve.positives === 0 || curve.negatives === 0) return { title, body: [onlyOneClass()] }
  const chosen = { threshold, rates }
  const steps = gainTable(curve)
  const pictures = [
    figureHtml({
      title: `ROC curve: area ${decimal(metrics.roc_auc)}`,
      text: 'Positives found against negatives called by mistake, at every threshold.',
      picture: rocChart(canvas, curve, chosen),
    }),
    figureHtml({
      title: `Precision and recall: area ${decimal(metrics.pr_auc)}`,
      text: 'How pure the rows called positive are, against how many positives are among them; the area is the average precision.',
      picture: precisionRecallChart(canvas, curve, chosen),
    }),
    figureHtml({
      title: 'Gain',
      text: 'Positives found by working through the rows from the highest score down. Dashed: a random order; dotted: a perfect one.',
      picture: gainChart(canvas, curve),
    }),
    figureHtml({
      title: 'Lift',
      text: 'How many times more positives the first rows hold than as many random ones.',
      picture: liftChart(canvas, curve),
    }),
  ]
  const table = tableHtml({
    caption: 'Gain and lift from the highest score down; equal scores count as in random order',
    columns: [
      { name: 'rows from the top' },
      number('rows'),
      number('positives'),
      number('precision'),
      number('gain'),
      number('lift'),
    ],
    rows: steps.map(step => [
      percent(step.share, 0),
      count(step.rows),
      count(Math.round(step.positives)),
      percent(step.positives / step.rows),
      percent(step.gain),
      decimal(step.lift, 2),
    ]),
  })
  return { title, body: [figuresHtml([...pictures, besideHtml([table])]), firstRowsTable(metrics)] }
}

function firstRowsTable({ top, intervals }: RunReportInput['metrics']): Html {
  const withBounds = (value: number, key: string, digits: number) => {
    const bounds = intervals[key]
    return bounds
      ? `${decimal(value, digits)} (${decimal(bounds.low, digits)} to ${decimal(bounds.high, digits)})`
      : decimal(value, digits)
  }
  return tableHtml({
    caption:
      'Precision and lift of the rows with the highest scores, with 95 % intervals; gain: their share of all positives',
    columns: [{ name: 'the first' }, number('rows'), number('precision'), number('lift'), number('gain')],
    rows: top.map(({ share, rows, precision, lift, gain }) => [
      percent(share, 0),
      count(rows),
      withBounds(precision, `precision_at_${100 * share}_pct`, 3),
      withBounds(lift, `lift_at_${100 * share}_pct`, 2),
      percent(gain),
    ]),
  })
}

export function thresholdSection(
  canvas: Canvas,
  { threshold, target, thresholdChoice }: RunReportInput,
  { curve, confusion, rates }: RunFigures,
): PageSection {
  const title = 'Threshold'
  if (curve.positives === 0) return { title, body: [onlyOneClass()] }
  const [negative, positive] = target.classes.map(String)
  const table = tableHtml({
    caption: `Rows by label and class at threshold ${thresholdText(threshold)}`,
    columns: [{ name: 'label' }, number(`called ${positive}`), number(`called ${negative}`)],
    rows: [
      [`${positive} (positive)`, count(confusion.truePositives), count(confusion.falseNegatives)],
      [`${negative} (negative)`, count(confusion.falsePositives), count(confusion.trueNegatives)],
    ],
  })
  const words = html`<p>Of the rows called positive ${percent(rates.precision)} are (precision); of the positives ${percent(rates.recall)} are found (recall);
${percent(rates.falsePositiveRate)} of the negatives are called positive by mistake.</p>`
  const figure = figureHtml({
    title: 'What each threshold does',
    text: 'Precision, recall and F1 when a row is positive at or above the threshold.',
    picture: thresholdChart(canvas, curve, { threshold, rates }),
  })
  const rule = thresholdRuleFigure(canvas, thresholdChoice)
  const all = rule === undefined ? [figure, besideHtml([table, words])] : [rule, figure, cellHtml([table, words])]
  return { title, body: [figuresHtml(all)] }
}

export function calibrationSection(
  canvas: Canvas,
  { calibration, metrics }: RunReportInput,
  { reliability, baseRate }: RunFigures,
): PageSection {
  const { bins, expectedCalibrationError, meanProbability } = reliability
  const figure = figureHtml({
    title: `Calibration: error ${decimal(expectedCalibrationError)}`,
    text: html`The share of positives among rows with about the same probability; on the dashed line they are equal. Thin lines: 95 % (Wilson). Below: rows per bin.`,
    picture: reliabilityChart(canvas, reliability),
  })
  const table = tableHtml({
    caption: 'Ten equal-width bins',
    columns: [{ name: 'probability' }, number('rows'), number('mean said'), number('share of positives')],
    rows: bins.map(bin => [
      `${decimal(bin.from, 1)} to ${decimal(bin.to, 1)}`,
      count(bin.rows),
      decimal(bin.meanProbability),
      decimal(bin.positiveRate),
    ]),
  })
  const words = html`<p>Over all rows the model says ${percent(meanProbability)} and ${percent(baseRate)} are positive.</p>`
  return {
    title: 'Calibration',
    body: [figuresHtml([figure, besideHtml([table, words])]), ...calibrationDecision(calibration, metrics)],
  }
}

export function featureSection(canvas: Canvas, { importances }: RunReportInput): PageSection {
  const title = 'Features'
  const total = importances.features.reduce((sum, { value }) => sum + value, 0)
  if (!(total > 0))
    return { title, body: [html`<p>The model uses no feature: it gives every row the same probability.</p>`] }
  const shares = importances.features.map(({ name, value }) => ({ name, share: value / total }))
  const bars = barsOf(shares)
  const figure = figureHtml({
    title: 'Importance',
    text: `Share of the ${IMPORTANCE_KINDS[importances.kind] ?? importances.kind}. What the model uses, not what causes the outcome.`,
    picture: importanceChart(canvas, shares),
  })
  const table = tableHtml({
    caption: `${counted(importances.features.length, 'feature')}, the most important first${bars.length < shares.length ? '; all of them are in feature_importances.csv' : ''}`,
    columns: [{ name: 'feature' }, number('share')],
    rows: bars.map(bar => [bar.name, percent(bar.share)]),
  })
  return { title, body: [figuresHtml([figure, besideHtml([table])])] }
}

export function provenanceSection(input: RunReportInput): PageSection {
  const size = Object.entries(input.size ?? {}).map(([name, value]) => `${count(value)} ${name}`)
  const made = `${timeText(input.timestamp)}, code revision ${input.gitSha}`
  const training: (readonly [string, string])[] = [
    ['Trained', made],
    [
      'Again',
      'run.yaml beside this page holds every setting; npm run train -- --run run.yaml trains to the same bytes.',
    ],
  ]
  const judging: (readonly [string, string])[] = [
    ['Judged', made],
    ['Again', `npm run evaluate -- --model ${input.version ?? 'champion'} --data ${input.judgedOn}`],
  ]
  const entries: (readonly [string, string])[] = [
    ['Contract', input.name],
    ['Version', input.version ?? 'not registered'],
    ['Family', [FAMILY_TITLES[input.family] ?? input.family, ...size].join(', ')],
    ...(input.judgedOn === undefined ? training : judging),
  ]
  return { title: 'How it was made', body: [definitionsHtml(entries)] }
}

function onlyOneClass(): Html {
  return html`<p>The held-out part has rows of one class only, so there is nothing to draw.</p>`
}
