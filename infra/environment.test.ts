/** What Terraform gives the functions, the workflow and each environment against what those read. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OPTIONS, parseConfig } from '../functions/config.ts'
import { MAX_BODY_BYTES } from '../shared/adapters/http/endpoint.ts'
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

test('the largest bodies that an instance takes at a time fit into half its memory', () => {
  const text = readFileSync(join(FOLDER, 'functions.tf'), 'utf8')
  const rows = [...text.matchAll(/^ +(\w+) += \{ memory = "(\d+)(Mi|Gi)", .*concurrency = (\d+),/gm)]
  expect(rows.map(([, name]) => name)).toEqual(['predict', 'health', 'drift', 'monitor'])
  for (const [, name, size, unit, concurrency] of rows) {
    const bytes = Number(size) * (unit === 'Gi' ? 2 ** 30 : 2 ** 20)
    expect(Number(concurrency) * MAX_BODY_BYTES, name).toBeLessThanOrEqual(bytes / 2)
  }
})

test.each(['dev', 'prod'])(
  '%s.tfvars sets only variables that there are: Terraform would only warn of another',
  name => {
    const declared = readBlocks(FOLDER)
      .filter(({ kind }) => kind === 'variable')
      .map(({ labels }) => labels[0])
    const text = readFileSync(join(FOLDER, `${name}.tfvars`), 'utf8')
    const set = [...text.matchAll(/^(\w+) += /gm)].map(([, variable]) => variable)
    expect(set).toContain('environment')
    expect(declared).toEqual(expect.arrayContaining(set))
  },
)

test('the workflow deploy reads the variables that Terraform gives out for it', () => {
  const workflow = readFileSync(join(FOLDER, '../.github/workflows/deploy.yml'), 'utf8')
  const read = new Set([...workflow.matchAll(/\$\{\{ vars\.(\w+) \}\}/g)].map(([, variable]) => variable))
  const output = readBlocks(FOLDER).find(({ labels }) => labels[0] === 'github_variables')
  const given = [...(output?.body ?? '').matchAll(/^ {4}(\w+) += /gm)].map(([, variable]) => variable)
  expect(given.length).toBeGreaterThan(4)
  expect([...read].sort()).toEqual(given.sort())
})

test('Terraform leaves code and traffic to the pipeline, and keeps no revision by its name', () => {
  const text = readFileSync(join(FOLDER, 'functions.tf'), 'utf8')
  const [, list] = text.match(/ignore_changes = \[\n([\s\S]*?)^ +\]/m) ?? []
  const left = [...(list ?? '').matchAll(/^ +(\S+),$/gm)].map(([, field]) => field)
  expect(left).toEqual(expect.arrayContaining(['build_config', 'template[0].containers[0].image', 'traffic']))
  expect(left).not.toContain('template[0].revision')
})
