/** What the alerts and the dashboard read against what the functions write: a name that nobody writes would stay silent. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_MONITOR_RULES } from '../shared/core/contract/monitoring-rules.ts'
import { readBlocks } from './terraform-blocks.ts'

const ROOT = join(import.meta.dirname, '..')
const source = (...paths: string[]) => paths.map(path => readFileSync(join(ROOT, path), 'utf8')).join('\n')
const terraform = source('infra/monitoring.tf', 'infra/dashboard.tf')

test('every field of a log line that a metric or an alert reads is one that a function logs', () => {
  const read = new Set([...terraform.matchAll(/jsonPayload\.(\w+)/g)].map(([, field]) => field))
  const logged = source('functions/predict.ts', 'functions/monitor.ts', 'shared/adapters/sinks/batching.ts')
  expect([...read].sort()).toEqual(['model_version', 'monitor_status', 'rows', 'sink_lost_rows'])
  for (const field of read) expect(logged).toMatch(new RegExp(`\\b${field}:`))
})

test('every custom metric of the dashboard is one that drift or monitor publishes', () => {
  const read = [...terraform.matchAll(/custom\.googleapis\.com\/treeline\/(\w+)/g)].map(([, name]) => name)
  expect(read.length).toBeGreaterThan(1)
  const published = source('shared/core/monitor/gauges.ts')
  for (const name of read) expect(published).toContain(`'${name}'`)
  expect(source('shared/adapters/monitoring/cloud-monitoring.ts')).toContain("'custom.googleapis.com/treeline/'")
})

test('no alert waits for a log-based metric, which alert policies do not know until minutes after it is made', () => {
  const policies = readBlocks(import.meta.dirname).filter(
    ({ labels }) => labels[0] === 'google_monitoring_alert_policy',
  )
  expect(policies.map(({ labels }) => labels[1])).toEqual([
    'latency',
    'errors',
    'critical',
    'losses',
    'checks',
    'silence',
  ])
  for (const { body } of policies) expect(body).not.toMatch(/google_logging_metric|logging\.googleapis\.com\/user/)
})

test('the alert on slow answers has the bound that the monitor has when a contract names none', () => {
  const bounds = [...terraform.matchAll(/threshold_value = (\d+)$/gm)].map(([, bound]) => Number(bound))
  expect(bounds).toContain(DEFAULT_MONITOR_RULES.latencyP95Ms)
})
