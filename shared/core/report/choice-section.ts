/** How the model was chosen: the families that were tried, how sure the choice is, and the trials of a search. */
import type { FamilyName } from '../model/manifest.ts'
import type { Trial } from '../train/search.ts'
import { trialTable } from '../train/trial-table.ts'
import { type WrittenOptions, writtenOptions } from '../train/written-options.ts'
import type { Canvas } from './canvas.ts'
import { type Html, html } from './html.ts'
import { count, counted, decimal, pValue } from './number-text.ts'
import { besideHtml, figureHtml, figuresHtml, type PageSection, tableHtml } from './page.ts'
import type { RunReportInput } from './run-figures.ts'
import { FAMILY_TITLES } from './titles.ts'

const COLORS = ['var(--first)', 'var(--second)', 'var(--third)'] as const
/** Trials that the page lists. */
const MOST_ROWS = 12
const number = (name: string) => ({ name, isNumber: true })

export function choiceSection(canvas: Canvas, input: RunReportInput): PageSection {
  const { candidates, trials } = input
  const where = trials ? 'mean over the folds of the search' : 'validation part'
  const table = tableHtml({
    caption: `Families compared by ROC-AUC: ${where}`,
    columns: [{ name: 'family' }, number('ROC-AUC'), { name: 'settings', isProse: true }],
    rows: candidates.map(({ family, options, validationRocAuc }) => [
      html`${FAMILY_TITLES[family] ?? family}${family === input.family ? html` <b>(kept)</b>` : ''}`,
      decimal(validationRocAuc, 4),
      settingsText(writtenOptions(options)),
    ]),
  })
  return {
    title: 'How it was chosen',
    body: [table, ...runnerUpHtml(input), ...(trials && trials.length > 0 ? searchHtml(canvas, trials) : [])],
  }
}

function runnerUpHtml({ runnerUp }: RunReportInput): Html[] {
  if (runnerUp === undefined) return []
  return [
    html`<p>Runner-up: ${FAMILY_TITLES[runnerUp.family]}, ${decimal(runnerUp.difference, 4)} behind in ROC-AUC on the rows that chose (paired DeLong test: p ${pValue(runnerUp.p)}). The held-out rows took no part.</p>`,
  ]
}

function settingsText(settings: WrittenOptions): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
}

function searchHtml(canvas: Canvas, trials: readonly Trial[]): Html[] {
  const folds = Math.max(...trials.map(({ rocAuc }) => rocAuc.length))
  const families = [...new Set(trials.map(({ family }) => family))]
  const { rows } = trialTable(trials)
  const table = tableHtml({
    caption: `The best ${counted(Math.min(MOST_ROWS, rows.length), 'trial')} of ${count(rows.length)}; all of them are in trials.csv`,
    columns: [
      { name: 'trial' },
      { name: 'family' },
      number('folds'),
      number('mean ROC-AUC'),
      { name: 'settings', isProse: true },
    ],
    rows: rows
      .slice(0, MOST_ROWS)
      .map(({ number: trialNumber, trial, values }) => [
        trial.chosen ? html`${String(trialNumber)} <b>(chosen)</b>` : String(trialNumber),
        trial.family,
        count(trial.rocAuc.length),
        decimal(trial.meanRocAuc, 4),
        settingsText(values),
      ]),
  })
  const legend = families.map(
    (family, i) => html`<span class="swatch" style="background:${COLORS[i]}"></span>${family} `,
  )
  const figure = figureHtml({
    title: 'The search, trial by trial',
    text: html`${legend}One dot per trial: mean ROC-AUC over the folds it ran; small dots were dropped before the last of ${counted(folds, 'fold')}, and what is on the lower edge lies below it. The line is the best so far of those that ran all.`,
    picture: trialChart(canvas, trials, families),
  })
  return [html`<h3>Search</h3>`, figuresHtml([figure, besideHtml([table])])]
}

function trialChart({ plot, draw }: Canvas, trials: readonly Trial[], families: readonly FamilyName[]): Html {
  const folds = Math.max(...trials.map(({ rocAuc }) => rocAuc.length))
  let best = Number.NEGATIVE_INFINITY
  const dots = trials.map(({ family, rocAuc, meanRocAuc }, i) => {
    const isFinalist = rocAuc.length === folds
    if (isFinalist) best = Math.max(best, meanRocAuc)
    return { x: i + 1, y: meanRocAuc, best, radius: isFinalist ? 4 : 2.2, color: COLORS[families.indexOf(family)] }
  })
  const led = dots.filter(dot => Number.isFinite(dot.best))
  const domain = upperRange(dots.map(({ y }) => y))
  return draw({
    label: `Mean ROC-AUC of ${counted(trials.length, 'trial')}; the best that ran every fold has ${decimal(best, 4)}`,
    height: 270,
    marginLeft: 46,
    x: {
      domain: [0.5, trials.length + 0.5],
      ticks: 6,
      tickFormat: wholeTick,
      label: 'trial',
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: { domain, clamp: true, ticks: 5, tickFormat: '.3f', label: 'ROC-AUC', labelArrow: 'none', grid: true },
    marks: [
      plot.line(led, { x: 'x', y: 'best', curve: 'step-after', stroke: 'var(--ink)', strokeWidth: 1.5 }),
      plot.dot(dots, { x: 'x', y: 'y', r: { value: 'radius', scale: null }, fill: { value: 'color', scale: null } }),
    ],
  })
}

const wholeTick = (value: number) => (Number.isInteger(value) ? String(value) : '')

/** From well below the middle value to the best: a few trials that learnt nothing must not flatten all others. */
function upperRange(values: readonly number[]): [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b)
  const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted[sorted.length - 1]]
  const room = Math.max(0.0005, 0.08 * (most - least))
  return [Math.max(least - room, most - 3 * (most - middle) - room), Math.min(1, most + room)]
}
