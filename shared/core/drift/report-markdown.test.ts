import { expect, test } from 'vitest'
import { compareProfiles } from './compare.ts'
import { servedReport, smallContract, smallTable, tableOf } from './drift.fixture.ts'
import { makeProfile, type ProfileOptions } from './profile.ts'
import { driftMarkdown } from './report-markdown.ts'
import { SERVED_NOT_TOLD } from './served-sample.ts'

const sources = {
  reference: { kind: 'table', source: 'ref.csv' },
  current: { kind: 'table', source: 'new|<b>.csv' },
} as const

function markdown(
  current = smallTable(800, { seed: 2, shift: 10 }),
  options: [ProfileOptions, ProfileOptions] = [{}, {}],
) {
  return driftMarkdown(
    compareProfiles(
      makeProfile(smallTable(800), smallContract, options[0]),
      makeProfile(current, smallContract, options[1]),
      { contract: smallContract, createdAt: '2026-01-01T00:00:00.000Z', sources, modelVersion: 'v1' },
    ),
  )
}

test('the verdict is the first line, what moved comes next, and every feature has a row', () => {
  const text = markdown()
  expect(text.split('\n')[0]).toBe('# Drift of small: 1 of 4 features above PSI 0.2')
  expect(text).toMatch(/- \*\*months\*\*: PSI \d\.\d{3} \(chance alone: up to 0\.\d{3}\); mean [\d.]+ → [\d.]+$/m)
  for (const { name } of smallContract.features) expect(text).toMatch(new RegExp(`^\\| ${name} \\|`, 'm'))
  expect(text).toContain('Not compared: no model scored both samples.')
})

test('without drift it says so in the first line', () => {
  expect(markdown(smallTable(800, { seed: 5 })).split('\n')[0]).toBe('# Drift of small: no feature above PSI 0.2')
})

test('nothing from a file becomes markup: names of files, levels', () => {
  const current = tableOf({ months: [1], usage: [1], plan: ['<img>\n# x'], region: ['|'] })
  const text = markdown(current)
  expect(text).toContain('new\\|\\<b\\>.csv')
  expect(text).not.toMatch(/[^\\]<img|^# x/m)
})

test('predictions are a table of both sides', () => {
  const scores = { scores: [0.2, 0.8, 0.6], labels: [0, 1, 1], threshold: 0.5 }
  const text = markdown(undefined, [{ scores }, { scores: { ...scores, labels: undefined } }])
  expect(text).toContain('| called positive | 66.7 % | 66.7 % |')
  expect(text).toContain('| positive labels | 66.7 % | no labels |')
})

test('no NaN, undefined or null ever shows', () => {
  const empty = tableOf({ months: [null], usage: [null], plan: ['A'], region: ['r'] })
  expect(markdown(empty).split('## Definitions')[0]).not.toMatch(/NaN|undefined|null|Infinity/)
})

test('what was served: since when, why some numbers are missing, and a test for every feature', () => {
  const text = driftMarkdown(servedReport(smallTable(800), smallTable(800, { seed: 2, shift: 10 })))
  expect(text).toContain(
    'served by v1 from 2026-01-01T00:00:00.000Z to 2026-01-08T00:00:00.000Z (800 rows) against v1 (',
  )
  expect(text).toContain(`\n\n${SERVED_NOT_TOLD}\n\n`)
  expect(text).toMatch(
    /- \*\*months\*\*: PSI \d\.\d{3} \(chance alone: up to 0\.\d{3}\); "[^"]+" [\d.]+ % → [\d.]+ %$/m,
  )
  for (const { name } of smallContract.features) {
    expect(text).toMatch(new RegExp(`^\\| ${name} \\|.*\\| V 0\\.\\d{3} \\| (< )?0\\.\\d{4} \\|`, 'm'))
  }
  expect(text).toMatch(/^\| called positive \| [\d.]+ % \| [\d.]+ % \|$/m)
})
