/** How the model's answers moved, and where labels are known whether its probabilities still hold. */
import type { PredictionDrift, ScoreDrift } from '../drift/report.ts'
import { binPicture, largestMove } from './bin-picture.ts'
import { html } from './html.ts'
import { count, decimal, percent, points, pValue, thresholdText } from './number-text.ts'
import { besideHtml, figureHtml, figuresHtml, type PageSection, tableHtml } from './page.ts'

export function predictionSection(prediction: PredictionDrift): PageSection {
  const title = 'Predictions'
  if (prediction.absent !== undefined) return { title, body: [html`<p>Not compared: ${prediction.absent}.</p>`] }
  const number = (name: string) => ({ name, isNumber: true })
  const table = tableHtml({
    caption: `Model ${prediction.model_version}, threshold ${thresholdText(prediction.model_threshold)}`,
    columns: [{ name: '' }, number('reference'), number('current')],
    rows: rowsOf(prediction),
  })
  const words = html`<p>Positive rate ${points(prediction.positive_rate_shift)}; Kolmogorov-Smirnov D ${decimal(prediction.ks.statistic)} (p ${pValue(prediction.ks.p_value)}).</p>`
  const figure = figureHtml({
    title: `PSI of the scores ${decimal(prediction.psi)}${prediction.drifted ? ', drifted' : ''}`,
    text: html`Chance alone passes ${decimal(prediction.chance_limit)} 1 time in 100. Shares of rows per decile of the reference's scores: <span class="swatch" style="background:var(--before)"></span>reference <span class="swatch" style="background:var(--first)"></span>current.`,
    picture: binPicture(prediction.bins, `Scores, largest change ${largestMove(prediction.bins) ?? 'none'}`),
  })
  return { title, body: [figuresHtml([figure, besideHtml([table, words])])] }
}

function rowsOf({
  rows,
  refused_rows,
  mean_score,
  positive_rate,
  label_rate,
  calibration_gap,
}: ScoreDrift): string[][] {
  return [
    ['rows scored', count(rows.reference), count(rows.current)],
    ['rows refused', count(refused_rows.reference), count(refused_rows.current)],
    ['mean score', decimal(mean_score.reference), decimal(mean_score.current)],
    ['called positive', percent(positive_rate.reference), percent(positive_rate.current)],
    ['positive labels', percent(label_rate.reference), percent(label_rate.current)],
    ['mean score less labels', points(calibration_gap.reference), points(calibration_gap.current)],
  ]
}
