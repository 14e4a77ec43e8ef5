/** The commands of README.md's bring-up against what they name: scripts, options, accounts, outputs, variables, files. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { rollOutCommand } from '../scripts/roll-out.ts'
import { argumentOf, readBlocks } from './terraform-blocks.ts'

const ROOT = join(import.meta.dirname, '..')
const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
const bringUp = readme.slice(readme.indexOf('## Bring-up'), readme.indexOf('## Checked, and not'))
const blocks = readBlocks(import.meta.dirname)
const labelled = (kind: string) => blocks.filter(block => block.kind === kind).map(({ labels }) => labels[0])

const namesOf = (pattern: RegExp) => [...new Set([...bringUp.matchAll(pattern)].map(([, name]) => name))]

test('the npm scripts of the bring-up are there, and roll-out takes the options that it is given', () => {
  const scripts = namesOf(/npm run ([\w:-]+)/g)
  expect(scripts).toEqual(['data', 'train', 'build', 'roll-out'])
  expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(scripts))
  const [, command] = bringUp.match(/npm run roll-out -- ((?:\\\n|.)*)\n/) ?? []
  const options = [...(command ?? '').matchAll(/--([\w-]+)/g)].map(([, name]) => name)
  expect(options.length).toBeGreaterThan(6)
  expect(Object.keys(rollOutCommand.options)).toEqual(expect.arrayContaining(options))
})

test('the accounts and the outputs of the bring-up are those that Terraform makes', () => {
  const accounts = blocks
    .filter(({ labels }) => labels[0] === 'google_service_account')
    .map(block => argumentOf(block, 'account_id')?.slice(1, -1))
  expect(namesOf(/([\w-]+)@PROJECT\.iam/g)).toEqual(['treeline-deployer', 'treeline-builder'])
  expect(accounts).toEqual(expect.arrayContaining(namesOf(/([\w-]+)@PROJECT\.iam/g)))
  expect(namesOf(/output (?:-raw )?(\w+)/g)).toEqual(['registry', 'github_variables'])
  expect(labelled('output')).toEqual(expect.arrayContaining(namesOf(/output (?:-raw )?(\w+)/g)))
})

test('the variables that the bring-up has to be filled in stand in both tfvars files', () => {
  for (const variable of ['project', 'trainers', 'deployers', 'predict_callers', 'repository_id']) {
    expect(bringUp).toMatch(new RegExp(variable === 'project' ? "project's id" : `\`${variable}\``))
    for (const file of ['dev.tfvars', 'prod.tfvars']) {
      expect(readFileSync(join(import.meta.dirname, file), 'utf8')).toMatch(new RegExp(`^${variable} +=`, 'm'))
    }
  }
})

test('the request that the bring-up ends with is there', () => {
  const [file] = namesOf(/-d @(\S+)/g)
  expect(existsSync(join(ROOT, file))).toBe(true)
})

test('the state of one environment is never offered to the next one that is set up from the same folder', () => {
  const inits = bringUp.split('\n').filter(line => /terraform .*\binit\b/.test(line))
  expect(inits).toEqual([expect.stringContaining(' init -reconfigure -backend-config=bucket=PROJECT-terraform')])
})
