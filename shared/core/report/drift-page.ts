/**
 * The drift report as one static page: the verdict, what to look at, a picture of every feature, and all numbers in a table
 * sorted by PSI. Below 300 KB however many features there are: what does not fit is in drift_report.json.
 */
import { shortNumber } from '../drift/describe-bins.ts'
import { type DriftReport, type FeatureDrift, type SampleInfo, sampleName } from '../drift/report.ts'
import { binPicture, largestMove } from './bin-picture.ts'
import { driftTable } from './drift-table.ts'
import { type Html, html, proseHtml } from './html.ts'
import { count, counted, decimal, percent, shortened, thresholdText, timeText } from './number-text.ts'
import { definitionsHtml, type PageSection, renderPage, type Tile } from './page.ts'
import { predictionSection } from './prediction-section.ts'

/** Features with a picture, the largest PSI first; findings that are listed. */
const MOST_PICTURES = 60
const MOST_FINDINGS = 60
/** Findings, and features that drifted, that stand in the summary. */
const FIRST_FINDINGS = 6
const FIRST_DRIFTED = 8

/** Letters of a name. */
const MOST_NAME = 60

export async function driftPage(report: DriftReport): Promise<string> {
  const { details } = report
  const sorted = details.columns.toSorted((a, b) => (b.psi ?? -1) - (a.psi ?? -1))
  // The sample size has its own place, above all others.
  const others = details.findings.filter(({ message }) => message !== details.sample_size.sentence)
  const findings = others.map(({ message }) => proseHtml(message))
  return renderPage({
    title: `Drift of ${details.contract}`,
    kind: 'Drift report',
    lead: html`${sampleText(details.current)} against ${sampleText(details.reference)}, <time datetime="${details.created_at}">${timeText(details.created_at)}</time>. ${details.sample_size.too_small_to_tell ? '' : details.sample_size.sentence} ${details.not_told ?? ''}`,
    tiles: tilesOf(report),
    lookAt: [
      ...(details.sample_size.too_small_to_tell ? [html`${details.sample_size.sentence}`] : []),
      ...driftedHtml(sorted),
      ...findings.slice(0, FIRST_FINDINGS),
      ...(findings.length > FIRST_FINDINGS
        ? [html`${counted(findings.length - FIRST_FINDINGS, 'more finding')} below the pictures.`]
        : []),
    ],
    nothingToLookAt: 'No feature drifted, and no check found anything to look at.',
    sections: [
      picturesSection(sorted, report.threshold),
      predictionSection(details.prediction),
      ...(findings.length > FIRST_FINDINGS ? [findingsSection(findings.slice(FIRST_FINDINGS))] : []),
      { title: 'All numbers', body: [driftTable(sorted)] },
      {
        title: 'Definitions',
        body: [
          definitionsHtml(Object.entries(details.method).map(([term, text]) => [term.replaceAll('_', ' '), text])),
        ],
      },
    ],
  })
}

function sampleText(sample: SampleInfo): Html {
  return html`<b>${sampleName(sample)}</b> (${counted(sample.rows, 'row')})`
}

/** The features that drifted, as one line. */
function driftedHtml(columns: readonly FeatureDrift[]): Html[] {
  const drifted = columns.filter(column => column.drifted)
  if (drifted.length === 0) return []
  const named = drifted.slice(0, FIRST_DRIFTED).map(column => {
    const name = shortened(column.feature, MOST_NAME)
    return html`<b>${name}</b> (PSI ${decimal(column.psi)})`
  })
  const left = drifted.length - named.length
  return [
    html`${counted(drifted.length, 'feature')} drifted: ${named.map((one, i) => html`${i === 0 ? '' : ', '}${one}`)}${left > 0 ? ` and ${count(left)} more` : ''}.`,
  ]
}

function tilesOf({ threshold, overall_drift, details }: DriftReport): Tile[] {
  const { columns, prediction, sample_size } = details
  const drifted = columns.filter(column => column.drifted)
  const most = columns.toSorted((a, b) => (b.psi ?? -1) - (a.psi ?? -1)).at(0)
  const scores: Tile =
    prediction.absent === undefined
      ? {
          name: 'PSI of the scores',
          value: decimal(prediction.psi),
          note: `called positive: ${percent(prediction.positive_rate.reference)} → ${percent(prediction.positive_rate.current)}`,
        }
      : { name: 'PSI of the scores', value: decimal(null), note: 'no scores to compare' }
  return [
    {
      name: 'Overall drift',
      value: overall_drift ? 'yes' : 'no',
      note: `${drifted.length} of ${counted(columns.length, 'feature')} above PSI ${thresholdText(threshold)}`,
    },
    { name: 'Largest PSI', value: decimal(most?.psi), note: shortened(most?.feature ?? '', MOST_NAME) },
    scores,
    {
      name: 'Sample size',
      value: sample_size.too_small_to_tell ? 'too small' : 'enough',
      note: `needed: about ${counted(sample_size.rows_needed, 'row')} on each side`,
    },
  ]
}

function findingsSection(findings: readonly Html[]): PageSection {
  const shown = findings.slice(0, MOST_FINDINGS)
  const left = findings.length - shown.length
  return {
    title: 'More findings',
    body: [
      html`<ul>${shown.map(line => html`<li>${line}</li>`)}</ul>`,
      left > 0 ? html`<p>${counted(left, 'more finding')} in drift_report.json.</p>` : html``,
    ],
  }
}

function picturesSection(columns: readonly FeatureDrift[], threshold: number): PageSection {
  const shown = columns.slice(0, MOST_PICTURES)
  const left = columns.length - shown.length
  const legend = html`<p><span class="swatch" style="background:var(--before)"></span>reference
<span class="swatch" style="background:var(--first)"></span>current: shares of rows, largest PSI first; a frame in red is a PSI above ${thresholdText(threshold)}.${left > 0 ? ` ${counted(left, 'feature')} with a smaller PSI ${left === 1 ? 'has' : 'have'} no picture.` : ''}</p>`
  return { title: 'Features', body: [legend, html`<div class="figures small">${shown.map(cardHtml)}</div>`] }
}

function cardHtml(column: FeatureDrift): Html {
  const move = largestMove(column.bins)
  const psi =
    column.error === undefined
      ? html`PSI <b>${decimal(column.psi)}</b>, chance alone up to ${decimal(column.chance_limit)}`
      : html`not compared: ${column.error}`
  const name = shortened(column.feature, MOST_NAME)
  const label = move === undefined ? name : `${name}, largest change ${move}`
  return html`<figure class="card${column.drifted ? ' moved' : ''}"><figcaption><strong>${name}</strong> ${psi}${meanText(column)}</figcaption>${binPicture(column.bins, label)}</figure>
`
}

function meanText(column: FeatureDrift): string {
  if (column.kind !== 'number' || column.mean.reference === null || column.mean.current === null) return ''
  const unit = column.unit === undefined ? '' : ` ${column.unit}`
  return `; mean ${shortNumber(column.mean.reference)} → ${shortNumber(column.mean.current)}${unit}`
}
