/** Markdown with names and sentences from elsewhere in it: nothing in them may become markup or a new line. */

/** Text for a paragraph, a list or a table cell. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/[\s\p{Cc}]+/gu, ' ')
      // Within a word an underscore is no markup, and an & only begins something before a letter or #.
      .replace(/[\\`*{}[\]<>|#~]|(?<!\w)_|_(?!\w)|&(?=[#\w])/g, '\\$&')
  )
}

/** A sentence in which `backticks` mark code, which Markdown knows too; the rest is escaped. */
export function proseMarkdown(sentence: string): string {
  const pieces = sentence.split('`')
  if (pieces.length % 2 === 0) return escapeMarkdown(sentence)
  return pieces.map((piece, i) => (i % 2 === 0 ? escapeMarkdown(piece) : codeMarkdown(piece))).join('')
}

/** Code in backticks, whatever it holds. In a table a | inside code would still end the cell, so it is left out there. */
export function codeMarkdown(code: string): string {
  return `\`${code.replace(/[\s\p{Cc}]+/gu, ' ').replaceAll('`', "'")}\``
}

export function tableMarkdown(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)]
}
