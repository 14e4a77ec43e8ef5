/** Against a gRPC server of the SDK's own protos, over the loopback. */
import { status } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import type { Gauge } from '../../core/monitor/gauges.ts'
import { type MonitoringOptions, openMonitoring } from './cloud-monitoring.ts'
import { type MonitoringStub, type StubAnswer, startMonitoringStub } from './monitoring-stub.fixture.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function open(apiEndpoint: string, options: Partial<MonitoringOptions> = {}) {
  const monitoring = openMonitoring({
    project: 'my-project',
    contract: 'churn',
    now: () => new Date('2026-01-02T03:04:05.678Z'),
    apiEndpoint,
    pauseMs: 1,
    ...options,
  })
  cleanups.push(() => monitoring.close())
  return monitoring
}

async function stubThat(answer?: (call: number) => StubAnswer): Promise<MonitoringStub> {
  const stub = await startMonitoringStub(answer)
  cleanups.push(() => stub.close())
  return stub
}

const psi = (count: number): Gauge[] =>
  Array.from({ length: count }, (_, i) => ({ name: 'psi', value: i / 1000, labels: { feature: `f${i}` } }))

const UNAVAILABLE = { code: status.UNAVAILABLE, details: 'try again' }

test('a gauge arrives as a point of a custom metric, with its labels, resource, time and value', async () => {
  const { address, calls } = await stubThat()
  const gauges: Gauge[] = [
    { name: 'psi', value: 0.1 + 0.2, labels: { feature: 'tenure_months' } },
    { name: 'plan_status', value: 2, labels: {} },
  ]
  expect(await open(address).publish(gauges)).toEqual({ sent: 2, lost: 0 })
  expect(calls).toHaveLength(1)
  expect(calls[0].name).toBe('projects/my-project')
  expect(calls[0].timeSeries[0]).toMatchObject({
    metric: { type: 'custom.googleapis.com/treeline/psi', labels: { feature: 'tenure_months' } },
    resource: {
      type: 'generic_task',
      labels: {
        project_id: 'my-project',
        location: 'global',
        namespace: 'treeline',
        job: 'churn',
        task_id: 'champion',
      },
    },
    metricKind: 'GAUGE',
    valueType: 'DOUBLE',
    points: [
      {
        interval: { endTime: { seconds: String(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000), nanos: 678_000_000 } },
        value: { doubleValue: 0.1 + 0.2 },
      },
    ],
  })
  expect(calls[0].timeSeries[1]).toMatchObject({
    metric: { type: 'custom.googleapis.com/treeline/plan_status', labels: {} },
    points: [{ value: { doubleValue: 2 } }],
  })
})

test('more than 200 series go in calls of at most 200, each series once', async () => {
  const { address, calls, series } = await stubThat()
  expect(await open(address).publish(psi(450))).toEqual({ sent: 450, lost: 0 })
  expect(calls.map(call => call.timeSeries.length)).toEqual([200, 200, 50])
  expect(new Set(series.map(({ metric }) => metric.labels.feature)).size).toBe(450)
})

test('nothing to publish asks nobody', async () => {
  const { address, calls } = await stubThat()
  expect(await open(address).publish([])).toEqual({ sent: 0, lost: 0 })
  expect(calls).toEqual([])
})

test('UNAVAILABLE is tried again, and what then arrives is not lost', async () => {
  const { address, calls, series } = await stubThat(call => (call < 3 ? UNAVAILABLE : 'ok'))
  expect(await open(address).publish(psi(2))).toEqual({ sent: 2, lost: 0 })
  expect([calls.length, series.length]).toEqual([3, 2])
})

test('UNAVAILABLE for good is given up after three attempts, with its reason', async () => {
  const { address, calls } = await stubThat(() => UNAVAILABLE)
  expect(await open(address).publish(psi(2))).toEqual({ sent: 0, lost: 2, reason: '14 UNAVAILABLE: try again' })
  expect(calls).toHaveLength(3)
})

test('what another attempt cannot mend is not repeated', async () => {
  const { address, calls } = await stubThat(() => ({ code: status.PERMISSION_DENIED, details: 'no role' }))
  const published = await open(address).publish(psi(1))
  expect(published).toEqual({ sent: 0, lost: 1, reason: '7 PERMISSION_DENIED: no role' })
  expect(calls).toHaveLength(1)
})

test('a call that fails loses its own series only', async () => {
  const { address } = await stubThat(call => (call === 1 ? { code: status.INVALID_ARGUMENT, details: 'x' } : 'ok'))
  expect(await open(address).publish(psi(250))).toEqual({ sent: 50, lost: 200, reason: '3 INVALID_ARGUMENT: x' })
})

test('a series has one point in five seconds: what comes sooner is not sent, and the rest of its call is', async () => {
  const { address, series } = await stubThat()
  let now = Date.UTC(2026, 0, 2)
  const { publish } = open(address, { now: () => new Date(now) })
  expect(await publish(psi(2))).toEqual({ sent: 2, lost: 0 })
  now += 4_999
  expect(await publish(psi(3))).toEqual({ sent: 1, lost: 2, reason: 'a series takes one point in 5 s' })
  now += 1
  expect(await publish(psi(2))).toEqual({ sent: 2, lost: 0 })
  expect(series.map(({ metric }) => metric.labels.feature)).toEqual(['f0', 'f1', 'f2', 'f0', 'f1'])
})

test('a service that never answers costs the time limit and no more', async () => {
  const { address } = await stubThat(call => (call === 1 ? 'ok' : 'hang'))
  const monitoring = open(address, { limitMs: 400 })
  // The first call also loads the SDK.
  await open(address).publish(psi(1))
  const started = performance.now()
  const published = await monitoring.publish(psi(250))
  expect(performance.now() - started).toBeLessThan(2_000)
  expect(published).toMatchObject({ sent: 0, lost: 250, reason: expect.stringMatching(/DEADLINE_EXCEEDED|no answer/) })
})

test('a server that is not there is a reason and no error, and a later publish finds the one that has come', async () => {
  const gone = await startMonitoringStub()
  gone.close()
  const published = await open(gone.address, { limitMs: 1_000 }).publish(psi(3))
  expect(published).toMatchObject({ sent: 0, lost: 3, reason: expect.any(String) })
  expect((await open((await stubThat()).address).publish(psi(3))).sent).toBe(3)
})
