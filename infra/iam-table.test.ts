/** The IAM table of README.md against what the Terraform files grant. Who reads the table has read every grant there is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { latestDriftSql, type SqlDialect } from '../shared/core/sink/points-sql.ts'
import { featureCountsSql, servedScoresSql, servedVersionsSql } from '../shared/core/sink/served-sql.ts'
import { SINK_TABLE_NAMES } from '../shared/core/sink/sink-tables.ts'
import { argumentOf, type Block, readBlocks } from './terraform-blocks.ts'

const blocks = readBlocks(import.meta.dirname)
const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')

/** Type of resource → its word in the table. */
const WORDS: Readonly<Record<string, string>> = {
  google_artifact_registry_repository: 'images',
  google_bigquery_dataset: 'dataset',
  google_bigquery_table: 'table',
  google_cloud_run_v2_service: 'service',
  google_project_iam_custom_role: 'custom role',
  google_service_account: 'account',
  google_storage_bucket: 'bucket',
}

/** Which argument of a grant says on what it is; a project's grant is on the project. */
const TARGETS: Readonly<Record<string, string>> = {
  google_artifact_registry_repository_iam_member: 'repository',
  google_bigquery_dataset_iam_member: 'dataset_id',
  google_bigquery_table_iam_member: 'table_id',
  google_cloud_run_v2_service_iam_member: 'name',
  google_service_account_iam_member: 'service_account_id',
  google_storage_bucket_iam_member: 'bucket',
}

/** `google_storage_bucket.models.name` → `bucket models`; one of many by its key, all of them as `each`. */
function inWords(reference: string): string {
  const [, type, name, key] = reference.match(/^(google_\w+)\.(\w+)(?:\["?([\w.]+)"?\])?\.\w+$/) ?? []
  if (!WORDS[type]) throw new Error(`${reference} is no reference to ${Object.keys(WORDS).join(', ')}`)
  return `${WORDS[type]} ${key === 'each.key' ? 'each' : (key ?? name)}`
}

const required = (block: Block, name: string): string => {
  const value = argumentOf(block, name)
  if (value === undefined) throw new Error(`${block.labels.join('.')} has no ${name}`)
  return value
}

function whoOf(block: Block): string {
  const member = required(block, 'member')
  const account = member.match(/^"serviceAccount:\$\{(.+)\}"$/)?.[1]
  if (account) return inWords(account).replace('account ', '')
  if (member.startsWith('"principal://')) return 'GitHub'
  const list = required(block, 'for_each').match(/^toset\(var\.(\w+)\)$/)?.[1]
  if (member === 'each.key' && list) return `var.${list}`
  throw new Error(
    `${block.labels.join('.')}: member is ${member}; allowed: one account, the principal, a variable's members`,
  )
}

function grantOf(block: Block): string {
  const [type] = block.labels
  const role = required(block, 'role')
  const target = TARGETS[type]
  return [
    whoOf(block),
    role.startsWith('"') ? JSON.parse(role) : inWords(role),
    type === 'google_project_iam_member' ? 'project' : inWords(required(block, target)),
  ].join(' | ')
}

const isGrant = ({ kind, labels }: Block) => kind === 'resource' && /_iam_(member|binding|policy)$/.test(labels[0])

test('the IAM table of the README has the grants of the files, all of them and no other', () => {
  const section = readme.slice(readme.indexOf('## Who may do what'), readme.indexOf('## Environment'))
  const rows = [...section.matchAll(/^\| `(.+?)` \| `(.+?)` \| (.+?) \| .+ \|$/gm)]
  const listed = rows.map(([, who, role, target]) => [who, role, target].join(' | '))
  expect(listed.length).toBeGreaterThan(20)
  expect(listed.sort()).toEqual(blocks.filter(isGrant).map(grantOf).sort())
})

test('every grant adds one member: no resource takes over a whole role or policy', () => {
  expect(blocks.filter(isGrant).filter(({ labels }) => !labels[0].endsWith('_iam_member'))).toEqual([])
})

test('no grant is to everyone, and none is of a basic role or of an administrator', () => {
  const broad = blocks
    .filter(isGrant)
    .map(grantOf)
    .filter(grant => /allUsers|allAuthenticatedUsers|roles\/(owner|editor|viewer)\b|admin\b/i.test(grant))
  expect(broad).toEqual([])
})

test('every service account is granted something and runs something: none is left over', () => {
  const text = blocks.map(({ body }) => body).join('\n')
  const accounts = blocks.filter(({ labels }) => labels[0] === 'google_service_account')
  expect(accounts.length).toBe(4)
  for (const { labels } of accounts) expect(text).toContain(`google_service_account.${labels[1]}`)
})

test('every table of the sink has somebody who may write to it: a row that nobody may write is lost', () => {
  const written = blocks
    .filter(isGrant)
    .map(grantOf)
    .flatMap(grant => grant.match(/\| custom role row_writer \| table (\w+)$/)?.[1] ?? [])
  expect(written.sort()).toEqual([...SINK_TABLE_NAMES].sort())
})

test('drift may read the tables that its statements name, and no other', () => {
  const named = new Set<string>()
  const dialect: SqlDialect = {
    table(name) {
      named.add(name)
      return name
    },
    hour: text => text,
    timeParameter: text => text,
  }
  for (const statement of [servedVersionsSql, servedScoresSql, featureCountsSql, latestDriftSql]) statement(dialect)
  const readable = blocks
    .filter(isGrant)
    .map(grantOf)
    .flatMap(grant => grant.match(/^drift \| roles\/bigquery\.dataViewer \| table (\w+)$/)?.[1] ?? [])
  expect(readable.sort()).toEqual([...named].sort())
})
