import { expect, test } from 'vitest'
import { SINK_TABLE_NAMES, SINK_TABLES } from './sink-tables.ts'
import { bigQueryTable, sqliteSchema } from './table-schemas.ts'

test('predictions is the table that the documentation promises, for both engines', () => {
  const { schema, timePartitioning, clustering } = bigQueryTable('predictions')
  expect(schema.fields.map(({ name, type, mode }) => `${name} ${type} ${mode}`)).toEqual([
    'time TIMESTAMP REQUIRED',
    'request_id STRING REQUIRED',
    'row_index INTEGER REQUIRED',
    'model_name STRING REQUIRED',
    'model_version STRING NULLABLE',
    'features_hash STRING NULLABLE',
    'score FLOAT NULLABLE',
    'class STRING NULLABLE',
    'latency_ms FLOAT NULLABLE',
    'status INTEGER REQUIRED',
  ])
  expect({ timePartitioning, clustering }).toEqual({
    timePartitioning: { type: 'DAY', field: 'time', expirationMs: String(400 * 24 * 3600 * 1000) },
    clustering: { fields: ['model_version'] },
  })
  expect(sqliteSchema()).toContain(
    'CREATE TABLE IF NOT EXISTS "predictions" ("time" TEXT NOT NULL, "request_id" TEXT NOT NULL, "row_index" INTEGER NOT NULL, "model_name" TEXT NOT NULL, "model_version" TEXT, "features_hash" TEXT, "score" REAL, "class" TEXT, "latency_ms" REAL, "status" INTEGER NOT NULL) STRICT;',
  )
})

test('what is written of single predictions expires, and what is kept as evidence never does', () => {
  const expiring = SINK_TABLE_NAMES.filter(name => bigQueryTable(name).timePartitioning.expirationMs !== undefined)
  expect(expiring).toEqual(['predictions', 'outcomes', 'feature_counts'])
})

test('every table has a time to be partitioned by, clusters and indexes of its own columns, and words for each column', () => {
  for (const table of SINK_TABLE_NAMES) {
    const { columns, clusteredBy, indexedBy, description } = SINK_TABLES[table]
    const names = Object.keys(columns)
    expect(columns.time.type).toBe('time')
    expect([...clusteredBy, ...indexedBy].filter(name => !names.includes(name))).toEqual([])
    expect(clusteredBy.length).toBeLessThanOrEqual(4)
    expect(description).not.toBe('')
    for (const field of bigQueryTable(table).schema.fields) expect(field.description).not.toBe('')
  }
})
