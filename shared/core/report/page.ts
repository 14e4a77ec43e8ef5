/**
 * The frame of every page: one file without script or anything fetched (its own policy forbids both), for wide and narrow
 * screens, light and dark, and paper. A summary stands first, for a person in a hurry.
 */
import { type Html, html, trusted } from './html.ts'
import { PAGE_STYLE } from './page-style.ts'

export interface PageContent {
  /** What the page is about, for the tab and the heading. */
  readonly title: string
  /** What kind of page it is, above the heading. */
  readonly kind: string
  /** One sentence under the heading. */
  readonly lead: Html
  readonly tiles: readonly Tile[]
  /** What to look at, most important first. */
  readonly lookAt: readonly Html[]
  /** Said where nothing stands out. */
  readonly nothingToLookAt: string
  readonly sections: readonly PageSection[]
}

/** One number of the summary. */
export interface Tile {
  readonly name: string
  readonly value: string
  /** What to hold the number against. */
  readonly note: string
}

export interface PageSection {
  readonly title: string
  readonly body: readonly Html[]
}

export function renderPage(content: PageContent): string {
  const { title, kind, lead, tiles, sections } = content
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${kind}</title>
<style>${trusted(PAGE_STYLE)}</style>
</head>
<body>
<header>
<p class="kind">${kind}</p>
<h1>${title}</h1>
<p class="lead">${lead}</p>
</header>
<main>
<section aria-label="Summary" class="summary">
<dl class="tiles">${tiles.map(tileHtml)}</dl>
${lookAtHtml(content)}
</section>
<nav aria-label="Sections">${sections.map((section, i) => html`<a href="#section-${String(i + 1)}">${section.title}</a> `)}</nav>
${sections.map(
  (section, i) => html`<section id="section-${String(i + 1)}">
<h2>${section.title}</h2>
${section.body}
</section>
`,
)}</main>
</body>
</html>
`.markup
}

function tileHtml({ name, value, note }: Tile): Html {
  return html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="note">${note}</dd></div>`
}

function lookAtHtml({ lookAt, nothingToLookAt }: PageContent): Html {
  if (lookAt.length === 0) return html`<p class="look-at">${nothingToLookAt}</p>`
  return html`<h2>What to look at</h2>
<ul class="look-at">${lookAt.map(line => html`<li>${line}</li>`)}</ul>`
}

export interface TableContent {
  readonly caption: string
  readonly columns: readonly TableColumn[]
  /** One cell per column; the first one heads the row. */
  readonly rows: readonly (readonly (Html | string)[])[]
}

export interface TableColumn {
  readonly name: string
  /** Numbers stand flush right, in digits of equal width. */
  readonly isNumber?: boolean
  /** Sentences keep a width that can be read; the table scrolls instead. */
  readonly isProse?: boolean
}

/** A table that scrolls within itself where it is wider than the screen. */
export function tableHtml({ caption, columns, rows }: TableContent): Html {
  const classOf = ({ isNumber, isProse }: TableColumn) =>
    isNumber ? html` class="number"` : isProse ? html` class="prose"` : html``
  const cell = (content: Html | string, column: TableColumn, i: number) =>
    i === 0 ? html`<th scope="row"${classOf(column)}>${content}</th>` : html`<td${classOf(column)}>${content}</td>`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption><span>${caption}</span></caption>
<thead><tr>${columns.map(column => html`<th scope="col"${classOf(column)}>${column.name}</th>`)}</tr></thead>
<tbody>
${rows.map(
  cells => html`<tr>${cells.map((content, i) => cell(content, columns[i], i))}</tr>
`,
)}</tbody>
</table></div>
`
}

export interface FigureContent {
  readonly title: string
  /** What the picture shows, in one sentence. */
  readonly text: Html | string
  readonly picture: Html
}

export function figureHtml({ title, text, picture }: FigureContent): Html {
  return html`<figure><figcaption><strong>${title}</strong> ${text}</figcaption>${picture}</figure>
`
}

export function figuresHtml(figures: readonly Html[]): Html {
  return html`<div class="figures">${figures}</div>
`
}

/** What stands beside pictures, over the room of two where there is room. */
export function besideHtml(content: readonly Html[]): Html {
  return html`<div class="beside">${content}</div>`
}

/** What stands beside pictures, in the room of one. */
export function cellHtml(content: readonly Html[]): Html {
  return html`<div class="cell">${content}</div>`
}

/** Terms with their definitions. */
export function definitionsHtml(entries: readonly (readonly [term: string, definition: string])[]): Html {
  return html`<dl class="definitions">${entries.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl>
`
}
