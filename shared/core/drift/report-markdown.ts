/** The drift report as Markdown for a person in a hurry: the verdict first, then what moved, then everything in one table. */
import { shortNumber } from './describe-bins.ts'
import { groupDigits } from './group-digits.ts'
import { type DriftReport, type FeatureDrift, type PredictionDrift, type ScoreDrift, sampleName } from './report.ts'

export function driftMarkdown({ threshold, details }: DriftReport): string {
  const { columns, findings, reference, current, sample_size } = details
  const sections = [
    [`# Drift of ${literal(details.contract)}: ${verdict(columns, threshold)}`],
    [
      `${literal(sampleName(current))} (${rows(current.rows)}) against ${literal(sampleName(reference))} (${rows(reference.rows)}), ${details.created_at}.`,
    ],
    [sample_size.sentence],
    ...(details.not_told === undefined ? [] : [[details.not_told]]),
    ...movedSection(columns, threshold),
    ...(findings.length > 0 ? [['## Findings', '', ...findings.map(({ message }) => `- ${literal(message)}`)]] : []),
    ['## Predictions', '', ...predictionLines(details.prediction)],
    ['## All features', '', ...featureTable(columns)],
    ['## Definitions', '', ...Object.entries(details.method).map(([name, text]) => `- **${name}**: ${text}`)],
  ]
  return `${sections.map(lines => lines.join('\n')).join('\n\n')}\n`
}

function verdict(columns: readonly FeatureDrift[], threshold: number): string {
  const drifted = columns.filter(column => column.drifted).length
  if (drifted === 0) return `no feature above PSI ${threshold}`
  return `${drifted} of ${columns.length} features above PSI ${threshold}`
}

function movedSection(columns: readonly FeatureDrift[], threshold: number): string[][] {
  const moved = columns.filter(column => column.drifted).sort((a, b) => (b.psi ?? 0) - (a.psi ?? 0))
  if (moved.length === 0) return []
  return [[`## Drifted: PSI above ${threshold}`, '', ...moved.map(movedLine)]]
}

function movedLine(column: FeatureDrift): string {
  const psi = `PSI ${fixed(column.psi)} (chance alone: up to ${fixed(column.chance_limit)})`
  return `- **${literal(column.feature)}**: ${psi}; ${literal(whatMoved(column))}`
}

/** Of a number its mean, of a category the level that moved most. */
function whatMoved(column: FeatureDrift): string {
  if (column.kind === 'number' && column.mean.reference !== null && column.mean.current !== null) {
    const unit = column.unit === undefined ? '' : ` ${column.unit}`
    return `mean ${shortNumber(column.mean.reference)} → ${shortNumber(column.mean.current)}${unit}`
  }
  const [first] = column.bins.toSorted((a, b) => move(b) - move(a))
  return first === undefined ? '' : `"${first.label}" ${percent(first.reference)} → ${percent(first.current)}`
}

function move({ reference, current }: { readonly reference: number; readonly current: number }): number {
  return Math.abs(current - reference)
}

function predictionLines(prediction: PredictionDrift): string[] {
  if (prediction.absent !== undefined) return [`Not compared: ${literal(prediction.absent)}.`]
  return [
    `Model ${literal(prediction.model_version)}, threshold ${prediction.model_threshold}.`,
    '',
    '| | reference | current |',
    '| --- | ---: | ---: |',
    ...predictionRows(prediction),
    '',
    `PSI of the scores ${fixed(prediction.psi)} (chance alone: up to ${fixed(prediction.chance_limit)}), Kolmogorov-Smirnov ${fixed(prediction.ks.statistic)} (p ${pValue(prediction.ks.p_value)}).`,
  ]
}

function predictionRows(prediction: ScoreDrift): string[] {
  const { rows: scored, mean_score, positive_rate, label_rate } = prediction
  const line = (name: string, reference: string, current: string) => `| ${name} | ${reference} | ${current} |`
  return [
    line('rows scored', groupDigits(scored.reference), groupDigits(scored.current)),
    line('mean score', fixed(mean_score.reference), fixed(mean_score.current)),
    line('called positive', percent(positive_rate.reference), percent(positive_rate.current)),
    line('positive labels', rate(label_rate.reference), rate(label_rate.current)),
  ]
}

function featureTable(columns: readonly FeatureDrift[]): string[] {
  return [
    '| feature | PSI | chance | drifted | effect | adjusted p | missing |',
    '| --- | ---: | ---: | --- | --- | ---: | ---: |',
    ...columns.map(column => {
      const cells = [
        literal(column.feature),
        fixed(column.psi),
        fixed(column.chance_limit),
        column.error === undefined ? (column.drifted ? '**yes**' : 'no') : 'not compared',
        effect(column),
        adjustedP(column),
        `${percent(column.missing_rate.reference)} → ${percent(column.missing_rate.current)}`,
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ]
}

function effect(column: FeatureDrift): string {
  if (column.chi_square) return `V ${fixed(column.chi_square.cramers_v)}`
  if (column.kind === 'category' || column.ks === null) return ''
  const distance = column.wasserstein === null ? '' : `, W1 ${fixed(column.wasserstein)} sd`
  return `D ${fixed(column.ks.statistic)}${distance}`
}

function adjustedP(column: FeatureDrift): string {
  const test = column.chi_square ?? (column.kind === 'number' ? column.ks : null)
  return test === null ? '' : pValue(test.p_adjusted)
}

function pValue(p: number): string {
  return p < 1e-4 ? '< 0.0001' : p.toFixed(4)
}

function fixed(value: number | null): string {
  return value === null ? '–' : value.toFixed(3)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function rate(share: number | null): string {
  return share === null ? 'no labels' : percent(share)
}

function rows(n: number): string {
  return `${groupDigits(n)} ${n === 1 ? 'row' : 'rows'}`
}

/** Names and levels come from files: nothing in them may become markup or a new line. */
function literal(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*{}[\]<>|#]/g, '\\$&')
}
