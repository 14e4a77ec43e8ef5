import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROW_EXPIRY_DAYS } from '../shared/core/sink/sink-tables.ts'
import { tablesJson } from './write-tables.ts'

test('the tables that Terraform makes have the columns that the code writes (after a change: node infra/write-tables.ts)', () => {
  expect(readFileSync(join(import.meta.dirname, 'tables.json'), 'utf8')).toBe(tablesJson())
})

test('predictions are kept in Google Cloud as long as anywhere else, unless an environment says otherwise', () => {
  const variables = readFileSync(join(import.meta.dirname, 'variables.tf'), 'utf8')
  const [, days] = /variable "retention_days" \{[^}]*?default\s*=\s*(\d+)/.exec(variables) ?? []
  expect(Number(days)).toBe(ROW_EXPIRY_DAYS)
})
