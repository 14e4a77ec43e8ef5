import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tablesJson } from './write-tables.ts'

test('the tables that Terraform makes have the columns that the code writes (after a change: node infra/write-tables.ts)', () => {
  expect(readFileSync(join(import.meta.dirname, 'tables.json'), 'utf8')).toBe(tablesJson())
})
