/**
 * report.html of a training run: what the model is, how good it is on the rows it never saw, and what to look at. Pure: the
 * same input gives the same bytes.
 */
import { openCanvas } from './canvas.ts'
import { choiceSection } from './choice-section.ts'
import { explainSection } from './explain-section.ts'
import { fairnessSection } from './fairness-section.ts'
import { type Html, html } from './html.ts'
import { count, decimal, percent, thresholdText, timeText } from './number-text.ts'
import { renderPage, type Tile } from './page.ts'
import { type RunFigures, type RunReportInput, runFigures } from './run-figures.ts'
import { runFindings } from './run-findings.ts'
import {
  calibrationSection,
  featureSection,
  provenanceSection,
  qualitySection,
  rankingSection,
  thresholdSection,
} from './run-sections.ts'
import { FAMILY_TITLES } from './titles.ts'

export async function runReport(input: RunReportInput): Promise<string> {
  const canvas = await openCanvas()
  const figures = runFigures(input)
  return renderPage({
    title: input.title,
    kind: 'Model report',
    lead: leadOf(input),
    tiles: tilesOf(input, figures),
    lookAt: runFindings(input, figures),
    nothingToLookAt: 'Nothing stands out: no check of this page found anything to look at.',
    sections: [
      qualitySection(input),
      rankingSection(canvas, input, figures),
      thresholdSection(canvas, input, figures),
      calibrationSection(canvas, input, figures),
      featureSection(canvas, input),
      ...(input.explanation === undefined ? [] : [explainSection(canvas, input.explanation)]),
      ...(input.fairness === undefined ? [] : [fairnessSection(canvas, input.fairness, input.threshold)]),
      ...(input.candidates.length === 0 ? [] : [choiceSection(canvas, input)]),
      provenanceSection(input),
    ],
  })
}

function leadOf({ name, version, target, family, timestamp, metrics, judgedOn }: RunReportInput): Html {
  const rows = judgedOn === undefined ? 'held-out rows' : `rows of ${judgedOn}`
  const model = FAMILY_TITLES[family] ?? family
  return html`${name}${version === undefined ? '' : ` ${version}`}: the probability of ${target.column} = ${String(target.classes[1])} by ${model}, judged on ${count(metrics.rows)} ${rows}, <time datetime="${timestamp}">${timeText(timestamp)}</time>.`
}

function tilesOf(
  { metrics, threshold }: RunReportInput,
  { baseRate, reliability: { expectedCalibrationError } }: RunFigures,
): Tile[] {
  const { roc_auc_low: low, roc_auc_high: high } = metrics
  return [
    {
      name: 'ROC-AUC',
      value: decimal(metrics.roc_auc),
      note: Number.isFinite(low) ? `95 %: ${decimal(low)} to ${decimal(high)}` : 'chance: 0.5',
    },
    { name: 'PR-AUC', value: decimal(metrics.pr_auc), note: `a random order: ${decimal(baseRate)}` },
    {
      name: `Accuracy at ${thresholdText(threshold)}`,
      value: percent(metrics.accuracy),
      note: `always the commoner class: ${percent(Math.max(baseRate, 1 - baseRate))}`,
    },
    {
      name: 'Calibration error',
      value: decimal(expectedCalibrationError),
      note: 'mean distance of what is said and what happens',
    },
  ]
}
