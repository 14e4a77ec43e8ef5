/**
 * For tests: a gRPC server that speaks the Monitoring API, built from the SDK's own protos. It keeps what was written, and
 * refuses as the real one does: more than 200 series a call, and a point less than 5 s after the one before in its series.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { Server, ServerCredentials, type ServiceDefinition, status, type UntypedHandleCall } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'

/** One series of a call, as the server reads it. */
export interface WrittenSeries {
  readonly metric: { readonly type: string; readonly labels: Readonly<Record<string, string>> }
  readonly resource: { readonly type: string; readonly labels: Readonly<Record<string, string>> }
  readonly metricKind: string
  readonly valueType: string
  readonly points: readonly {
    readonly interval: { readonly endTime: { readonly seconds: string; readonly nanos: number } }
    readonly value: { readonly doubleValue: number }
  }[]
}

export interface WrittenCall {
  /** projects/<project>. */
  readonly name: string
  readonly timeSeries: readonly WrittenSeries[]
}

/** How a call is answered; 'hang': never. */
export type StubAnswer = 'ok' | 'hang' | { readonly code: status; readonly details: string }

export interface MonitoringStub {
  /** For MONITORING_API_ENDPOINT. */
  readonly address: string
  /** Every call that came, refused ones too. */
  readonly calls: WrittenCall[]
  /** Every series of the calls that were answered with ok. */
  readonly series: WrittenSeries[]
  close(): void
}

interface Call {
  readonly request: WrittenCall
}

/** `answer` is asked for each call, numbered from 1. */
export async function startMonitoringStub(answer: (call: number) => StubAnswer = () => 'ok'): Promise<MonitoringStub> {
  const protos = createRequire(import.meta.url).resolve('@google-cloud/monitoring/build/protos/protos.json')
  const options = { longs: String, enums: String, defaults: true }
  const definitions = fromJSON(JSON.parse(readFileSync(protos, 'utf8')), options)
  const calls: WrittenCall[] = []
  const series: WrittenSeries[] = []
  const createTimeSeries = ({ request }: Call, reply: (error: object | null, value?: object) => void): void => {
    calls.push(request)
    const given = answer(calls.length)
    if (given === 'hang') return
    if (given !== 'ok') {
      reply(given)
    } else if (request.timeSeries.length > 200) {
      reply({ code: status.INVALID_ARGUMENT, details: 'at most 200 series a call' })
    } else if (request.timeSeries.some(one => series.some(other => isTooSoon(one, other)))) {
      reply({
        code: status.INVALID_ARGUMENT,
        details: 'points written more frequently than the maximum sampling period',
      })
    } else {
      series.push(...request.timeSeries)
      reply(null, {})
    }
  }
  const server = new Server()
  server.addService(definitions['google.monitoring.v3.MetricService'] as ServiceDefinition, {
    createTimeSeries: createTimeSeries as unknown as UntypedHandleCall,
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  return { address: `http://127.0.0.1:${port}`, calls, series, close: () => server.forceShutdown() }
}

/** A second point of the same series. */
function isTooSoon(one: WrittenSeries, other: WrittenSeries): boolean {
  const seconds = ({ points: [{ interval }] }: WrittenSeries) =>
    Number(interval.endTime.seconds) + interval.endTime.nanos / 1e9
  return (
    isDeepStrictEqual([one.metric, one.resource], [other.metric, other.resource]) && seconds(one) - seconds(other) < 5
  )
}
