/** The section of a run's report that says what the model makes of each feature, from shap_summary.json. */
import type { FeatureExplanation, ShapSummary } from '../explain/shap-summary.ts'
import type { Canvas } from './canvas.ts'
import { dependenceChart, meanShapChart, permutationChart, probabilityRange } from './explain-charts.ts'
import { type Html, html } from './html.ts'
import { count, counted, decimal, percent } from './number-text.ts'
import { figureHtml, figuresHtml, type PageSection, tableHtml } from './page.ts'
import { swarmPicture } from './swarm-picture.ts'

/** Features that the pictures show, the first ones of the summary. */
const MOST_FEATURES = 12

const METHODS = {
  tree_path_dependent: 'path-dependent TreeSHAP, exact: what is unknown is weighted as the training rows fell',
  linear_training_means: 'exact for a linear model: what is unknown counts as its mean over the training rows',
  sampled_permutations:
    'estimated: features of training rows are replaced one by one, in random orders, by those of the row',
} as const

export function explainSection(canvas: Canvas, summary: ShapSummary): PageSection {
  const shown = summary.features.slice(0, MOST_FEATURES)
  const title = 'What moves the answers'
  if (shown.length === 0) return { title, body: [html`<p>The model has no feature.</p>`] }
  return {
    title,
    body: [
      leadOf(summary),
      figuresHtml([...shapFigures(canvas, shown), ...permutationFigures(canvas, summary, shown)]),
      ...dependenceFigures(canvas, summary, shown),
      featureTable(summary),
    ],
  }
}

function leadOf({ method, rows, base_value: base, features, sampling }: ShapSummary): Html {
  const rest = features.length > MOST_FEATURES ? ` Pictures show the first ${String(MOST_FEATURES)} features.` : ''
  const estimate = sampling
    ? ` Every value is the mean over ${counted(sampling.background_rows, 'training row')}, each with two orders; the table has its standard error. SHAP values are of ${counted(sampling.rows, 'row')}.`
    : ''
  return html`<p>On ${counted(rows, 'held-out row')}. SHAP values are log-odds (${METHODS[method]}): added to the base, ${decimal(base)}, they are the row's log-odds before calibration.${estimate} What the model uses, not what causes the outcome.${rest}</p>`
}

function shapFigures(canvas: Canvas, shown: readonly FeatureExplanation[]): Html[] {
  const rows = Math.max(0, ...shown.map(({ points = [] }) => points.length))
  return [
    figureHtml({
      title: 'Mean |SHAP|',
      text: 'How far each feature moves the log-odds of a row, on average; the columns of a category count together.',
      picture: meanShapChart(canvas, shown),
    }),
    figureHtml({
      title: 'SHAP values',
      text: html`One dot for each of ${counted(rows, 'row')}. <span class="swatch" style="background:var(--first)"></span>low to <span class="swatch" style="background:var(--second)"></span>high values of a number; <span class="swatch" style="background:var(--muted)"></span>levels and missing values.`,
      picture: swarmPicture(
        shown,
        `SHAP values of ${counted(rows, 'row')} for ${shown.map(({ name }) => name).join(', ')}`,
      ),
    }),
  ]
}

function permutationFigures(
  canvas: Canvas,
  { permutation: { roc_auc: rocAuc, repeats } }: ShapSummary,
  shown: readonly FeatureExplanation[],
): Html[] {
  const measured = shown.filter(({ roc_auc_drop: drop }) => drop !== null)
  if (measured.length === 0) return []
  return [
    figureHtml({
      title: `Permutation importance: drop from ROC-AUC ${decimal(rocAuc)}`,
      text: `What the model loses when a feature's values are shuffled among the rows: mean and deviation of ${counted(repeats, 'shuffle')}. Features that say the same stand in for each other.`,
      picture: permutationChart(canvas, measured),
    }),
  ]
}

function dependenceFigures(canvas: Canvas, summary: ShapSummary, shown: readonly FeatureExplanation[]): Html[] {
  const drawn = shown.filter(({ partial_dependence: points = [] }) => points.length > 0)
  if (drawn.length === 0) return []
  const { rows, probability } = summary.partial_dependence
  const range = probabilityRange(drawn)
  const pictures = drawn.map(feature =>
    figureHtml({ title: feature.name, text: levelsText(feature), picture: dependenceChart(canvas, feature, range) }),
  )
  return [
    html`<h3>Partial dependence</h3>
<p>The mean probability of ${counted(rows, 'row')} (${percent(probability)} as they are) when all of them have the same value of one feature; the same scale in every picture.</p>`,
    html`<div class="figures small">${pictures}</div>`,
  ]
}

function levelsText({ kind, partial_dependence: points = [] }: FeatureExplanation): string {
  return kind === 'category' && points.length > 8 ? `8 of ${count(points.length)} levels` : ''
}

function featureTable({ features, sampling }: ShapSummary): Html {
  const most = 20
  const number = (name: string) => ({ name, isNumber: true })
  const error = sampling ? [number('± error of a value')] : []
  return tableHtml({
    caption: `${counted(features.length, 'feature')}, the most important first${features.length > most ? `; the first ${most}, all of them in shap_summary.json` : ''}`,
    columns: [{ name: 'feature' }, number('mean |SHAP|'), ...error, number('drop in ROC-AUC'), number('± deviation')],
    rows: features
      .slice(0, most)
      .map(({ name, mean_abs_shap, shap_standard_error, roc_auc_drop }) => [
        name,
        decimal(mean_abs_shap, 4),
        ...(sampling ? [decimal(shap_standard_error, 4)] : []),
        decimal(roc_auc_drop?.mean, 4),
        decimal(roc_auc_drop?.deviation, 4),
      ]),
  })
}
