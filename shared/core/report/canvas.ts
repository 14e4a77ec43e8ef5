/**
 * Observable Plot drawing into linkedom's document: options in, SVG text out. Both are large, so they are loaded with the
 * first picture. Pictures carry no ids and no style of their own: page-style.ts has the colours, as CSS variables.
 */
import type * as Plot from '@observablehq/plot'
import { escapeHtml, type Html, trusted } from './html.ts'

export type PlotLibrary = typeof Plot

/** The parts of a picture. Pixels are those of a width of 340; pages scale it. */
export interface Drawing {
  /** What the picture says, for people who do not see it. */
  readonly label: string
  readonly height: number
  readonly marginTop?: number
  readonly marginRight?: number
  readonly marginBottom?: number
  readonly marginLeft?: number
  readonly x?: Plot.ScaleOptions
  readonly y?: Plot.ScaleOptions
  readonly fx?: Plot.ScaleOptions
  readonly marks: Plot.Markish[]
}

export interface Canvas {
  readonly plot: PlotLibrary
  draw(drawing: Drawing): Html
}

export const CANVAS_WIDTH = 340

export async function openCanvas(): Promise<Canvas> {
  const [plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')])
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  return {
    plot,
    draw({ label, ...options }) {
      const svg = plot.plot({
        document,
        width: CANVAS_WIDTH,
        marginTop: 24,
        marginRight: 14,
        marginBottom: 34,
        marginLeft: 34,
        className: 'plot',
        ...options,
      })
      svg.querySelector('style')?.remove()
      return trusted(withLabel(svg.outerHTML, label))
    },
  }
}

/**
 * The label is put in by our own rule, for linkedom leaves & in attributes as it is. Inside tags, and never in text, go
 * what no reader gets to hear under role="img" and fractions of a pixel that no eye sees.
 */
function withLabel(svg: string, label: string): string {
  const lean = svg.replace(/<[^>]+>/g, tag =>
    tag.replace(/ aria-(?:label|hidden|description)="[^"]*"/g, '').replace(/(\.\d\d)\d+/g, '$1'),
  )
  return lean.replace('<svg', () => `<svg role="img" aria-label="${escapeHtml(label)}"`)
}

/** Ticks and labels of an axis of shares, 0 to 1. */
export const SHARE_AXIS = Object.freeze({
  domain: [0, 1],
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
  tickFormat: (share: number) => (Number.isInteger(share) ? String(share) : share.toFixed(1)),
  labelArrow: 'none',
  grid: true,
} as const)
