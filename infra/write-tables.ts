/** Writes tables.json, from which Terraform makes the BigQuery tables: node infra/write-tables.ts, after a column changed. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { SINK_TABLE_NAMES } from '../shared/core/sink/sink-tables.ts'
import { bigQueryTable } from '../shared/core/sink/table-schemas.ts'

/** The text of tables.json. */
export function tablesJson(): string {
  return `${JSON.stringify(Object.fromEntries(SINK_TABLE_NAMES.map(name => [name, bigQueryTable(name)])), null, 2)}\n`
}

if (import.meta.main) writeFileSync(resolve(import.meta.dirname, 'tables.json'), tablesJson())
