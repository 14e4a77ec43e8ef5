import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { OPTIONS } from '../functions/config.ts'
import manifest from '../package.json' with { type: 'json' }
import { expiryDays, SINK_TABLE_NAMES } from '../shared/core/sink/sink-tables.ts'

const read = (name: string) => readFileSync(resolve(import.meta.dirname, '..', name), 'utf8')
const [readme, contributing] = [read('README.md'), read('CONTRIBUTING.md')]

test('the README lists exactly the environment variables that are read, with their defaults and words', () => {
  const section = readme.split('\n## ').find(text => text.startsWith('Environment\n'))!
  const listed = [...section.matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| (.+) \|$/gm)].map(
    ([, name, fallback = '', text]) => ({ name, fallback, text }),
  )
  const options = Object.values(OPTIONS)
  expect(listed.map(({ name, fallback }) => ({ name, fallback }))).toEqual(
    options.map(option => ({ name: option.name, fallback: option.default })),
  )
  options.forEach((option, i) => {
    expect(listed[i].text).toContain(option.description)
  })
})

test('the README lists every npm script, CONTRIBUTING those for work on Treeline itself', () => {
  const listed = /`npm (?:run )?([\w:-]+)`/g
  const rows = [...`${readme}\n${contributing}`.matchAll(listed)].map(([, name]) => name)
  const missing = Object.keys(manifest.scripts).filter(name => !rows.includes(name))
  expect(missing).toEqual([])
})

test('the README names the tables whose rows expire, and after how many days', () => {
  const [, listed = '', days] = readme.match(/\. ([\w, \n]+)\sare kept for (\d+) days/) ?? []
  const expiring = SINK_TABLE_NAMES.filter(table => expiryDays(table) !== undefined)
  const named = listed.toLowerCase().split(/, | and |,\n/)
  expect(named.map(name => name.trim().replace(/\s/, '_')).sort()).toEqual(expiring.sort())
  expect(expiring.map(table => expiryDays(table))).toEqual(expiring.map(() => Number(days)))
})

test('every file that the README and CONTRIBUTING name is there', () => {
  const linked = /(?:`|\]\()((?:shared|scripts|functions|infra|docs|\.ci)\/[\w./-]+)[`)]/g
  const named = [...`${readme}\n${contributing}`.matchAll(linked)].map(match => match[1])
  expect(named.length).toBeGreaterThan(8)
  expect(named.filter(path => !existsSync(resolve(import.meta.dirname, '..', path)))).toEqual([])
})
