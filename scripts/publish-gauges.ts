/** What `npm run drift` and `npm run monitor` do with MONITORING_PROJECT; whatever comes of it fails neither. */
import type { Config } from '../functions/config.ts'
import { configuredMonitoring } from '../functions/configured-monitoring.ts'
import type { Gauge } from '../shared/core/monitor/gauges.ts'
import type { Terminal } from './cli.ts'

export interface PublishSettings {
  readonly config: Config
  /** Whose gauges they are. */
  readonly contract: string
  readonly terminal: Pick<Terminal, 'note'>
}

export async function publishGauges(
  gauges: readonly Gauge[],
  { config, contract, terminal }: PublishSettings,
): Promise<void> {
  const monitoring = configuredMonitoring(config, contract)
  if (monitoring === undefined) return
  const { sent, lost, reason } = await monitoring.publish(gauges)
  await monitoring.close()
  const missing = lost === 0 ? '' : `, ${lost} lost: ${reason}`
  terminal.note(`Cloud Monitoring of ${config.monitoringProject}: ${sent} metrics published${missing}`)
}
