import { expect, test } from 'vitest'
import { PAGE_STYLE } from './page-style.ts'

/** Relative luminance of a colour, by WCAG 2.2. */
function luminance(hex: string): number {
  const digits = hex.length === 4 ? [...hex.slice(1)].map(digit => digit + digit).join('') : hex.slice(1)
  const [red, green, blue] = [0, 2, 4].map(start => {
    const share = Number.parseInt(digits.slice(start, start + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

const [light, dark] = [...PAGE_STYLE.matchAll(/:root\{([^}]*--ink[^}]*)\}/g)].map(
  match => new Map([...match[1].matchAll(/--([a-z-]+):(#[0-9a-f]+)/g)].map(([, name, color]) => [name, color])),
)

test.each([
  ['light', light],
  ['dark', dark],
])('%s: text and lines have a contrast of 4.5 : 1 on every ground, bars of the reference 1.5 : 1', (_, colors) => {
  const color = (name: string) => {
    const found = colors.get(name)
    if (found === undefined) throw new Error(`the style has no colour --${name}`)
    return found
  }
  for (const ground of ['paper', 'panel', 'alarm-panel']) {
    for (const text of ['ink', 'muted', 'first', 'second', 'third', 'alarm']) {
      expect(contrast(color(text), color(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
    expect(contrast(color('before'), color(ground))).toBeGreaterThanOrEqual(1.5)
    expect(contrast(color('before'), color('first'))).toBeGreaterThanOrEqual(1.5)
  }
})

test('dark is for screens only: paper is light', () => {
  expect(PAGE_STYLE).toContain('@media screen and (prefers-color-scheme:dark)')
  expect(PAGE_STYLE.match(/prefers-color-scheme/g)).toHaveLength(1)
})
