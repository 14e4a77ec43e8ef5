import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readContract } from './read-contract.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'read-contract-'))
  await mkdir(join(root, 'data/contracts'), { recursive: true })
})
afterAll(() => rm(root, { recursive: true }))

test('the churn contract of the project is right and has its twelve features in order', async () => {
  const contract = await readContract('churn', { root: fileURLToPath(new URL('../../../', import.meta.url)) })
  expect(contract.target).toMatchObject({ column: 'churned', positive: 1 })
  expect(contract.features.map(({ name, type }) => `${name}: ${type}`)).toEqual([
    'plan_type: category',
    'contract_type: category',
    'autopay: category',
    'is_promo_user: category',
    'add_on_count: integer',
    'tenure_months: integer',
    'monthly_usage_gb: number',
    'avg_latency_ms: number',
    'support_tickets_30d: integer',
    'discount_pct: number',
    'payment_failures_90d: integer',
    'downtime_hours_30d: number',
  ])
  expect(contract.features[2]).toMatchObject({ values: ['Yes', 'No'] })
})

test('a mistake is told with the file it is in, by name and by path', async () => {
  const path = join(root, 'data/contracts/bad.yaml')
  await writeFile(
    path,
    'name: bad\ndata: a.csv\ntarget: { column: y, positive: 1 }\nfeatures: { x: { type: categry } }\n',
  )
  const message = `${path}: features.x.type is "categry"; allowed: category, integer, number`
  await expect(readContract('bad', { root })).rejects.toMatchObject({ code: 'INVALID_CONTRACT', message })
  await expect(readContract('data/contracts/bad.yaml', { root })).rejects.toMatchObject({ message })
})

test('a file that is no YAML is an invalid contract', async () => {
  await writeFile(join(root, 'broken.yaml'), 'a: [1')
  await expect(readContract('broken.yaml', { root })).rejects.toMatchObject({ code: 'INVALID_CONTRACT' })
})
