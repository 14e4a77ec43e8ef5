import { expect, test } from 'vitest'
import { codeMarkdown, escapeMarkdown, proseMarkdown, tableMarkdown } from './markdown.ts'

test('markup is escaped, names with underscores stay as they are, and a line stays one line', () => {
  expect(escapeMarkdown('a_b *c* [d](e) <f> `g` | #h\n\n- i &amp; & j')).toBe(
    'a_b \\*c\\* \\[d\\](e) \\<f\\> \\`g\\` \\| \\#h - i \\&amp; & j',
  )
  expect(escapeMarkdown('_x_ y\u0000z')).toBe('\\_x\\_ y z')
})

test('backticks in a sentence mark code; an odd one is escaped, and code has none inside', () => {
  expect(proseMarkdown('a_1 is *x*: `run --a *b*`')).toBe('a_1 is \\*x\\*: `run --a *b*`')
  expect(proseMarkdown('a ` b')).toBe('a \\` b')
  expect(codeMarkdown('a`\nb')).toBe("`a' b`")
})

test('a table has its header, its rule and its rows', () => {
  expect(tableMarkdown(['a', 'b'], [['1', '2']])).toEqual(['| a | b |', '| --- | --- |', '| 1 | 2 |'])
})
