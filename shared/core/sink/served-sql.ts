/**
 * What a window holds of a model's answers, as SQL for SQLite and BigQuery. Parameters: @model, @since, @until, and but for
 * the versions @version. A write that was tried twice may stand there twice, so copies are grouped away first.
 */
import type { ServedScores, ServedVersion } from '../drift/served-sample.ts'
import type { SqlDialect } from './points-sql.ts'

/** Scores that are kept apart. Of more rows some are told by a neighbour: a share moves by at most 1 in as many. */
export const MOST_SCORES = 20_000

const inWindow = ({ timeParameter }: SqlDialect) =>
  `model_name = @model AND time >= ${timeParameter('@since')} AND time < ${timeParameter('@until')}`

/** `version`, `answered` rows and `refused` requests of every version. */
export function servedVersionsSql(dialect: SqlDialect): string {
  return `
WITH answers AS (
  SELECT model_version, request_id, row_index, time, MAX(score) AS score, MAX(status) AS status
  FROM ${dialect.table('predictions')}
  WHERE ${inWindow(dialect)} AND model_version IS NOT NULL
  GROUP BY model_version, request_id, row_index, time
)
SELECT model_version AS version, COUNT(score) AS answered,
  SUM(CASE WHEN status >= 400 AND status < 500 THEN 1 ELSE 0 END) AS refused
FROM answers GROUP BY model_version ORDER BY answered DESC, version`
}

/** A row of it. */
export function servedVersion(row: object): ServedVersion {
  const { version, answered, refused } = row as { version: string; answered: number; refused: number }
  return { version, rows: answered, refused }
}

/** `score`, `answered`, `positives` and `score_sum`, ascending; also @positive, the positive class. */
export function servedScoresSql(dialect: SqlDialect, mostScores = MOST_SCORES): string {
  return `
WITH answers AS (
  SELECT request_id, row_index, time, MAX(score) AS score, MAX(class) AS class
  FROM ${dialect.table('predictions')}
  WHERE ${inWindow(dialect)} AND model_version = @version AND score IS NOT NULL
  GROUP BY request_id, row_index, time
),
by_score AS (
  SELECT score, COUNT(*) AS answered, SUM(CASE WHEN class = @positive THEN 1 ELSE 0 END) AS positives
  FROM answers GROUP BY score
),
placed AS (
  -- By where its rows begin: however many rows have one score, less than one part of all is told by it besides them.
  SELECT score, answered, positives, SUM(answered) OVER (ORDER BY score) - answered AS below,
    SUM(answered) OVER () AS total
  FROM by_score
)
SELECT MAX(score) AS score, SUM(answered) AS answered, SUM(positives) AS positives, SUM(score * answered) AS score_sum
FROM placed GROUP BY FLOOR(below * ${mostScores}.0 / total) ORDER BY score`
}

/** A row of it. */
export function servedScores(row: object): ServedScores {
  const { score, answered, positives, score_sum } = row as Readonly<Record<string, number>>
  return { score, rows: answered, positives, sum: score_sum }
}

/** `counted` and `counts`, one row a write. */
export function featureCountsSql(dialect: SqlDialect): string {
  return `
SELECT MAX(counted) AS counted, MAX(counts) AS counts FROM ${dialect.table('feature_counts')}
WHERE ${inWindow(dialect)} AND model_version = @version
GROUP BY id`
}
