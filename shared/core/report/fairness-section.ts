/** What the model does to the groups of each sensitive column: pictures, numbers, and both readings of each gap in words. */

import type { ColumnFairness, ThresholdFairness } from '../fairness/column-fairness.ts'
import type { Disparity } from '../fairness/disparities.ts'
import type { FairnessReport } from '../fairness/fairness-report.ts'
import { isMeasured, type Measured } from '../fairness/measure.ts'
import type { FairnessFinding } from '../fairness/mitigation.ts'
import type { ThresholdTable } from '../fairness/threshold-table.ts'
import type { ProxyReport } from '../train/proxy-check.ts'
import { fairnessChart, MOST_GROUPS } from './bar-charts.ts'
import type { Canvas } from './canvas.ts'
import { type Html, html, proseHtml } from './html.ts'
import { count, counted, decimal, percent, thresholdText } from './number-text.ts'
import { besideHtml, definitionsHtml, figureHtml, figuresHtml, type PageSection, tableHtml } from './page.ts'

/** Columns that a page shows; fairness.json has all. */
const MOST_COLUMNS = 10

export function fairnessSection(
  canvas: Canvas,
  report: FairnessReport & { readonly proxies?: ProxyReport },
  threshold: number,
): PageSection {
  const title = 'Fairness'
  if (report.columns.length === 0) return { title, body: [html`<p>The contract names no sensitive column.</p>`] }
  const shown = report.columns.slice(0, MOST_COLUMNS)
  const left = report.columns.length - shown.length
  const body = [
    html`<p>Measured on the held-out rows. Sensitive columns are never inputs of the model. Groups need ${counted(report.minimum.rows, 'row')} for a selection rate
and ${counted(report.minimum.positives, 'positive')} for a true positive rate; smaller ones get "too few" instead of a number and are left out of the gaps.</p>`,
    ...shown.flatMap(column => columnHtml(canvas, report, column, threshold)),
    ...(report.proxies === undefined ? [] : [proxyTable(report.proxies)]),
    left > 0 ? html`<p>${counted(left, 'more sensitive column')} in fairness.json.</p>` : html``,
    html`<h3>Definitions</h3>${definitionsHtml(Object.entries(report.method).map(([term, text]) => [term.replaceAll('_', ' '), text] as const))}`,
  ]
  return { title, body }
}

/** The threshold in use, or the first one measured. */
export function atThreshold(column: ColumnFairness, threshold: number): ThresholdFairness | undefined {
  return column.at.find(at => at.threshold === threshold) ?? column.at.at(0)
}

function columnHtml(canvas: Canvas, report: FairnessReport, column: ColumnFairness, threshold: number): Html[] {
  const at = atThreshold(column, threshold)
  if (at === undefined || at.groups.length === 0) return [html`<h3>${column.column}</h3><p>No row has a value.</p>`]
  const figure = figureHtml({
    title: `Rates per group at threshold ${thresholdText(at.threshold)}`,
    text: 'Selection rate: share of the group called positive. True positive rate: share of its positives called so. Lines: 95 %.',
    picture: fairnessChart(canvas, at.groups),
  })
  const remedies = gapsAt(report.findings, at.threshold)
    .filter(finding => finding.column === column.column)
    .map(({ sentence }) => html`<li>${proseHtml(sentence)}</li>`)
  const gaps = [at.demographic_parity, at.equal_opportunity, at.predictive_equality].map(
    disparity => html`<li>${gapSentence(disparity)}</li>`,
  )
  return [
    html`<h3>${column.column}</h3>`,
    figuresHtml([figure, besideHtml([html`<ul>${gaps}</ul>`])]),
    groupTable(column, at),
    ...(remedies.length === 0 ? [] : [html`<p>Gaps above ${decimal(report.gap_limit, 2)}:</p><ul>${remedies}</ul>`]),
    ...whatIfHtml(at),
  ]
}

function groupTable(column: ColumnFairness, at: ThresholdFairness): Html {
  const shown = column.groups.slice(0, MOST_GROUPS)
  const left = column.groups.length - shown.length
  const more = left > 0 ? `; ${counted(left, 'more group')} in fairness.json` : ''
  const number = (name: string) => ({ name, isNumber: true })
  return tableHtml({
    caption: `Groups of ${column.column} at threshold ${thresholdText(at.threshold)}, reference ${column.reference.group}${more}`,
    columns: [
      { name: 'group' },
      ...['rows', 'base rate', 'selection rate', 'true positive rate', 'false positive rate', 'ROC-AUC'].map(number),
    ],
    rows: shown.map((group, i) => {
      const rates = at.groups[i]
      return [
        group.group,
        count(group.rows),
        shareText(group.base_rate),
        shareText(rates.selection_rate),
        shareText(rates.true_positive_rate),
        shareText(rates.false_positive_rate),
        isMeasured(group.roc_auc)
          ? `${decimal(group.roc_auc.value)} (${decimal(group.roc_auc.low)} to ${decimal(group.roc_auc.high)})`
          : tooFewHtml(group.roc_auc),
      ]
    }),
  })
}

/** One threshold per group, as a what-if: nothing else in the product applies it. */
function whatIfHtml({ threshold_tables }: ThresholdFairness): Html[] {
  const number = (name: string) => ({ name, isNumber: true })
  return threshold_tables.flatMap(table => {
    if ('too_few' in table) return []
    const rate = table.equalises.replaceAll('_', ' ')
    const content = tableHtml({
      caption: `Accuracy over all rows would go from ${percent(table.accuracy.now)} to ${percent(table.accuracy.after)}; advice only, never applied`,
      columns: [{ name: 'group' }, number('threshold'), number(`${rate} now`), number('then')],
      rows: table.groups.slice(0, MOST_GROUPS).map(whatIfRow),
    })
    return [
      html`<details><summary>What if each group had its own threshold, for a ${rate} like that of ${table.reference}?</summary>${content}</details>`,
    ]
  })
}

function whatIfRow(group: ThresholdTable['groups'][number]): (Html | string)[] {
  if ('too_few' in group) return [group.group, tooFewHtml(group), '', '']
  return [group.group, thresholdText(group.threshold), percent(group.rate.now), percent(group.rate.after)]
}

/** Whether the features give a sensitive column away. */
function proxyTable(report: ProxyReport): Html {
  const rows = report.columns
    .slice(0, MOST_COLUMNS)
    .map(column => [
      column.column,
      column.proxy ? html`<span class="alarm">yes</span>` : 'no',
      column.worst === null ? 'too few' : `${decimal(column.worst.roc_auc)} (${column.worst.group})`,
      column.carried_by.map(({ feature, share }) => `${feature} ${percent(share, 0)}`).join(', '),
    ])
  return html`<h3>Do the features give a sensitive column away?</h3><p>${report.rule}</p>${tableHtml({
    caption: `Cross-validated on ${counted(report.rows, 'row')}`,
    columns: [{ name: 'column' }, { name: 'proxy' }, { name: 'group told best, ROC-AUC' }, { name: 'carried by' }],
    rows,
  })}`
}

function shareText(rate: Measured): Html | string {
  return isMeasured(rate) ? percent(rate.value) : tooFewHtml(rate)
}

function tooFewHtml({ too_few }: { readonly too_few: string }): Html {
  return html`<span class="quiet" title="${too_few}">too few</span>`
}

/** Gaps above the limit at a threshold, the widest first. */
export function gapsAt(findings: readonly FairnessFinding[], threshold: number): FairnessFinding[] {
  return findings.filter(finding => finding.threshold === threshold).sort((a, b) => b.gap - a.gap)
}

export const PARITY_TITLES: Readonly<Record<Disparity['parity'], string>> = Object.freeze({
  demographic_parity: 'Demographic parity (selection rates)',
  equal_opportunity: 'Equal opportunity (true positive rates)',
  predictive_equality: 'Predictive equality (false positive rates)',
})

/** Both readings of a gap, and who could not be measured. */
export function gapSentence({
  parity,
  between_groups: between,
  against_reference: reference,
  left_out,
}: Disparity): string {
  const widest =
    'too_few' in between
      ? `not measured: ${between.too_few}`
      : `widest gap ${decimal(between.difference)}, ${between.highest} above ${between.lowest}${between.ratio === null ? '' : ` (ratio ${decimal(between.ratio, 2)})`}`
  const against =
    'too_few' in reference
      ? `against the reference group not measured: ${reference.too_few}`
      : `against ${reference.reference} at most ${decimal(reference.difference)} (${reference.group})`
  const missing = left_out.length === 0 ? '' : ` Too few rows: ${listed(left_out.map(({ group }) => group))}.`
  return `${PARITY_TITLES[parity]}: ${widest}; ${against}.${missing}`
}

function listed(names: readonly string[]): string {
  const most = 6
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}
