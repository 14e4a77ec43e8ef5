/**
 * What a sink keeps, declared once: the rows as data, and the tables that SQLite and BigQuery are given. Every table has a
 * `time`, by whose day it is partitioned. A column added later must be nullable, so that older tables still take rows.
 */

/** One scored row, or (without score, class and hash) one request that could not be answered. */
export interface PredictionRow {
  readonly time: string
  readonly request_id: string
  readonly row_index: number
  readonly model_name: string
  readonly model_version: string | null
  readonly features_hash: string | null
  readonly score: number | null
  readonly class: string | null
  readonly latency_ms: number | null
  readonly status: number
}

/** What turned out to be true of a scored row. */
export interface OutcomeRow {
  readonly time: string
  readonly request_id: string
  readonly row_index: number
  readonly model_name: string
  readonly actual: string
  readonly label: number
}

/** How the served model did in one hour. */
export interface MetricsRow {
  readonly time: string
  readonly model_name: string
  readonly model_version: string | null
  readonly roc_auc: number | null
  readonly pr_auc: number | null
  readonly acc: number | null
  readonly latency_p95_ms: number | null
  readonly error_rate: number | null
  readonly scored: number
  readonly labelled: number
}

export interface DriftReportRow {
  readonly time: string
  readonly model_name: string
  readonly model_version: string | null
  readonly overall_drift: number
  readonly scored: number
  readonly report: string
}

export interface PlanRow {
  readonly time: string
  readonly model_name: string
  readonly model_version: string | null
  readonly status: string
  readonly plan: string
}

/** How many of the rows answered in about a minute fell into each bin of the version's profile, by one process. */
export interface FeatureCountsRow {
  readonly time: string
  readonly id: string
  readonly model_name: string
  readonly model_version: string
  readonly counted: number
  readonly counts: string
}

/** Table name → its row. */
export interface SinkRows {
  readonly predictions: PredictionRow
  readonly outcomes: OutcomeRow
  readonly metrics: MetricsRow
  readonly drift_reports: DriftReportRow
  readonly plans: PlanRow
  readonly feature_counts: FeatureCountsRow
}

export type SinkTableName = keyof SinkRows

/** time: ISO 8601 in UTC with milliseconds, as Date.toISOString writes it, so that texts sort as times do. */
export type ColumnType = 'time' | 'text' | 'integer' | 'number'

export interface SinkColumn {
  readonly type: ColumnType
  readonly nullable?: boolean
  readonly description: string
}

export interface SinkTable<Row> {
  readonly description: string
  /** In the tables' order. */
  readonly columns: { readonly [Name in keyof Row]: SinkColumn }
  /** What BigQuery clusters a day by. */
  readonly clusteredBy: readonly (keyof Row & string)[]
  /** What SQLite finds rows by. */
  readonly indexedBy: readonly (keyof Row & string)[]
  /** Days that a row is kept; absent: for ever, as evidence. */
  readonly expiryDays?: number
}

/** Of what is written of single predictions; infra/variables.tf has the same default. */
export const ROW_EXPIRY_DAYS = 400

const TIME: SinkColumn = { type: 'time', description: 'when it was written down, UTC' }
const REQUEST_ID: SinkColumn = { type: 'text', description: 'the request, as x-request-id has it' }
const ROW_INDEX: SinkColumn = { type: 'integer', description: 'place of the row in its request, from 0' }
const MODEL_NAME: SinkColumn = { type: 'text', description: "the contract's name" }
const MODEL_VERSION: SinkColumn = {
  type: 'text',
  nullable: true,
  description: 'the model version; null where none could be loaded or none is meant',
}
const measured = (description: string): SinkColumn => ({ type: 'number', nullable: true, description })

export const SINK_TABLES: { readonly [Name in SinkTableName]: SinkTable<SinkRows[Name]> } = {
  predictions: {
    description: 'every scored row, and every request that could not be answered',
    columns: {
      time: { ...TIME, description: 'when the request was answered, UTC' },
      request_id: REQUEST_ID,
      row_index: ROW_INDEX,
      model_name: MODEL_NAME,
      model_version: MODEL_VERSION,
      features_hash: {
        type: 'text',
        nullable: true,
        description: 'SHA-256 of the encoded row (float32, in the order of the model), its first 32 hexadecimal digits',
      },
      score: measured('probability of the positive class'),
      class: { type: 'text', nullable: true, description: 'the class that was answered' },
      latency_ms: measured('from the parsed request to the answer; null for rows scored by the predict command'),
      status: { type: 'integer', description: 'HTTP status of the answer' },
    },
    clusteredBy: ['model_version'],
    indexedBy: ['model_name', 'time'],
    expiryDays: ROW_EXPIRY_DAYS,
  },
  outcomes: {
    description: 'what turned out to be true, joined to predictions by request_id and row_index',
    columns: {
      time: { ...TIME, description: 'when it was recorded, UTC; of several for one row the latest counts' },
      request_id: REQUEST_ID,
      row_index: ROW_INDEX,
      model_name: MODEL_NAME,
      actual: { type: 'text', description: 'the class that came true' },
      label: { type: 'integer', description: '1: the positive class, 0: the other' },
    },
    clusteredBy: ['request_id'],
    indexedBy: ['request_id', 'row_index'],
    expiryDays: ROW_EXPIRY_DAYS,
  },
  metrics: {
    description: 'how the served model did, one row an hour; of several for one hour the one with most labels counts',
    columns: {
      time: { ...TIME, description: 'the start of the hour, UTC' },
      model_name: MODEL_NAME,
      model_version: MODEL_VERSION,
      roc_auc: measured('ROC-AUC of the rows whose outcome is known'),
      pr_auc: measured('average precision of the same rows'),
      acc: measured('share of these rows whose class was right'),
      latency_p95_ms: measured('95th percentile (nearest rank) of latency_ms over requests'),
      error_rate: measured('share of requests answered with 5xx; null where only the predict command asked'),
      scored: { type: 'integer', description: 'rows that were scored' },
      labelled: { type: 'integer', description: 'of these, rows whose outcome is known' },
    },
    clusteredBy: ['model_version'],
    indexedBy: ['model_name', 'time'],
  },
  drift_reports: {
    description: 'drift reports, whole',
    columns: {
      time: TIME,
      model_name: MODEL_NAME,
      model_version: MODEL_VERSION,
      overall_drift: { type: 'integer', description: '1: at least one feature has drifted' },
      scored: { type: 'integer', description: 'rows of the current sample' },
      report: { type: 'text', description: 'the report, JSON' },
    },
    clusteredBy: ['model_version'],
    indexedBy: ['model_name', 'time'],
  },
  plans: {
    description: 'plans of the monitor, whole',
    columns: {
      time: TIME,
      model_name: MODEL_NAME,
      model_version: MODEL_VERSION,
      status: { type: 'text', description: 'healthy, warn or critical' },
      plan: { type: 'text', description: 'the plan, JSON' },
    },
    clusteredBy: ['model_version'],
    indexedBy: ['model_name', 'time'],
  },
  feature_counts: {
    description:
      'how many answered rows fell into each bin of the drift profile, one row a minute of each process that predicts',
    columns: {
      time: TIME,
      id: { type: 'text', description: 'of this write, so that a copy of it counts once' },
      model_name: MODEL_NAME,
      model_version: {
        ...MODEL_VERSION,
        nullable: false,
        description: 'the model version whose profile.json has the bins',
      },
      counted: { type: 'integer', description: 'rows that were counted' },
      counts: {
        type: 'text',
        description: 'feature to rows per bin, JSON: ranges or levels, then (of categories) other levels, then missing',
      },
    },
    clusteredBy: ['model_version'],
    indexedBy: ['model_name', 'time'],
    expiryDays: ROW_EXPIRY_DAYS,
  },
}

export const SINK_TABLE_NAMES = Object.keys(SINK_TABLES) as readonly SinkTableName[]

type Columns = readonly (readonly [name: string, column: SinkColumn])[]

// Made once: every row is held against them.
const COLUMNS = new Map(
  SINK_TABLE_NAMES.map((name): [string, Columns] => [name, Object.entries(SINK_TABLES[name].columns)]),
)

/** A table's columns by name, in order. */
export function columnsOf(table: SinkTableName): Columns {
  return COLUMNS.get(table)!
}

export function expiryDays(table: SinkTableName): number | undefined {
  return SINK_TABLES[table].expiryDays
}
