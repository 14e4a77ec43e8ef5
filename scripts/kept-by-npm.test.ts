import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Command, OptionTable } from './cli.ts'
import { isKeptByNpm } from './kept-by-npm.ts'

test('an option typed before the bare -- is known from what npm passes on, except where npm has one of that name', () => {
  // As npm 11 does for: npm run drift --fail-on-drift --new=today.csv --json
  const environment = { npm_config_fail_on_drift: 'true', npm_config_new: 'today.csv', npm_config_json: 'true' }
  const names = ['fail-on-drift', 'new', 'out', 'json']
  expect(names.filter(name => isKeptByNpm(name, environment))).toEqual(['fail-on-drift', 'new'])
})

test('an option of npm itself, as an .npmrc may set it, stops no command that has one of that name', async () => {
  const isCommand = (name: string) => {
    return (
      /^[a-z-]+\.ts$/.test(name) &&
      /Command = defineCommand/.test(readFileSync(join(import.meta.dirname, name), 'utf8'))
    )
  }
  const names = readdirSync(import.meta.dirname).filter(isCommand)
  const modules = await Promise.all(names.map(name => import(join(import.meta.dirname, name))))
  const commands = modules.flatMap(module => Object.values<Command<OptionTable>>(module))
  const ofNpm = JSON.parse(execFileSync('npm', ['config', 'ls', '--long', '--json'], { encoding: 'utf8' }))
  const shared = commands.flatMap(({ options = {} }) => Object.keys(options)).filter(name => Object.hasOwn(ofNpm, name))
  expect(new Set(shared)).toEqual(new Set(['audit', 'force']))
  expect(shared.filter(name => isKeptByNpm(name, { [`npm_config_${name}`]: '' }))).toEqual([])
})
