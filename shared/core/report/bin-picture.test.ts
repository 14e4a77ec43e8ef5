import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import type { DriftBin } from '../drift/report.ts'
import { binPicture, largestMove } from './bin-picture.ts'
import { BROKEN_WORDS, HOSTILE } from './report.fixture.ts'

const range = (from: number | null, to: number | null, reference: number, current: number): DriftBin => ({
  label: 'x',
  kind: 'range',
  from,
  to,
  reference,
  current,
})
const level = (label: string, reference: number, current: number): DriftBin => {
  return { label, kind: 'level', reference, current }
}

const read = (markup: string) => parseHTML(`<body>${markup}</body>`).document
const textsOf = (markup: string) => [...read(markup).querySelectorAll('text')].map(text => text.textContent)
/** Sizes of the bars in a colour: [width, height]. */
const barsOf = (markup: string, fill: string) =>
  [
    ...(read(markup).querySelector(`path[fill="${fill}"]`)?.getAttribute('d') ?? '').matchAll(/h([\d.]+)v-([\d.]+)/g),
  ].map(([, width, height]) => [Number(width), Number(height)])

test('bars of ranges are as high as their shares, and the bounds stand between them', () => {
  const { markup } = binPicture(
    [range(null, 1.5, 0.2, 0.1), range(1.5, 12.345, 0.5, 0.5), range(12.345, null, 0.3, 0.4)],
    'a',
  )
  const [before, now] = [barsOf(markup, 'var(--before)'), barsOf(markup, 'var(--first)')]
  expect(before[0][1] / before[1][1]).toBeCloseTo(0.4, 1)
  expect(now[2][1] / now[0][1]).toBeCloseTo(4, 1)
  expect(textsOf(markup)).toEqual(['50\u00a0%', '1.5', '12.3'])
})

test('bounds that are nearly equal get as many digits as tell them apart', () => {
  const { markup } = binPicture(
    [range(null, 1000.1, 0.5, 0.5), range(1000.1, 1000.2, 0.2, 0.2), range(1000.2, null, 0.3, 0.3)],
    'a',
  )
  expect(textsOf(markup).slice(1)).toEqual(['1000.1', '1000.2'])
})

test('a bin of one value has the value in its middle, and missing values have their word', () => {
  const bins: DriftBin[] = [
    range(null, 0, 0.1, 0),
    { ...range(0, 0, 0.8, 0.7), equal: true },
    range(0, null, 0.1, 0.2),
    { label: 'missing', kind: 'missing', reference: 0, current: 0.1 },
  ]
  expect(textsOf(binPicture(bins, 'a').markup)).toEqual(['80\u00a0%', '0', 'missing'])
})

test('levels stand one below the other with names and shares; beyond eight the least moved ones are one row', () => {
  const { markup } = binPicture([level(HOSTILE, 0.75, 0.5), level('B', 0.25, 0.5)], HOSTILE)
  expect(barsOf(markup, 'var(--first)').map(([width]) => width)).toEqual([
    barsOf(markup, 'var(--first)')[0][0],
    barsOf(markup, 'var(--first)')[0][0],
  ])
  expect(textsOf(markup)).toEqual(expect.arrayContaining(['B', '25\u00a0% → 50\u00a0%']))
  expect(read(markup).querySelectorAll('script')).toHaveLength(0)
  const many = Array.from({ length: 12 }, (_, i) => level(`l${i}`, 1 / 12, i === 3 ? 0.5 : 0.5 / 11))
  const names = textsOf(binPicture(many, 'a').markup).filter(text => !text?.includes('→'))
  expect(names).toHaveLength(8)
  expect(names).toContain('l3')
  expect(names.at(-1)).toBe('all others')
})

test('whatever the bins are, the picture is whole: no NaN, nothing outside of it', () => {
  const bound = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null })
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const bins = fc.array(
    fc.oneof(
      fc.record({
        label: fc.string(),
        kind: fc.constant('range' as const),
        from: bound,
        to: bound,
        reference: share,
        current: share,
      }),
      fc.record({
        label: fc.string(),
        kind: fc.constantFrom('level' as const, 'missing' as const),
        reference: share,
        current: share,
      }),
    ),
    { maxLength: 14 },
  )
  fc.assert(
    fc.property(bins, some => {
      const { markup } = binPicture(some, 'a')
      for (const tag of markup.match(/<[^>]+>/g) ?? []) expect(tag).not.toMatch(BROKEN_WORDS)
      for (const text of read(markup).querySelectorAll('text')) {
        const x = Number(text.getAttribute('x'))
        expect(x).toBeGreaterThanOrEqual(0)
        expect(x).toBeLessThanOrEqual(260)
      }
    }),
  )
  expect(binPicture([], 'a').markup).toBe('')
})

test('the largest move is named with both shares', () => {
  expect(largestMove([level('A', 0.5, 0.4), level('B', 0.5, 0.65)])).toBe('B: 50.0\u00a0% → 65.0\u00a0%')
  expect(largestMove([])).toBeUndefined()
})
