/**
 * The small picture of a column's drift: the share of rows in each bin, reference beside current. Written as SVG directly: a
 * page has one per feature, and loading a plotting library would take longer than the whole comparison.
 */
import { shortNumber } from '../drift/describe-bins.ts'
import type { DriftBin } from '../drift/report.ts'
import { escapeHtml, type Html, trusted } from './html.ts'
import { percent, shortened } from './number-text.ts'

/** Pixels; pages scale it. */
const WIDTH = 260
const FONT = 10
/** A letter's width at that size. */
const LETTER = 6.1

/** Bars side by side along the number line, or, for levels, one below the other with their names. */
export function binPicture(bins: readonly DriftBin[], label: string): Html {
  if (bins.length === 0) return trusted('')
  const top = Math.max(...bins.map(bin => Math.max(bin.reference, bin.current)), Number.MIN_VALUE)
  const isLine = bins.some(bin => bin.kind === 'range')
  const { height, content } = isLine ? columnsPicture(bins, top) : rowsPicture(mostMoved(bins), top)
  return trusted(
    `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-size="${FONT}" fill="currentColor" role="img" aria-label="${escapeHtml(label)}">${content}</svg>`,
  )
}

/** Letters of a level in words. */
const MOST_LABEL = 40

/** "[12, 15): 10.0 % → 18.3 %", the bin whose share changed most. */
export function largestMove(bins: readonly DriftBin[]): string | undefined {
  const [first] = bins.toSorted((a, b) => move(b) - move(a))
  return first && `${shortened(first.label, MOST_LABEL)}: ${percent(first.reference)} → ${percent(first.current)}`
}

function move({ reference, current }: DriftBin): number {
  return Math.abs(current - reference)
}

interface Picture {
  readonly height: number
  readonly content: string
}

function columnsPicture(bins: readonly DriftBin[], top: number): Picture {
  const [plotTop, base] = [13, 88]
  const step = WIDTH / bins.length
  const bar = Math.min(13, step * 0.38)
  const heightOf = (share: number) => Math.max(share > 0 ? 1 : 0, (share / top) * (base - plotTop))
  const paths = { reference: '', current: '' }
  bins.forEach((bin, i) => {
    const middle = (i + 0.5) * step
    paths.reference += rectangle(middle - bar, base, bar, heightOf(bin.reference))
    paths.current += rectangle(middle, base, bar, heightOf(bin.current))
  })
  const highest = bins.findIndex(bin => Math.max(bin.reference, bin.current) === top)
  const topText = textAt((highest + 0.5) * step, 9, percent(top, 0))
  return {
    height: base + 16,
    content: `${topText}${bars(paths)}<path d="M0,${base}H${WIDTH}" stroke="var(--line)"/>${boundTexts(bins, step, base + 12)}`,
  }
}

/** Bounds stand under the line between two bins, as many as fit; a bin of one value has its value in its middle. */
function boundTexts(bins: readonly DriftBin[], step: number, y: number): string {
  const numberText = shortestApart(bins.flatMap(bin => (bin.kind === 'range' ? [bin.from ?? Number.NaN] : [])))
  let content = ''
  let free = 0
  bins.forEach((bin, i) => {
    const isBound = bin.kind === 'range' && bin.equal !== true
    if (isBound && (typeof bin.from !== 'number' || bins[i - 1]?.equal === true)) return
    const text = bin.kind === 'range' ? numberText(bin.from ?? 0) : shortened(bin.label, NAME_LETTERS)
    const wanted = isBound ? i * step : (i + 0.5) * step
    const start = Math.min(Math.max(wanted - (LETTER * text.length) / 2, 0), WIDTH - LETTER * text.length)
    if (start < free) return
    free = start + LETTER * text.length + 5
    content += textAt(wanted, y, text)
  })
  return content
}

/** Numbers in as few digits, from three on, as keep the different ones apart. */
function shortestApart(numbers: readonly number[]): (value: number) => string {
  const known = [...new Set(numbers.filter(value => !Number.isNaN(value)))]
  for (let digits = 3; digits < 12; digits++) {
    const rounded = new Set(known.map(value => value.toPrecision(digits)))
    if (rounded.size === known.length) return value => shortNumber(Number(value.toPrecision(digits)))
  }
  return shortNumber
}

/** Around x, but inside the picture. */
function textAt(x: number, y: number, text: string): string {
  const half = (LETTER * text.length) / 2
  const middle = Math.min(Math.max(x, half), WIDTH - half)
  return `<text x="${fixed(middle)}" y="${y}" text-anchor="middle">${escapeHtml(text)}</text>`
}

/** Rows of a picture of levels. */
const MOST_ROWS = 8
const ROW = 17
const NAME_LETTERS = 15
/** Room for both shares at the end of a row. */
const SHARES = 82

/** The levels that moved most stay in their order; the others are one row. */
function mostMoved(bins: readonly DriftBin[]): DriftBin[] {
  if (bins.length <= MOST_ROWS) return [...bins]
  const kept = new Set(bins.toSorted((a, b) => move(b) - move(a)).slice(0, MOST_ROWS - 1))
  const rest = bins.filter(bin => !kept.has(bin))
  const sum = (side: 'reference' | 'current') => rest.reduce((total, bin) => total + bin[side], 0)
  const others: DriftBin = { label: 'all others', kind: 'other', reference: sum('reference'), current: sum('current') }
  return [...bins.filter(bin => kept.has(bin)), others]
}

function rowsPicture(bins: readonly DriftBin[], top: number): Picture {
  const names = bins.map(bin => shortened(bin.label, NAME_LETTERS))
  const left = 8 + LETTER * Math.max(...names.map(name => name.length))
  const room = WIDTH - left - SHARES
  const lengthOf = (share: number) => Math.max(share > 0 ? 1 : 0, Math.min(share / top, 1) * room)
  const paths = { reference: '', current: '' }
  let texts = ''
  bins.forEach((bin, i) => {
    const y = i * ROW
    const [before, now] = [lengthOf(bin.reference), lengthOf(bin.current)]
    paths.reference += rectangle(left, y + 8, before, 6)
    paths.current += rectangle(left, y + 14, now, 6)
    const shares = `${percent(bin.reference, 0)} → ${percent(bin.current, 0)}`
    texts += `<text x="${fixed(left - 6)}" y="${y + 12}" text-anchor="end">${escapeHtml(names[i])}</text><text x="${fixed(left + Math.max(before, now) + 4)}" y="${y + 12}">${shares}</text>`
  })
  return { height: bins.length * ROW + 2, content: `${bars(paths)}${texts}` }
}

function bars({ reference, current }: { readonly reference: string; readonly current: string }): string {
  return `<path fill="var(--before)" d="${reference}"/><path fill="var(--first)" d="${current}"/>`
}

/** From its lower left corner. */
function rectangle(x: number, y: number, width: number, height: number): string {
  return height === 0 || width === 0
    ? ''
    : `M${fixed(x)},${fixed(y)}h${fixed(width)}v-${fixed(height)}h-${fixed(width)}z`
}

function fixed(pixels: number): string {
  return String(Math.round(pixels * 10) / 10)
}
