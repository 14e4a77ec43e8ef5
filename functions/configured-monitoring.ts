/** Where drift and monitor publish their numbers: Cloud Monitoring when MONITORING_PROJECT names a project, else nowhere. */
import { type Monitoring, openMonitoring } from '../shared/adapters/monitoring/cloud-monitoring.ts'
import type { Config } from './config.ts'

export function configuredMonitoring(config: Config, contract: string = config.contract): Monitoring | undefined {
  const { monitoringProject: project, monitoringApiEndpoint: apiEndpoint } = config
  if (project === undefined) return undefined
  return openMonitoring({ project, contract, now: () => new Date(), apiEndpoint })
}
