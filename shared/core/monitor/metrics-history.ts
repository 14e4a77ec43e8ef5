/**
 * The metrics history: how the served model did, one point per measurement. Points of a history are ascending and no two
 * have the same time, whatever order they were read in; a metric that was not measured is absent, never NaN.
 */
import { type Problem, quoteValue } from '../errors.ts'
import { ProblemList } from '../problem-list.ts'
import { parseTimestampUs, TIMESTAMP_FORMAT } from './timestamp.ts'

/** The metrics that are read, by their name in the file. */
export const METRICS = ['roc_auc', 'pr_auc', 'acc', 'latency_p95_ms', 'error_rate'] as const

export type MetricName = (typeof METRICS)[number]

/** Shares lie in [0, 1], the others in [0, 1e9]: an error rate may count several errors for one request. */
const SHARES: ReadonlySet<MetricName> = new Set(['roc_auc', 'pr_auc', 'acc'])

export interface MetricsPoint {
  /** Microseconds since 1970, UTC. */
  readonly timeUs: number
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>
  /** Which model was measured, where the point says so (`model_version`). */
  readonly modelVersion?: string
}

export interface MetricsHistory {
  /** Ascending and distinct by time. */
  readonly points: readonly MetricsPoint[]
  /** Points that another one of the same time, read later, has replaced. */
  readonly replaced: number
}

/** JSON Lines: one point a line, blank lines allowed. Throws INVALID_METRICS with every broken line by its number, from 1. */
export function parseMetricsLines(text: string, source: string): MetricsHistory {
  const reader = new PointReader(source)
  for (const [i, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const where = `line ${i + 1}`
    try {
      reader.read(JSON.parse(line), where)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      reader.refuse(where, 'malformed_json', `is not JSON${unusualNumber(line)}; allowed: one JSON object on each line`)
    }
  }
  return reader.finish()
}

/** A list of points, as a request carries it. Throws INVALID_METRICS with every broken point by its index, from 0. */
export function parseMetricsList(list: readonly unknown[], source: string): MetricsHistory {
  const reader = new PointReader(source)
  for (const [i, value] of list.entries()) reader.read(value, `[${i}]`)
  return reader.finish()
}

/** The points not later than `nowUs`, and how many were later. */
export function pointsUntil(
  points: readonly MetricsPoint[],
  nowUs: number,
): { kept: readonly MetricsPoint[]; later: number } {
  const kept = points.filter(({ timeUs }) => timeUs <= nowUs)
  return { kept, later: points.length - kept.length }
}

/** Python writes these words, and no JSON reader takes them. */
function unusualNumber(line: string): string {
  return /:\s*-?(?:NaN|Infinity)\b/.test(line) ? ' (NaN and Infinity are no JSON numbers; write null)' : ''
}

class PointReader {
  readonly #source: string
  readonly #problems = new ProblemList()
  readonly #byTime = new Map<number, MetricsPoint>()
  #read = 0

  constructor(source: string) {
    this.#source = source
  }

  read(value: unknown, where: string): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.refuse(where, 'wrong_type', `is ${quoteValue(value)}; allowed: an object with ts and metrics`)
      return
    }
    const timeUs = this.#timeOf(Reflect.get(value, 'ts'), where)
    const metrics: Partial<Record<MetricName, number>> = {}
    for (const name of METRICS) {
      const measured = this.#metricOf(name, Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined, where)
      if (measured !== undefined) metrics[name] = measured
    }
    if (timeUs === undefined) return
    this.#read++
    const version: unknown = Reflect.get(value, 'model_version')
    this.#byTime.set(timeUs, { timeUs, metrics, ...(typeof version === 'string' && { modelVersion: version }) })
  }

  refuse(where: string, code: string, rule: string, field?: string): void {
    this.#problems.add((): Problem => {
      const subject = field === undefined ? where : `${where}: ${field}`
      return { ...(field !== undefined && { field }), code, message: `${this.#source} ${subject} ${rule}` }
    })
  }

  finish(): MetricsHistory {
    this.#problems.throwIfAny('INVALID_METRICS', this.#source)
    const points = [...this.#byTime.values()].sort((a, b) => a.timeUs - b.timeUs)
    return { points, replaced: this.#read - points.length }
  }

  #timeOf(ts: unknown, where: string): number | undefined {
    const timeUs = typeof ts === 'string' ? parseTimestampUs(ts) : undefined
    if (timeUs === undefined)
      this.refuse(where, 'invalid_time', `is ${quoteValue(ts)}; allowed: ${TIMESTAMP_FORMAT}`, 'ts')
    return timeUs
  }

  /** null is "not measured", as an absent key is. */
  #metricOf(name: MetricName, value: unknown, where: string): number | undefined {
    if (value === undefined || value === null) return undefined
    const maximum = SHARES.has(name) ? 1 : 1e9
    if (typeof value === 'number' && value >= 0 && value <= maximum) return value
    const rule = `is ${quoteValue(value)}; allowed: a number from 0 to ${maximum}, or null`
    this.refuse(where, 'invalid_metric', rule, name)
    return undefined
  }
}
