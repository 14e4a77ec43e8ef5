/** The sink's tables as each engine declares them: SQL for SQLite, JSON for BigQuery's tables.insert and Terraform. */
import {
  type ColumnType,
  columnsOf,
  expiryDays,
  SINK_TABLE_NAMES,
  SINK_TABLES,
  type SinkTableName,
} from './sink-tables.ts'

const SQLITE_TYPES: Readonly<Record<ColumnType, string>> = {
  time: 'TEXT',
  text: 'TEXT',
  integer: 'INTEGER',
  number: 'REAL',
}

/** Creates what is not there yet. */
export function sqliteSchema(): string {
  return SINK_TABLE_NAMES.flatMap(table => {
    const columns = columnsOf(table).map(
      ([name, { type, nullable }]) => `"${name}" ${SQLITE_TYPES[type]}${nullable ? '' : ' NOT NULL'}`,
    )
    const indexed = SINK_TABLES[table].indexedBy.map(name => `"${name}"`).join(', ')
    return [
      `CREATE TABLE IF NOT EXISTS "${table}" (${columns.join(', ')}) STRICT;`,
      `CREATE INDEX IF NOT EXISTS "${table}_rows" ON "${table}" (${indexed});`,
    ]
  }).join('\n')
}

const BIGQUERY_TYPES: Readonly<Record<ColumnType, string>> = {
  time: 'TIMESTAMP',
  text: 'STRING',
  integer: 'INTEGER',
  number: 'FLOAT',
}

/** A table as the BigQuery API describes one: partitioned by day, clustered, every column with its meaning. */
export interface BigQueryTable {
  readonly description: string
  readonly schema: {
    readonly fields: readonly {
      readonly name: string
      readonly type: string
      readonly mode: 'REQUIRED' | 'NULLABLE'
      readonly description: string
    }[]
  }
  readonly timePartitioning: {
    readonly type: 'DAY'
    readonly field: 'time'
    /** A whole number, as text. */
    readonly expirationMs?: string
  }
  readonly clustering: { readonly fields: readonly string[] }
}

export function bigQueryTable(table: SinkTableName): BigQueryTable {
  const { description, clusteredBy } = SINK_TABLES[table]
  const days = expiryDays(table)
  return {
    description,
    schema: {
      fields: columnsOf(table).map(([name, column]) => ({
        name,
        type: BIGQUERY_TYPES[column.type],
        mode: column.nullable ? 'NULLABLE' : 'REQUIRED',
        description: column.description,
      })),
    },
    timePartitioning: {
      type: 'DAY',
      field: 'time',
      ...(days === undefined ? {} : { expirationMs: String(days * 86_400_000) }),
    },
    clustering: { fields: clusteredBy },
  }
}
