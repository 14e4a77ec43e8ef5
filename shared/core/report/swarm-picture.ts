/**
 * The SHAP values of a sample of rows, one dot each, one row of dots per feature: where they pile up, and whether high values
 * of the feature push up or down. Written as SVG directly, one path per colour: thousands of circles would be most of a page.
 */
import type { FeatureExplanation, FeatureValue } from '../explain/shap-summary.ts'
import { escapeHtml, type Html, trusted } from './html.ts'
import { decimal, shortened } from './number-text.ts'

/** Pixels; pages scale it. */
const WIDTH = 340
const NAMES = 116
const NAME_LETTERS = 18
const RIGHT = 8
const ROW = 26
const FOOT = 30
/** Between two dots of a pile. */
const DOT = 3.2

/** From the lowest to the highest fifth of a feature's values. */
const FIFTHS = [0, 25, 50, 75, 100].map(share => `color-mix(in srgb,var(--second) ${share}%,var(--first))`)
/** Levels have no order, and a missing value no place in one. */
const NO_ORDER = 'var(--muted)'

export function swarmPicture(features: readonly FeatureExplanation[], label: string): Html {
  const shaps = features.flatMap(({ points = [] }) => points.map(([, shap]) => shap))
  const [low, high] = [Math.min(0, ...shaps), Math.max(0, ...shaps)]
  const range = high - low || 1
  const xOf = (shap: number) => NAMES + ((shap - low) / range) * (WIDTH - NAMES - RIGHT)
  const height = features.length * ROW + FOOT
  const rows = features.map((feature, row) => {
    const middle = (row + 0.5) * ROW
    const name = escapeHtml(shortened(feature.name, NAME_LETTERS))
    return `<text x="${NAMES - 8}" y="${middle + 4}" text-anchor="end" fill="var(--ink)">${name}</text>${swarm(feature, middle, xOf)}`
  })
  const zero = fixed(xOf(0))
  const foot = `<path d="M${zero},0V${height - FOOT}" stroke="var(--line)"/>${ends(low, high, xOf, height)}`
  return trusted(
    `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-size="10" fill="currentColor" role="img" aria-label="${escapeHtml(label)}">${foot}${rows.join('')}</svg>`,
  )
}

/** 0 and both ends of the axis, those that have room. */
function ends(low: number, high: number, xOf: (shap: number) => number, height: number): string {
  const y = height - FOOT + 12
  const room = 24
  const texts = [`<text x="${fixed(xOf(0))}" y="${y}" text-anchor="middle">0</text>`]
  if (xOf(0) - xOf(low) > room) texts.push(`<text x="${fixed(xOf(low))}" y="${y}">${decimal(low, 1)}</text>`)
  if (xOf(high) - xOf(0) > room) {
    texts.push(`<text x="${fixed(xOf(high))}" y="${y}" text-anchor="end">${decimal(high, 1)}</text>`)
  }
  const words = `<text x="${fixed((NAMES + WIDTH - RIGHT) / 2)}" y="${y + 13}" text-anchor="middle">log-odds added</text>`
  return texts.join('') + words
}

/** Dots at about the same place pile up around the middle of their row, the pile pressed together where it is too high. */
function swarm({ points = [], kind }: FeatureExplanation, middle: number, xOf: (shap: number) => number): string {
  const columnOf = (shap: number) => Math.round(xOf(shap) / DOT)
  const heights = new Map<number, number>()
  for (const [, shap] of points) heights.set(columnOf(shap), (heights.get(columnOf(shap)) ?? 0) + 1)
  const step = Math.min(DOT, (ROW - 4) / Math.max(1, ...heights.values()))
  const placed = new Map<number, number>()
  const paths = new Map<string, string>()
  const colors = colorsOf(points, kind)
  points.forEach(([, shap], i) => {
    const column = columnOf(shap)
    const place = placed.get(column) ?? 0
    placed.set(column, place + 1)
    // 0, 1, -1, 2, -2: from the middle outwards.
    const offset = (place % 2 === 1 ? 1 : -1) * Math.ceil(place / 2) * step
    paths.set(colors[i], `${paths.get(colors[i]) ?? ''}M${fixed(xOf(shap))},${fixed(middle + offset)}h0`)
  })
  return [...paths]
    .map(([color, d]) => `<path d="${d}" stroke="${color}" stroke-width="${DOT}" stroke-linecap="round" fill="none"/>`)
    .join('')
}

/** Points come rising in their value, so a known number's place among them is its rank; equal numbers share a colour. */
function colorsOf(points: readonly (readonly [FeatureValue, number])[], kind: FeatureExplanation['kind']): string[] {
  const known = points.filter(([value]) => value !== null)
  let color = FIFTHS[0]
  return points.map(([value], i) => {
    if (kind === 'category' || value === null) return NO_ORDER
    if (i === 0 || value !== points[i - 1][0]) color = FIFTHS[Math.min(4, Math.floor((5 * i) / known.length))]
    return color
  })
}

function fixed(pixels: number): string {
  return String(Math.round(pixels * 10) / 10)
}
