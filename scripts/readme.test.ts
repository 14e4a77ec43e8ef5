import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { OPTIONS } from '../functions/config.ts'
import manifest from '../package.json' with { type: 'json' }

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')

test('the README lists exactly the environment variables that are read, with their defaults and words', () => {
  const section = readme.slice(readme.indexOf('## Environment'), readme.indexOf('## Your own dataset'))
  const listed = [...section.matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| (.+) \|$/gm)].map(
    ([, name, fallback = '', text]) => ({ name, fallback, text }),
  )
  const read = Object.values(OPTIONS)
  expect(listed.map(({ name, fallback }) => ({ name, fallback }))).toEqual(
    read.map(option => ({ name: option.name, fallback: option.default })),
  )
  read.forEach((option, i) => {
    expect(listed[i].text).toContain(option.description)
  })
})

test('the README lists every npm script', () => {
  const missing = Object.keys(manifest.scripts).filter(name => !new RegExp(`npm (run )?${name}\\b`).test(readme))
  expect(missing).toEqual([])
})

test('every file that the README and CONTRIBUTING name is there', () => {
  const contributing = readFileSync(resolve(import.meta.dirname, '../CONTRIBUTING.md'), 'utf8')
  const named = [
    ...`${readme}\n${contributing}`.matchAll(/`((?:shared|scripts|functions|infra|\.ci)\/[\w./-]+)`/g),
  ].map(match => match[1])
  expect(named.length).toBeGreaterThan(8)
  expect(named.filter(path => !existsSync(resolve(import.meta.dirname, '..', path)))).toEqual([])
})
