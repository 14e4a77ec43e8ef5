/** Every number about every feature in one table, the largest PSI first. */
import { shortNumber } from '../drift/describe-bins.ts'
import type { FeatureDrift, Sides } from '../drift/report.ts'
import { type Html, html } from './html.ts'
import { count, counted, decimal, NO_NUMBER, percent, pValue, shortened } from './number-text.ts'
import { tableHtml } from './page.ts'

/** Rows that fit on a page; drift_report.json has all. */
const MOST_ROWS = 200
/** Letters of a name. */
const MOST_NAME = 60

const number = (name: string) => ({ name, isNumber: true })

export function driftTable(columns: readonly FeatureDrift[]): Html {
  const shown = columns.slice(0, MOST_ROWS)
  const left = columns.length - shown.length
  return tableHtml({
    caption: `${counted(columns.length, 'feature')}, the largest PSI first; numbers: Kolmogorov-Smirnov D and Wasserstein-1 in standard deviations of the reference, categories, and numbers that are known by counts: Cramer's V${left > 0 ? `; ${count(left)} more in drift_report.json` : ''}`,
    columns: [
      { name: 'feature' },
      number('PSI'),
      number('chance limit'),
      { name: 'drifted' },
      number('D or V'),
      number('adjusted p'),
      number('Wasserstein'),
      number('Jensen-Shannon'),
      number('missing'),
      { name: 'mean or new levels' },
      { name: 'values' },
    ],
    rows: shown.map(rowOf),
  })
}

function rowOf(column: FeatureDrift): (Html | string)[] {
  const test = column.chi_square ?? (column.kind === 'number' ? column.ks : null)
  const effect = column.chi_square?.cramers_v ?? (column.kind === 'number' ? column.ks?.statistic : undefined)
  return [
    shortened(column.feature, MOST_NAME),
    decimal(column.psi),
    decimal(column.chance_limit),
    verdictOf(column),
    decimal(effect),
    pValue(test?.p_adjusted),
    column.kind === 'number' ? decimal(column.wasserstein) : '',
    decimal(column.jensen_shannon),
    missingRates(column.missing_rate),
    column.kind === 'number' ? meansOf(column.mean) : newLevels(column.new_category_count),
    oddValues(column),
  ]
}

function verdictOf(column: FeatureDrift): Html | string {
  if (column.error !== undefined) return 'not compared'
  if (!column.drifted) return 'no'
  const isChance = column.psi !== null && column.chance_limit !== null && column.psi <= column.chance_limit
  return html`<span class="alarm">yes</span>${isChance ? ', within chance' : ''}`
}

function missingRates({ reference, current }: Sides): string {
  return reference === 0 && current === 0 ? 'none' : `${percent(reference)} → ${percent(current)}`
}

function meansOf({ reference, current }: Sides<number | null>): string {
  if (reference === null || current === null) return NO_NUMBER
  return `${shortNumber(reference)}\u00a0→\u00a0${shortNumber(current)}`
}

function newLevels(levels: number): string {
  return levels === 0 ? '' : counted(levels, 'new level')
}

/** What the contract does not allow, among the current rows. */
function oddValues(column: FeatureDrift): string {
  const odd = [['unreadable', column.unreadable.current]] as [string, number][]
  if (column.kind === 'number') {
    odd.push(['out of range', column.out_of_range.current], ['not whole', column.not_integer.current])
  }
  const told = odd.filter(([, rows]) => rows > 0).map(([name, rows]) => `${count(rows)} ${name}`)
  if (column.constant.current) told.push('constant')
  return told.join(', ')
}
