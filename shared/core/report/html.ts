/**
 * HTML that is safe by construction: text becomes markup only through `html`, which escapes every part that is not markup
 * already. Names in pages come from contracts and tables, so nothing is ever put together with `+`.
 */

export interface Html {
  readonly markup: string
}

/** Text is escaped; undefined is nothing. Numbers are no parts: number-text.ts says them first, so no NaN gets through. */
export type HtmlPart = Html | string | undefined | readonly HtmlPart[]

/** html`<td>${name}</td>`. Attributes stand in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return { markup: strings.reduce((text, string, i) => `${text}${toMarkup(parts[i - 1])}${string}`) }
}

/** Markup made by a library that escapes by itself, or written in this folder. */
export function trusted(markup: string): Html {
  return { markup }
}

/** A sentence in which `backticks` mark code; a line of code breaks between words only, not within `--option`. */
export function proseHtml(sentence: string): Html {
  const pieces = sentence.split('`')
  // An odd number of backticks marks nothing.
  if (pieces.length % 2 === 0) return html`${sentence}`
  return html`${pieces.map((piece, i) => (i % 2 === 0 ? piece : codeHtml(piece)))}`
}

function codeHtml(code: string): Html {
  return html`<code>${code.split(' ').map((word, i) => html`${i === 0 ? '' : ' '}<span>${word}</span>`)}</code>`
}

function toMarkup(part: HtmlPart): string {
  if (part === undefined) return ''
  if (typeof part === 'string') return escapeHtml(part)
  if ('markup' in part) return part.markup
  return part.map(toMarkup).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For element content and for attributes in quotes. Control characters, which no page may hold, become U+FFFD. */
export function escapeHtml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const printable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd')
  return printable.toWellFormed().replace(/[&<>"']/g, character => ENTITIES[character])
}
