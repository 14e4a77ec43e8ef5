/** The environment that Terraform gives the functions against the one that they read. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OPTIONS, parseConfig } from '../functions/config.ts'
import { readBlocks } from './terraform-blocks.ts'

const FOLDER = import.meta.dirname

/** Name → expression, of the map that becomes the `env` of every function. */
function givenEnvironment(): Map<string, string> {
  const bodies = readBlocks(FOLDER).filter(({ kind }) => kind === 'locals')
  const map = bodies.map(({ body }) => body.match(/^ {2}environment = \{\n([\s\S]*?)^ {2}\}$/m)?.[1]).find(Boolean)
  return new Map([...(map ?? '').matchAll(/^ {4}(\w+) += (.+)$/gm)].map(([, name, value]) => [name, value]))
}

function leftToDefaults(): string[] {
  const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8')
  const section = readme.slice(readme.indexOf('## Environment'), readme.indexOf('## Bring-up'))
  return [...section.matchAll(/^\| `([A-Z_]+)` \| .+ \|$/gm)].map(match => match[1])
}

test('every variable that the functions read is set by Terraform or left to its default for a reason in the README', () => {
  const known = [...givenEnvironment().keys(), ...leftToDefaults()]
  expect(known.sort()).toEqual(
    Object.values(OPTIONS)
      .map(({ name }) => name)
      .sort(),
  )
})

test('what Terraform sets is taken by functions/config.ts', () => {
  const examples: Readonly<Record<string, string>> = {
    'var.contract': 'churn',
    'var.log_level': 'info',
    'var.project': 'treeline-prod',
    'local.registry': 'gs://treeline-prod-treeline-models/churn',
    '"bigquery://${var.project}/${google_bigquery_dataset.sink.dataset_id}"': 'bigquery://treeline-prod/treeline',
  }
  const environment = Object.fromEntries([...givenEnvironment()].map(([name, value]) => [name, examples[value]]))
  expect(Object.values(environment)).not.toContain(undefined)
  expect(parseConfig(environment)).toMatchObject({
    contract: 'churn',
    modelUri: 'gs://treeline-prod-treeline-models/churn',
    sinkUri: 'bigquery://treeline-prod/treeline',
  })
})
