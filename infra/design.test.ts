/** What design_gcp.md counts and adds up, against the code and the files. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SINK_TABLE_NAMES } from '../shared/core/sink/sink-tables.ts'
import { readBlocks } from './terraform-blocks.ts'

const design = readFileSync(join(import.meta.dirname, '../design_gcp.md'), 'utf8')
const NUMBERS = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]

test('design_gcp.md names and counts the tables that the sink has', () => {
  const [, listed] = design.match(/BigQuery: ([\w, ]+) ◄/) ?? []
  expect(listed.split(', ').sort()).toEqual([...SINK_TABLE_NAMES].sort())
  expect(design).toContain(`One dataset, ${NUMBERS[SINK_TABLE_NAMES.length]} tables`)
})

test('design_gcp.md lists as many alerts as Terraform makes, and infra/README.md counts them', () => {
  const policies = readBlocks(import.meta.dirname).filter(
    ({ labels }) => labels[0] === 'google_monitoring_alert_policy',
  )
  const [, listed] = design.match(/Alerts: ([^.]+)\./) ?? []
  expect(listed.split(', ')).toHaveLength(policies.length)
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  expect(readme).toContain(`${NUMBERS[policies.length]} alerts`)
})

test('design_gcp.md counts the accounts that Terraform makes: one a function, and the others', () => {
  const accounts = readBlocks(import.meta.dirname).filter(({ labels }) => labels[0] === 'google_service_account')
  const count = 4 + accounts.filter(({ labels }) => labels[1] !== 'function').length
  expect(design.toLowerCase()).toContain(`${NUMBERS[count]} accounts`)
})

test('the costs of design_gcp.md add up', () => {
  const rows = [...design.matchAll(/^\| (.+?) \|.*\| \**\$([\d.]+)\** \| \**\$([\d.]+)\** \|$/gm)]
  expect(rows.map(([, part]) => part)).toEqual(['requests', 'CPU and memory', 'predictions table', 'logs', '**sum**'])
  for (const column of [2, 3]) {
    const costs = rows.map(row => Number(row[column]))
    expect(costs.slice(0, -1).reduce((sum, cost) => sum + cost, 0)).toBeCloseTo(costs.at(-1) ?? 0, 5)
  }
})

test('design_gcp.md is one page', () => {
  expect(design.split('\n').length).toBeLessThanOrEqual(60)
  expect(design.split(/\s+/).length).toBeLessThanOrEqual(750)
})
