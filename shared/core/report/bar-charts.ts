/** Bars with names: what each feature contributes, and what happens to each group of a sensitive column. */
import type { GroupRates } from '../fairness/group-metrics.ts'
import { isMeasured, type Measured } from '../fairness/measure.ts'
import type { Canvas } from './canvas.ts'
import type { Html } from './html.ts'
import { decimal, percent, shortened } from './number-text.ts'

/** Widths in pixels of a letter in the pictures' size, and of the room names get at most. */
const LETTER = 6.4
const MOST_NAME_WIDTH = 132

export interface ImportanceShare {
  readonly name: string
  /** Of all importance, 0 to 1. */
  readonly share: number
}

/** Features that get a bar of their own; the others share the last one. */
export const MOST_BARS = 20

/** The largest first. Beyond MOST_BARS the smallest become one bar, so that the shares still add up. */
export function barsOf(shares: readonly ImportanceShare[]): ImportanceShare[] {
  const sorted = shares.toSorted((a, b) => b.share - a.share)
  if (sorted.length <= MOST_BARS) return sorted
  const rest = sorted.slice(MOST_BARS - 1)
  const others = { name: `${rest.length} others`, share: rest.reduce((sum, one) => sum + one.share, 0) }
  return [...sorted.slice(0, MOST_BARS - 1), others]
}

export function importanceChart({ plot, draw }: Canvas, shares: readonly ImportanceShare[]): Html {
  const bars = barsOf(shares)
  // Rows are told apart by their number: two shortened names may be equal.
  const rows = bars.map((bar, row) => ({ ...bar, row }))
  const top = Math.max(...bars.map(bar => bar.share), Number.MIN_VALUE)
  return draw({
    label: `Importance of each feature: ${bars.map(bar => `${bar.name} ${percent(bar.share)}`).join(', ')}`,
    height: 20 + 22 * rows.length,
    marginTop: 8,
    marginBottom: 8,
    marginRight: 46,
    ...namesOnTheLeft(bars.map(bar => bar.name)),
    x: { domain: [0, top], axis: null },
    marks: [
      plot.barX(rows, { x: 'share', y: 'row', fill: 'var(--first)', rx: 2 }),
      plot.text(rows, {
        x: 'share',
        y: 'row',
        dx: 5,
        textAnchor: 'start',
        text: (row: ImportanceShare) => percent(row.share),
        fill: 'var(--ink)',
      }),
    ],
  })
}

/** Bands named on the left, one row per name. */
export function namesOnTheLeft(names: readonly string[]) {
  const letters = Math.floor((MOST_NAME_WIDTH - 12) / LETTER)
  const texts = names.map(name => shortened(name, letters))
  const widest = Math.max(...texts.map(text => [...text].length))
  return {
    marginLeft: Math.min(MOST_NAME_WIDTH, 14 + LETTER * widest),
    y: {
      domain: names.map((_, row) => row),
      type: 'band',
      label: null,
      tickFormat: (row: number) => texts[row],
      tickSize: 0,
      padding: 0.25,
    },
  } as const
}

/** Groups that a picture shows, the largest ones. */
export const MOST_GROUPS = 12

const RATES = [
  { name: 'selection rate', rate: (group: GroupRates) => group.selection_rate },
  { name: 'true positive rate', rate: (group: GroupRates) => group.true_positive_rate },
] as const

interface RateBar {
  readonly row: number
  readonly panel: string
  readonly group: string
  readonly rate: Measured
}

/** Two panels, one row per group: bars with 95 % intervals, and words where a group is too small for a rate. */
export function fairnessChart({ plot, draw }: Canvas, groups: readonly GroupRates[]): Html {
  const shown = groups.slice(0, MOST_GROUPS)
  const bars = RATES.flatMap(({ name, rate }) =>
    shown.map((group, row): RateBar => ({ row, panel: name, group: group.group, rate: rate(group) })),
  )
  const measured = bars.flatMap(bar => (isMeasured(bar.rate) ? [{ ...bar, ...bar.rate }] : []))
  const unknown = bars.filter(bar => !isMeasured(bar.rate))
  const place = { y: 'row', fx: 'panel' } as const
  return draw({
    label: bars.map(bar => `${bar.panel} of ${bar.group}: ${rateText(bar.rate)}`).join('; '),
    height: 40 + 24 * shown.length,
    marginTop: 24,
    marginBottom: 10,
    marginRight: 30,
    ...namesOnTheLeft(shown.map(group => group.group)),
    x: { domain: [0, 1], axis: null },
    fx: { label: null, axis: 'top', domain: RATES.map(({ name }) => name), paddingInner: 0.3, paddingOuter: 0 },
    marks: [
      plot.barX(bars, { ...place, x1: 0, x2: 1, fill: 'var(--panel)', rx: 2 }),
      plot.barX(measured, { ...place, x: 'value', fill: 'var(--first)', rx: 2 }),
      plot.ruleY(measured, { ...place, x1: 'low', x2: 'high', stroke: 'var(--ink)' }),
      plot.text(measured, {
        ...place,
        x: 1,
        dx: 4,
        textAnchor: 'start',
        text: (bar: { readonly value: number }) => decimal(bar.value, 2),
        fill: 'var(--ink)',
      }),
      plot.text(unknown, { ...place, x: 0, dx: 4, textAnchor: 'start', text: () => 'too few', fill: 'var(--muted)' }),
    ],
  })
}

function rateText(rate: Measured): string {
  return isMeasured(rate) ? percent(rate.value) : `too few (${rate.too_few})`
}
