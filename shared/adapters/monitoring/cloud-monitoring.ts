/**
 * Gauges to Cloud Monitoring, as custom metrics of one generic_task. Best effort: publishing never rejects, ends within its
 * time limit whatever the service does, and says how many series were lost and why. The SDK is imported by the first call.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { MetricServiceClient, protos } from '@google-cloud/monitoring'
import type { Gauge } from '../../core/monitor/gauges.ts'
import { sdkReason } from '../sdk-reason.ts'
import { withinTime } from '../time-limit.ts'

/** The most that one call of the API takes. */
export const MAX_SERIES_PER_CALL = 200

/** The least time between two points of a series; the service refuses a call with one that comes sooner. */
const LEAST_GAP_MS = 5_000

/** Where the metrics are: custom.googleapis.com/treeline/psi and so on. */
export const METRIC_PREFIX = 'custom.googleapis.com/treeline/'

export interface MonitoringOptions {
  readonly project: string
  /** The contract's name: whose gauges they are. */
  readonly contract: string
  readonly now: () => Date
  /** A stub's address, for example http://127.0.0.1:9090; such calls carry no credentials. */
  readonly apiEndpoint?: string
  /** For everything that one publish does. Default 5 s. */
  readonly limitMs?: number
  /** Before the second attempt at a call; before the third it is twice as long. Default 200 ms. */
  readonly pauseMs?: number
}

export interface Published {
  readonly sent: number
  readonly lost: number
  /** Why; absent when nothing was lost. May be shown. */
  readonly reason?: string
}

export interface Monitoring {
  publish(gauges: readonly Gauge[]): Promise<Published>
  /** Gives the connection up; a later publish opens another one. */
  close(): Promise<void>
}

/** What a log line says of a publication; nothing of none. */
export function publishedFields(published: Published | undefined): Readonly<Record<string, unknown>> {
  if (published === undefined) return {}
  const { sent, lost, reason } = published
  return { metrics_sent: sent, ...(lost > 0 && { metrics_lost: lost, metrics_lost_reason: reason }) }
}

/** Tries at one call. */
const ATTEMPTS = 3

/** Statuses that another attempt may mend: RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE. */
const TEMPORARY: ReadonlySet<unknown> = new Set([8, 10, 13, 14])

const TOO_SOON = `a series takes one point in ${LEAST_GAP_MS / 1000} s`

type TimeSeries = protos.google.monitoring.v3.ITimeSeries

export function openMonitoring(options: MonitoringOptions): Monitoring {
  const { now, limitMs = 5_000 } = options
  let connecting: Promise<MetricServiceClient> | undefined
  const getClient = () => {
    connecting ??= connect(options).catch(error => {
      connecting = undefined
      throw error
    })
    return connecting
  }
  const due = makeDue()
  const send = makeSend(getClient, options)
  return {
    async publish(gauges) {
      const time = now().getTime()
      const series = due(gauges, time).map(gauge => toSeries(gauge, time, options))
      const deadline = performance.now() + limitMs
      let sent = 0
      const work = async (): Promise<string | undefined> => {
        let reason: string | undefined
        for (let from = 0; from < series.length && performance.now() < deadline; from += MAX_SERIES_PER_CALL) {
          const part = series.slice(from, from + MAX_SERIES_PER_CALL)
          try {
            await send(part, deadline)
            sent += part.length
          } catch (error) {
            reason ??= sdkReason(error)
          }
        }
        return reason
      }
      // Credentials are looked up without any limit of ours.
      const reason = await withinTime(limitMs, work(), () => undefined)
      const lost = gauges.length - sent
      if (lost === 0) return { sent, lost }
      const usual = sent === series.length ? TOO_SOON : `no answer within ${limitMs} ms`
      return { sent, lost, reason: reason ?? usual }
    },
    async close() {
      const open = connecting
      connecting = undefined
      // What could not be opened has nothing to close.
      await open?.then(client => client.close()).catch(() => {})
    },
  }
}

/** Gives the gauges that may have a point now. */
function makeDue(): (gauges: readonly Gauge[], time: number) => readonly Gauge[] {
  /** When each series was last sent. There are few: a feature's name is the only label. */
  const sentAt = new Map<string, number>()
  return (gauges, time) =>
    gauges.filter(gauge => {
      const isDue = time - (sentAt.get(seriesName(gauge)) ?? Number.NEGATIVE_INFINITY) >= LEAST_GAP_MS
      if (isDue) sentAt.set(seriesName(gauge), time)
      return isDue
    })
}

/** One call of at most 200 series, again after a pause while it fails for a time. */
function makeSend(
  getClient: () => Promise<MetricServiceClient>,
  { project, pauseMs = 200 }: MonitoringOptions,
): (timeSeries: TimeSeries[], deadline: number) => Promise<void> {
  return async (timeSeries, deadline) => {
    const client = await getClient()
    for (let attempt = 1; ; attempt++) {
      try {
        const timeout = Math.max(1, deadline - performance.now())
        await client.createTimeSeries({ name: `projects/${project}`, timeSeries }, { timeout })
        return
      } catch (error) {
        const isLast = attempt === ATTEMPTS || !TEMPORARY.has((error as { code?: unknown }).code)
        if (isLast) throw error
        await pause(pauseMs * 2 ** (attempt - 1))
      }
    }
  }
}

async function connect({ project, apiEndpoint }: MonitoringOptions): Promise<MetricServiceClient> {
  const { MetricServiceClient: Client } = await import('@google-cloud/monitoring')
  if (apiEndpoint === undefined) return new Client({ projectId: project })
  const { credentials } = await import('@grpc/grpc-js')
  const { hostname, port } = new URL(apiEndpoint)
  return new Client({
    projectId: project,
    apiEndpoint: hostname,
    port: Number(port || 80),
    sslCreds: credentials.createInsecure(),
    // Without it the SDK would look for credentials, the metadata server included, to ask them for it.
    clientOptions: { universeDomain: 'googleapis.com' },
  })
}

const seriesName = ({ name, labels }: Gauge): string => JSON.stringify([name, labels])

/** The resource is the contract and not the instance: charts go on through deployments, and a new instance adds no series. */
function toSeries({ name, value, labels }: Gauge, time: number, { project, contract }: MonitoringOptions): TimeSeries {
  const endTime = { seconds: Math.floor(time / 1000), nanos: (time % 1000) * 1e6 }
  return {
    metric: { type: METRIC_PREFIX + name, labels },
    resource: {
      type: 'generic_task',
      labels: { project_id: project, location: 'global', namespace: 'treeline', job: contract, task_id: 'champion' },
    },
    metricKind: 'GAUGE',
    valueType: 'DOUBLE',
    points: [{ interval: { endTime }, value: { doubleValue: value } }],
  }
}
