/**
 * What drift and monitor keep in the sink, and what they read back when nobody gives them any. Keeping never fails; reading
 * that fails rejects with SINK_FAILED, and a sink that has nothing gives undefined.
 */
import type { DriftReport } from '../../core/drift/report.ts'
import type { Served } from '../../core/drift/served-sample.ts'
import type { MetricsHistory, MetricsPoint } from '../../core/monitor/metrics-history.ts'
import type { Plan } from '../../core/monitor/plan.ts'
import { historyOfPoints, mergePoints } from '../../core/sink/metrics-points.ts'
import type { ServedQuery } from '../../core/sink/served.ts'
import type { Log } from '../http/log.ts'
import type { SinkWriter } from './batching.ts'
import type { Sink } from './sink.ts'

export interface Records {
  /** false: nothing is kept, and there is nothing to read. */
  readonly hasSink: boolean
  /** true: it is in the sink. */
  keepDrift(report: DriftReport): Promise<boolean>
  /** The text of the newest report. */
  latestDrift(): Promise<string | undefined>
  /** `latest`: the point that the plan judges; undefined: there was none. */
  keepPlan(plan: Plan, latest: MetricsPoint | undefined): Promise<boolean>
  /** Writes what this process has answered and not yet written. Never rejects. */
  settle(): Promise<void>
  /** What a model version answered in a window; undefined: there is no sink. */
  served(query: Omit<ServedQuery, 'model'>): Promise<Served | undefined>
  /** How the served model did, hour by hour; what was measured anew is written down. */
  history(): Promise<MetricsHistory | undefined>
}

export interface RecordsOptions {
  readonly sink: Pick<Sink, 'uri' | 'points' | 'latestDrift' | 'served'>
  readonly writer: Pick<SinkWriter, 'add' | 'put'>
  /** The contract's name. */
  readonly modelName: string
  readonly now: () => Date
  /** Default: nothing has to be written first. */
  readonly settle?: Records['settle']
}

/** How far back predictions are read. */
const HISTORY_DAYS = 30

export function makeRecords({ sink, writer, modelName, now, settle = async () => {} }: RecordsOptions): Records {
  return {
    hasSink: sink.uri !== 'none',
    keepDrift(report) {
      return writer.put('drift_reports', {
        time: now().toISOString(),
        model_name: modelName,
        model_version: versionOf(report),
        overall_drift: Number(report.overall_drift),
        scored: report.details.current.rows,
        report: JSON.stringify(report),
      })
    },
    settle,
    async served(query) {
      return sink.uri === 'none' ? undefined : sink.served({ ...query, model: modelName })
    },
    latestDrift: () => sink.latestDrift(modelName),
    keepPlan(plan, latest) {
      return writer.put('plans', {
        time: now().toISOString(),
        model_name: modelName,
        model_version: latest?.modelVersion ?? null,
        status: plan.status,
        plan: JSON.stringify(plan),
      })
    },
    async history() {
      const sinceMs = now().getTime() - HISTORY_DAYS * 86_400_000
      // From the start of its hour: a part of an hour would be written down as the whole of it.
      const since = new Date(sinceMs - (sinceMs % 3_600_000)).toISOString()
      const { points, fresh } = mergePoints(await sink.points({ model: modelName, since }))
      writer.add('metrics', { count: fresh.length, make: (from, to) => fresh.slice(from, to) })
      return points.length === 0 ? undefined : historyOfPoints(points)
    },
  }
}

/** The latest drift report; undefined: the sink has none, or cannot be read and then another place may have one. */
export async function latestInSink(records: Records | undefined, log: Pick<Log, 'error'>): Promise<string | undefined> {
  try {
    return await records?.latestDrift()
  } catch (error) {
    log.error('the latest drift report of the sink could not be read', error)
    return undefined
  }
}

/** The version whose answers, or else whose profile, the report is about. */
function versionOf({ details: { prediction, reference } }: DriftReport): string | null {
  if (prediction.absent === undefined) return prediction.model_version
  return reference.kind === 'profile' ? reference.source : null
}
