/** For tests: rows of every table that fit, with what a test says. */
import type {
  DriftReportRow,
  FeatureCountsRow,
  MetricsRow,
  OutcomeRow,
  PlanRow,
  PredictionRow,
  SinkRows,
} from '../../core/sink/sink-tables.ts'
import type { RowSource } from './batching.ts'

/** `minutes` after the start of a day in the near past of every test. */
export const timeAt = (minutes: number) => new Date(Date.UTC(2026, 0, 5) + minutes * 60_000).toISOString()

export function prediction(changes: Partial<PredictionRow> = {}): PredictionRow {
  return {
    time: timeAt(0),
    request_id: 'r-1',
    row_index: 0,
    model_name: 'churn',
    model_version: '20260101.abc1234.1',
    features_hash: '0123456789abcdef0123456789abcdef',
    score: 0.25,
    class: '0',
    latency_ms: 12.5,
    status: 200,
    ...changes,
  }
}

export function outcome(changes: Partial<OutcomeRow> = {}): OutcomeRow {
  return { time: timeAt(60), request_id: 'r-1', row_index: 0, model_name: 'churn', actual: '1', label: 1, ...changes }
}

export function metrics(changes: Partial<MetricsRow> = {}): MetricsRow {
  return {
    time: timeAt(0),
    model_name: 'churn',
    model_version: null,
    roc_auc: 0.9,
    pr_auc: 0.8,
    acc: 0.85,
    latency_p95_ms: 20,
    error_rate: 0,
    scored: 10,
    labelled: 10,
    ...changes,
  }
}

export function driftReport(changes: Partial<DriftReportRow> = {}): DriftReportRow {
  const report = JSON.stringify({ threshold: 0.2, overall_drift: true, features: { 'a "b"\n': 0.3 } })
  return {
    time: timeAt(0),
    model_name: 'churn',
    model_version: null,
    overall_drift: 1,
    scored: 5,
    report,
    ...changes,
  }
}

export function plan(changes: Partial<PlanRow> = {}): PlanRow {
  return { time: timeAt(0), model_name: 'churn', model_version: null, status: 'warn', plan: '{}', ...changes }
}

export function featureCounts(changes: Partial<FeatureCountsRow> = {}): FeatureCountsRow {
  return {
    time: timeAt(0),
    id: 'c-1',
    model_name: 'churn',
    model_version: '20260101.abc1234.1',
    counted: 3,
    counts: '{"a \\"b\\"\\n":[1,0,2,0],"plan":[3,0,0]}',
    ...changes,
  }
}

export const SAMPLE_ROWS: SinkRows = {
  predictions: prediction(),
  outcomes: outcome(),
  metrics: metrics(),
  drift_reports: driftReport(),
  plans: plan(),
  feature_counts: featureCounts(),
}

/** Rows that are there already, as a writer takes them. */
export function sourceOf<Row>(rows: readonly Row[]): RowSource<Row> {
  return { count: rows.length, make: (from, to) => rows.slice(from, to) }
}
