/** A sink in memory, for tests. It measures with core/metrics, so it is the oracle of the engines that measure in SQL. */

import type { Served } from '../../core/drift/served-sample.ts'
import { averagePrecision, rocAuc } from '../../core/metrics/ranking.ts'
import { makeCountSum, type ServedQuery } from '../../core/sink/served.ts'
import type { MetricsRow, OutcomeRow, PredictionRow, SinkRows, SinkTableName } from '../../core/sink/sink-tables.ts'
import { type PointsQuery, type Sink, sortOut } from './sink.ts'

type Kept = { readonly [Name in SinkTableName]: SinkRows[Name][] }

/** `rows` are what was written, in order. */
export function openMemorySink(): Sink & { readonly rows: Kept } {
  const rows: Kept = { predictions: [], outcomes: [], metrics: [], drift_reports: [], plans: [], feature_counts: [] }
  return {
    uri: 'memory:',
    rows,
    async write(table, given) {
      const { fitting, refused } = sortOut(table, given)
      const kept = rows[table] as object[]
      for (const { value } of fitting) kept.push({ ...value })
      return refused
    },
    points: async query => ({ measured: measure(rows, query), stored: storedPoints(rows.metrics, query) }),
    async latestDrift(model) {
      const own = rows.drift_reports.filter(report => report.model_name === model)
      return own.toSorted((a, b) => (a.time < b.time ? -1 : 1)).at(-1)?.report
    },
    served: async query => servedOf(rows, query),
    close: async () => {},
  }
}

function servedOf(kept: Kept, { model, version, positive, since, until }: ServedQuery): Served {
  const isWanted = (row: { model_name: string; time: string }) =>
    row.model_name === model && row.time >= since && row.time < until
  // A write that was tried twice may stand there twice.
  const copies = kept.predictions.filter(isWanted)
  const written = new Map(copies.map(row => [`${keyOf(row)} ${row.time} ${row.model_version}`, row]))
  const versions = Map.groupBy(written.values(), row => row.model_version)
  const byScore = Map.groupBy(versions.get(version)?.filter(({ score }) => score !== null) ?? [], row => row.score!)
  const sum = makeCountSum()
  const counted = kept.feature_counts.filter(row => isWanted(row) && row.model_version === version)
  for (const row of new Map(counted.map(row => [row.id, row])).values()) sum.add(row)
  return {
    versions: [...versions]
      .flatMap(([name, answers]) => {
        const refused = answers.filter(({ status }) => status >= 400 && status < 500).length
        return name === null ? [] : [{ version: name, rows: answers.filter(row => row.score !== null).length, refused }]
      })
      .sort((a, b) => b.rows - a.rows || (a.version < b.version ? -1 : 1)),
    scores: [...byScore]
      .sort(([a], [b]) => a - b)
      .map(([score, answers]) => {
        const positives = answers.filter(row => row.class === positive).length
        return { score, rows: answers.length, positives, sum: score * answers.length }
      }),
    counts: sum.total(),
  }
}

function storedPoints(metrics: readonly MetricsRow[], { model, since }: PointsQuery): MetricsRow[] {
  return metrics
    .filter(({ model_name, time }) => model_name === model && time >= since)
    .map(point => ({ ...point, time: hourOf(point.time) }))
    .sort((a, b) => (a.time < b.time ? -1 : 1))
}

const hourOf = (time: string) => `${time.slice(0, 13)}:00:00.000Z`
const keyOf = ({ request_id, row_index }: PredictionRow | OutcomeRow) => `${request_id} ${row_index}`

function measure(rows: Kept, { model, since }: PointsQuery): MetricsRow[] {
  const isWanted = ({ model_name, time }: PredictionRow | OutcomeRow) => model_name === model && time >= since
  // A write that was tried twice may stand there twice.
  const written = new Map(rows.predictions.filter(isWanted).map(row => [`${keyOf(row)} ${row.time}`, row]))
  const outcomes = latest(rows.outcomes.filter(isWanted))
  const newest = latest([...written.values()])
  const byHour = Map.groupBy(written.values(), ({ time }) => hourOf(time))
  return [...byHour]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([time, answers]) => {
      const labelled = answers.flatMap(answer => {
        const outcome = outcomes.get(keyOf(answer))
        return outcome && answer.score !== null && newest.get(keyOf(answer)) === answer ? [{ answer, outcome }] : []
      })
      return measurePoint(time, model, answers, labelled)
    })
}

/** Of several rows with one key the latest. */
function latest<Row extends PredictionRow | OutcomeRow>(list: readonly Row[]): Map<string, Row> {
  return new Map(list.toSorted((a, b) => (a.time < b.time ? -1 : 1)).map(row => [keyOf(row), row]))
}

interface Labelled {
  readonly answer: PredictionRow
  readonly outcome: OutcomeRow
}

function measurePoint(
  time: string,
  model: string,
  answers: readonly PredictionRow[],
  labelled: readonly Labelled[],
): MetricsRow {
  const asked = answers.filter(({ latency_ms }) => latency_ms !== null)
  const requests = [...Map.groupBy(asked, answer => `${answer.request_id} ${answer.time}`).values()]
  const latencies = requests.map(request => Math.max(...request.map(({ latency_ms }) => latency_ms!)))
  latencies.sort((a, b) => a - b)
  const failed = requests.filter(request => request.some(({ status }) => status >= 500)).length
  const scores = labelled.map(({ answer }) => answer.score!)
  const labels = labelled.map(({ outcome }) => outcome.label)
  const hasBoth = labels.includes(0) && labels.includes(1)
  const byTime = answers
    .filter(({ model_version }) => model_version !== null)
    .sort((a, b) => (a.time < b.time ? -1 : 1))
  return {
    time,
    model_name: model,
    model_version: byTime.at(-1)?.model_version ?? null,
    roc_auc: hasBoth ? rocAuc(scores, labels) : null,
    pr_auc: hasBoth ? averagePrecision(scores, labels) : null,
    acc:
      labelled.length === 0
        ? null
        : labelled.filter(({ answer, outcome }) => answer.class === outcome.actual).length / labelled.length,
    latency_p95_ms: latencies.at(Math.ceil((95 * latencies.length) / 100) - 1) ?? null,
    error_rate: requests.length === 0 ? null : failed / requests.length,
    scored: answers.filter(({ score }) => score !== null).length,
    labelled: labelled.length,
  }
}
