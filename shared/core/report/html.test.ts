import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { escapeHtml, html, proseHtml, trusted } from './html.ts'

test('text is escaped, in elements and in attributes; markup and lists of markup are not', () => {
  const name = `<b a="1">'&`
  const { markup } = html`<p title="${name}">${name}${html`<i>${'<'}</i>`}${[html`<u></u>`, 'x', undefined]}</p>`
  expect(markup).toBe(
    '<p title="&lt;b a=&quot;1&quot;&gt;&#39;&amp;">&lt;b a=&quot;1&quot;&gt;&#39;&amp;<i>&lt;</i><u></u>x</p>',
  )
})

test('whatever a text is, a page that holds it has no other element, and reads it back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const { document } = parseHTML(html`<div title="${text}">${text}</div>`.markup)
      expect(document.querySelectorAll('*')).toHaveLength(1)
      expect(document.querySelector('div')?.getAttribute('title')).toBe(document.querySelector('div')?.textContent)
    }),
  )
})

test('control characters and halves of characters become U+FFFD', () => {
  expect(escapeHtml('a\u0000b\u001bc\nd\ud800')).toBe('a\ufffdb\ufffdc\nd\ufffd')
})

test('backticks mark code, of which no word is broken; an odd one stays what it is', () => {
  expect(proseHtml('do `run --x <y>` now').markup).toBe(
    'do <code><span>run</span> <span>--x</span> <span>&lt;y&gt;</span></code> now',
  )
  expect(proseHtml('a ` b').markup).toBe('a ` b')
  expect(trusted('<hr>').markup).toBe('<hr>')
})
