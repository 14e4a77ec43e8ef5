/**
 * The metrics history as one SQL statement over predictions and outcomes, the same for SQLite and BigQuery but for how each
 * names a table and cuts a time to its hour. ROC-AUC counts ties half; PR-AUC is average precision: the numbers of
 * core/metrics/ranking.ts, which the conformance suite compares them with. Parameters: @model and @since.
 */
import type { SinkTableName } from './sink-tables.ts'

export interface SqlDialect {
  /** A table's full name, quoted. */
  table(name: SinkTableName): string
  /** `2026-01-31T09:00:00.000Z` of a time column. */
  hour(column: string): string
  /** A parameter that holds an ISO 8601 time, comparable with a time column. */
  timeParameter(name: string): string
}

/** One row an hour, ascending: the columns of MetricsRow but model_name, `time` as text. */
export function measuredPointsSql({ table, hour, timeParameter }: SqlDialect): string {
  return `
WITH written AS (
  SELECT request_id, row_index, time, ${hour('time')} AS hour_start, model_version, score, class, latency_ms, status,
    ROW_NUMBER() OVER (PARTITION BY request_id, row_index, time ORDER BY status) AS copy_number,
    ROW_NUMBER() OVER (PARTITION BY request_id, row_index ORDER BY time DESC, status) AS age
  FROM ${table('predictions')}
  WHERE model_name = @model AND time >= ${timeParameter('@since')}
),
-- A write that was tried twice may stand there twice.
answers AS (SELECT * FROM written WHERE copy_number = 1),
-- Rows of a command have no latency; each piece of a table would count as a request that went well.
requests AS (
  SELECT hour_start, request_id, time, MAX(latency_ms) AS latency_ms, MAX(status) AS status
  FROM answers WHERE latency_ms IS NOT NULL GROUP BY hour_start, request_id, time
),
served AS (
  SELECT hour_start, AVG(CASE WHEN status >= 500 THEN 1.0 ELSE 0.0 END) AS error_rate
  FROM requests GROUP BY hour_start
),
counted AS (SELECT hour_start, COUNT(score) AS scored FROM answers GROUP BY hour_start),
-- The version that answered last: names of versions do not sort by their age.
versions AS (
  SELECT hour_start, model_version, ROW_NUMBER() OVER (PARTITION BY hour_start ORDER BY MAX(time) DESC) AS place
  FROM answers WHERE model_version IS NOT NULL GROUP BY hour_start, model_version
),
ranked AS (
  SELECT hour_start, latency_ms, ROW_NUMBER() OVER (PARTITION BY hour_start ORDER BY latency_ms) AS place,
    COUNT(*) OVER (PARTITION BY hour_start) AS places
  FROM requests
),
slow AS (SELECT hour_start, MIN(latency_ms) AS latency_p95_ms FROM ranked WHERE place * 100 >= places * 95 GROUP BY hour_start),
told AS (
  SELECT request_id, row_index, actual, label,
    ROW_NUMBER() OVER (PARTITION BY request_id, row_index ORDER BY time DESC) AS age
  FROM ${table('outcomes')}
  WHERE model_name = @model AND time >= ${timeParameter('@since')}
),
labelled AS (
  SELECT written.hour_start, written.score, told.label, CASE WHEN written.class = told.actual THEN 1.0 ELSE 0.0 END AS hit
  FROM written JOIN told ON told.request_id = written.request_id AND told.row_index = written.row_index
  WHERE written.age = 1 AND told.age = 1 AND written.score IS NOT NULL
),
by_score AS (
  SELECT hour_start, score, SUM(label) AS positives, SUM(1 - label) AS negatives, SUM(hit) AS hits
  FROM labelled GROUP BY hour_start, score
),
curve AS (
  SELECT hour_start, positives, negatives, hits,
    SUM(negatives) OVER (PARTITION BY hour_start ORDER BY score) - negatives AS negatives_below,
    SUM(positives) OVER (PARTITION BY hour_start ORDER BY score DESC) AS true_positives,
    SUM(negatives) OVER (PARTITION BY hour_start ORDER BY score DESC) AS false_positives
  FROM by_score
),
judged AS (
  SELECT hour_start, SUM(positives) AS positives, SUM(negatives) AS negatives, SUM(hits) AS hits,
    SUM(positives * (negatives_below + negatives / 2.0)) AS pairs_won,
    SUM(1.0 * positives * true_positives / (true_positives + false_positives)) AS precision_sum
  FROM curve GROUP BY hour_start
)
SELECT counted.hour_start AS time, versions.model_version AS model_version,
  CASE WHEN positives > 0 AND negatives > 0 THEN pairs_won / (1.0 * positives * negatives) END AS roc_auc,
  CASE WHEN positives > 0 AND negatives > 0 THEN precision_sum / positives END AS pr_auc,
  hits / (1.0 * (positives + negatives)) AS acc,
  slow.latency_p95_ms AS latency_p95_ms, served.error_rate AS error_rate,
  counted.scored AS scored, COALESCE(positives + negatives, 0) AS labelled
FROM counted
LEFT JOIN served ON served.hour_start = counted.hour_start
LEFT JOIN versions ON versions.hour_start = counted.hour_start AND versions.place = 1
LEFT JOIN slow ON slow.hour_start = counted.hour_start
LEFT JOIN judged ON judged.hour_start = counted.hour_start
ORDER BY counted.hour_start`
}

/** What was written down of the same, `time` as text. */
export function storedPointsSql({ table, hour, timeParameter }: SqlDialect): string {
  return `
SELECT ${hour('time')} AS time, model_version, roc_auc, pr_auc, acc, latency_p95_ms, error_rate, scored, labelled
FROM ${table('metrics')}
WHERE model_name = @model AND time >= ${timeParameter('@since')}
ORDER BY 1`
}

/** The newest drift report. */
export function latestDriftSql({ table }: SqlDialect): string {
  return `SELECT report FROM ${table('drift_reports')} WHERE model_name = @model ORDER BY time DESC LIMIT 1`
}
